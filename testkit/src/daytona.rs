//! A simulator of Daytona: the control API, and the toolbox that runs at every sandbox. Stateful, strict, over real HTTP on
//! loopback.
//!
//! Strict means: a path, method, query parameter, header or body that the published documents do not know is refused,
//! where the real service may be lenient; behaviour that they leave open is decided for the reading that asks more of a
//! client. What is asynchronous at the service is so here: a start, a fork, a snapshot and an end have begun when they are
//! answered. Time is real, but [`Daytona::advance`] moves it on.

mod any;
mod body;
mod builder;
mod exec;
mod files;
mod lineage;
mod listing;
mod refusal;
mod routes;
mod sandbox;
mod session;
mod snapshot;
mod toolbox;
mod world;

use std::time::Duration;

pub use self::builder::DaytonaBuilder;
pub use self::sandbox::{Class, SandboxView};
pub use self::snapshot::SnapshotView;
use self::world::World;
use crate::simulator::{Fate, Simulated, World as _};
use crate::watched::DEADLINE;

/// The snapshot of a virtual machine that exists from the start. What is started from it can be forked.
pub const KNOWN_SNAPSHOT: &str = "ubuntu-vm";

/// The snapshot of a container that exists from the start, which a start gets that names none.
pub const CONTAINER_SNAPSHOT: &str = "daytona-small";

/// A running simulator. Dropping it ends its sockets, processes and directories.
pub type Daytona = Simulated<World>;

impl Daytona {
    /// All defaults: see [`DaytonaBuilder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Options first.
    pub fn builder() -> DaytonaBuilder {
        DaytonaBuilder::default()
    }

    /// Every sandbox that is there, oldest first, one that is being ended among them.
    pub fn sandboxes(&self) -> Vec<SandboxView> {
        self.shared.world.update(|world| world.views())
    }

    /// One of [`Daytona::sandboxes`].
    pub fn sandbox(&self, id: &str) -> Option<SandboxView> {
        self.sandboxes().into_iter().find(|sandbox| sandbox.id == id)
    }

    /// Waits until the sandboxes satisfy `wanted`. Panics after 20 s.
    ///
    /// It looks again after every request and call on the simulator, not when time alone passes.
    pub async fn wait_for_sandboxes(&self, wanted: impl Fn(&[SandboxView]) -> bool) {
        let probe = |world: &World| wanted(&world.peek()).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; sandboxes: {:#?}", self.sandboxes());
        }
    }

    /// Every snapshot that is there, the two from the start among them.
    pub fn snapshots(&self) -> Vec<SnapshotView> {
        self.shared.world.update(|world| world.snapshot_views())
    }

    /// Adds a sandbox that somebody else has started, with these labels. Its id.
    pub fn add_sandbox(&self, labels: &[(&str, &str)]) -> String {
        let labels = labels.iter().map(|&(name, label)| (name.into(), label.into()));
        let labels = labels.collect();
        self.shared.world.update(|world| world.add(labels))
    }

    /// Stops a sandbox as if somebody else had. Panics if there is none with that id.
    pub fn stop_sandbox(&self, id: &str) {
        let stopped = self.shared.world.update(|world| world.stop_at_once(id));
        assert!(stopped.is_ok(), "there is no sandbox {id}");
    }

    /// What becomes of the next sandboxes, forks included, one fate each, in order; those after them start.
    pub fn set_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        self.shared
            .world
            .update(|world| world.fates = fates.into_iter().collect());
    }

    /// What becomes of the next snapshots, one fate each, in order; those after them become active.
    pub fn set_save_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        self.shared
            .world
            .update(|world| world.save_fates = fates.into_iter().collect());
    }

    /// How long sandboxes take to start from now on.
    pub fn set_started_after(&self, delay: Duration) {
        self.shared.world.update(|world| world.options.started_after = delay);
    }

    /// How long a sandbox is `snapshotting`, or `forking`, from now on.
    pub fn set_busy_for(&self, delay: Duration) {
        self.shared.world.update(|world| world.options.busy_for = delay);
    }

    /// How long a sandbox is `destroying` from now on.
    pub fn set_destroyed_after(&self, delay: Duration) {
        self.shared.world.update(|world| world.options.destroyed_after = delay);
    }

    /// From now on whatever would start a sandbox is refused as beyond the organisation's quota, or no more.
    pub fn set_quota_used_up(&self, used_up: bool) {
        self.shared.world.update(|world| world.set_quota_used_up(used_up));
    }

    /// Every toolbox is at another address from now on, and no more at the one where it was.
    pub fn move_toolboxes(&self) {
        self.shared.world.update(|world| world.toolbox_moves += 1);
    }
}
