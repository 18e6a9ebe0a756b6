//! A simulator of the Morph Cloud REST API: stateful, strict, over real HTTP on loopback.
//!
//! Strict means: a path, method, query parameter or body that the published document does not
//! know is refused, where the real service may be lenient. Behaviour that the service's
//! documentation leaves open is decided for the reading that asks more of a client; the places
//! say so. Time is real, but [`Morph::advance`] moves it on.

mod any;
mod body;
mod builder;
mod dialect;
mod exec;
mod files;
mod instance;
mod lag;
mod lineage;
mod oddities;
mod paging;
mod refusal;
mod routes;
mod snapshot;
mod streamed;
mod toolbox;
mod untagged;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use self::builder::MorphBuilder;
pub use self::instance::{InstanceView, Service};
pub use self::snapshot::SnapshotView;
pub use self::streamed::Ending;
use self::world::World;
use crate::simulator::{self, Simulated, World as _};
pub use crate::simulator::{Fate, Lag};
use crate::watched::DEADLINE;

/// The snapshot that exists from the start.
pub const KNOWN_SNAPSHOT: &str = "snapshot_base";

/// A running simulator. Dropping it ends its sockets, processes and directories.
pub type Morph = Simulated<World>;

impl Morph {
    /// All defaults: see [`MorphBuilder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Options first.
    pub fn builder() -> MorphBuilder {
        MorphBuilder::default()
    }

    /// [`KNOWN_SNAPSHOT`].
    pub fn known_snapshot(&self) -> &'static str {
        KNOWN_SNAPSHOT
    }

    /// The instances that exist now, oldest first.
    pub fn instances(&self) -> Vec<InstanceView> {
        self.shared.world.update(|world| world.instance_views())
    }

    /// One of [`Morph::instances`].
    pub fn instance(&self, id: &str) -> Option<InstanceView> {
        let mut all = self.instances().into_iter();
        all.find(|instance| instance.id == id)
    }

    /// Waits until the instances satisfy `wanted`. Panics after 20 s.
    ///
    /// It looks again after every request and call on the simulator, not when time alone passes.
    pub async fn wait_for_instances(&self, wanted: impl Fn(&[InstanceView]) -> bool) {
        let probe = |world: &World| wanted(&world.peek_instances()).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; instances: {:#?}", self.instances());
        }
    }

    /// The snapshots that exist now, oldest first, [`KNOWN_SNAPSHOT`] among them.
    pub fn snapshots(&self) -> Vec<SnapshotView> {
        self.shared.world.update(|world| world.snapshot_views())
    }

    /// Waits until so many snapshots exist. Panics after 20 s.
    pub async fn wait_for_snapshots(&self, count: usize) {
        let probe = |world: &World| (world.count_snapshots() == count).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; snapshots: {:#?}", self.snapshots());
        }
    }

    /// Adds an instance that somebody else started, ready and without a TTL. Returns its id.
    pub fn add_instance(&self, metadata: &[(&str, &str)]) -> String {
        let metadata: BTreeMap<_, _> = metadata
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        self.shared.world.update(|world| world.add(metadata))
    }

    /// Adds instances with this tag, as an earlier worker would have left them, and returns their ids.
    pub fn add_instances(&self, count: usize, tag: (&str, &str)) -> BTreeSet<String> {
        (0..count).map(|_| self.add_instance(&[tag])).collect()
    }

    /// Ends an instance as if by itself. Panics if there is none with that id.
    pub fn remove_instance(&self, id: &str) {
        let removed = self.shared.world.update(|world| world.end_instance(id));
        assert!(removed.is_some(), "there is no instance {id}");
    }

    /// Pauses an instance as if somebody else had. Panics if there is none with that id.
    pub fn pause_instance(&self, id: &str) {
        let paused = self.shared.world.update(|world| world.pause(id, false));
        assert!(paused.is_ok(), "there is no ready instance {id}");
    }

    /// Leaves instances no commands but these of this machine's. Panics if it lacks one.
    pub fn set_commands(&self, commands: &[&str]) {
        let folder = simulator::commands(commands);
        self.shared.world.update(|world| world.set_commands(folder));
    }

    /// From now on so many copies are made of those that a request asks for; the others fail.
    pub fn limit_forks(&self, copies: usize) {
        self.shared.world.update(|world| world.options.forks = copies);
    }

    /// From now on the tokens of all boxes are others, and the ids by which jars are acted on.
    pub fn rotate_tokens(&self) {
        self.shared.world.update(|world| world.options.rotation += 1);
    }

    /// From now on all boxes are reached at another address.
    pub fn move_boxes(&self) {
        self.shared.world.update(|world| world.options.place += 1);
    }

    /// How long instances started from now on stay `pending`.
    pub fn set_ready_after(&self, delay: Duration) {
        self.shared.world.update(|world| world.options.ready_after = delay);
    }

    /// How streams of events end from now on. Default: as their programs do.
    pub fn end_streams(&self, ending: Ending) {
        self.shared.world.update(|world| world.options.ending = ending);
    }

    /// What becomes of the next instances, one fate each, in order; those after them get ready.
    pub fn set_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        self.shared
            .world
            .update(|world| world.fates = fates.into_iter().collect());
    }

    /// How long snapshots made from now on stay `pending`, even if their request says `sync: true`. Default: not at all.
    pub fn set_saved_after(&self, delay: Duration) {
        self.shared.world.update(|world| world.options.saved_after = delay);
    }

    /// What becomes of the next snapshots, one fate each, in order; those after them get ready.
    pub fn set_save_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        self.shared
            .world
            .update(|world| world.save_fates = fates.into_iter().collect());
    }

    /// From now on a list is of the whole account, whatever it is asked for, and what is no instance is in it, too.
    pub fn list_everything(&self, method: &str, pattern: &str) {
        self.shared.world.update(|world| world.set_filters(false));
        self.rewrite(method, pattern, simulator::add_odd_items);
    }

    /// How far looks and lists lag behind, for instances that start or end from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.shared.world.update(|world| world.set_lag(lag));
    }

    /// The simulator's time, unix seconds.
    pub fn now(&self) -> u64 {
        self.shared.world.read(|world| world.clock.now().as_secs())
    }
}
