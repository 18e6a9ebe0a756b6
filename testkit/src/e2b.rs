//! A simulator of E2B's API and of what it serves in each sandbox: stateful, strict, over real HTTP on loopback.
//!
//! The control API is at [`E2b::api_base`], sandboxes are behind the proxy at [`E2b::envd_base`], which tells them apart
//! by headers. Strict means: a path, method, query parameter, media type or field that the service does not know is
//! refused, where the real one may be lenient. Programs really run, in a folder for each sandbox; what they write comes in
//! pieces that end anywhere.

mod any;
mod builder;
mod call;
mod envd;
mod lag;
mod listing;
mod making;
mod metadata;
mod refusal;
mod routes;
mod sandbox;
mod template;
mod wish;
mod world;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

pub use self::builder::E2bBuilder;
pub use self::making::ForkFate;
pub use self::refusal::error;
pub use self::sandbox::SandboxView;
pub use self::template::KNOWN_TEMPLATE;
use self::world::World;
use crate::simulator::{self, Simulated};
use crate::watched::DEADLINE;

type Shared = simulator::Shared<World>;

/// A running simulator. Dropping it ends its sockets, processes and directories.
pub type E2b = Simulated<World>;

impl E2b {
    /// All defaults: see [`E2bBuilder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Options first.
    pub fn builder() -> E2bBuilder {
        E2bBuilder::default()
    }

    /// The address of the proxy before all sandboxes.
    pub fn envd_base(&self) -> String {
        self.origin()
    }

    /// The sandboxes that exist now, oldest first.
    pub fn sandboxes(&self) -> Vec<SandboxView> {
        self.shared.world.update(|world| {
            world.pass();
            world.views()
        })
    }

    /// One of [`E2b::sandboxes`].
    pub fn sandbox(&self, id: &str) -> Option<SandboxView> {
        self.sandboxes().into_iter().find(|sandbox| sandbox.id == id)
    }

    /// Waits until the sandboxes satisfy `wanted`. Panics after 20 s.
    ///
    /// It looks again after every request and call on the simulator, not when time alone passes.
    pub async fn wait_for_sandboxes(&self, wanted: impl Fn(&[SandboxView]) -> bool) {
        let probe = |world: &World| wanted(&world.views()).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; sandboxes: {:#?}", self.sandboxes());
        }
    }

    /// The ids of the snapshots that exist now, oldest first.
    pub fn snapshots(&self) -> Vec<String> {
        self.shared.world.read(World::snapshot_ids)
    }

    /// Adds a sandbox that somebody has started, which runs for a day. Its id.
    pub fn add_sandbox(&self, metadata: &[(&str, &str)]) -> String {
        let metadata = metadata.iter().map(|&(key, value)| (key.into(), value.into()));
        let metadata = metadata.collect();
        self.shared.world.update(|world| world.add_one(metadata))
    }

    /// Adds sandboxes with this tag, as an earlier worker would have left them, and returns their ids.
    pub fn add_sandboxes(&self, count: usize, tag: (&str, &str)) -> BTreeSet<String> {
        (0..count).map(|_| self.add_sandbox(&[tag])).collect()
    }

    /// Ends a sandbox as if by itself. Panics if there is none with that id.
    pub fn remove_sandbox(&self, id: &str) {
        let removed = self.shared.world.update(|world| world.take(id));
        assert!(removed.is_some(), "there is no sandbox {id}");
    }

    /// Pauses a sandbox as if somebody else had. Panics if there is none with that id that runs.
    pub fn pause_sandbox(&self, id: &str) {
        let paused = self.shared.world.update(|world| world.pause(id));
        assert!(paused.is_ok(), "there is no running sandbox {id}");
    }

    /// From now on what runs in a sandbox asks for another token, which is returned. Panics if there is no such sandbox.
    pub fn rotate_token(&self, id: &str) -> String {
        let rotated = self.shared.world.update(|world| world.rotate(id));
        rotated.unwrap_or_else(|_| panic!("there is no sandbox {id}"))
    }

    /// What becomes of the next copies, one fate each, in order, over as many forks as it takes; those after them are made.
    pub fn set_fork_fates(&self, fates: impl IntoIterator<Item = ForkFate>) {
        let fates = fates.into_iter().collect();
        self.shared.world.update(|world| world.fork_fates = fates);
    }

    /// The folder of a sandbox: its user's home, where programs run. Panics if there is none with that id.
    pub fn home(&self, id: &str) -> PathBuf {
        let found = self.shared.world.update(|world| {
            let sandbox = world.sandbox(id).ok()?;
            Some(sandbox.disk.root().to_owned())
        });
        found.unwrap_or_else(|| panic!("there is no sandbox {id}"))
    }

    /// What programs were to be started with so far, each as it came within its envelope.
    pub fn programs(&self) -> Vec<Value> {
        self.shared.world.read(|world| world.programs.clone())
    }

    /// The simulator's time, unix seconds.
    pub fn now(&self) -> u64 {
        self.shared.world.read(|world| world.clock.now().as_secs())
    }
}
