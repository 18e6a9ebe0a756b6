//! A simulator of the Morph Cloud REST API: stateful, strict, over real HTTP on loopback.
//!
//! Strict means: a path, method, query parameter or body that the published document does not
//! know is refused, where the real service may be lenient. Behaviour that the service's
//! documentation leaves open is decided for the reading that asks more of a client; the places
//! say so. Time is real, but [`Morph::advance`] moves it on.

mod body;
mod builder;
mod clock;
mod dialect;
mod disk;
mod exec;
mod fault;
mod impostor;
mod instance;
mod lag;
mod limit;
mod lineage;
mod oddities;
mod paging;
mod pattern;
mod refusal;
mod routes;
mod seen;
mod server;
mod snapshot;
mod spoil;
mod toolbox;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use self::builder::Dialect;
pub use self::builder::MorphBuilder;
pub use self::fault::{Armed, Fault, FaultBuilder};
pub use self::instance::{Fate, InstanceView, Service};
pub use self::lag::Lag;
pub use self::limit::RateLimit;
use self::pattern::Pattern;
pub use self::seen::Seen;
use self::server::{Server, Shared};
pub use self::snapshot::SnapshotView;
use crate::watched::DEADLINE;

/// The snapshot that exists from the start.
pub const KNOWN_SNAPSHOT: &str = "snapshot_base";

/// A running simulator. Dropping it ends its sockets, processes and directories.
#[derive(Debug)]
pub struct Morph {
    shared: Arc<Shared>,
    server: Server,
    dialect: Dialect,
}

impl Morph {
    /// All defaults: see [`MorphBuilder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Options first.
    pub fn builder() -> MorphBuilder {
        MorphBuilder::default()
    }

    /// The address a client gets, `http://127.0.0.1:<port>/api`.
    pub fn api_base(&self) -> String {
        self.server.api_base()
    }

    /// The only key that is accepted as bearer token.
    pub fn api_key(&self) -> &str {
        &self.shared.api_key
    }

    /// The path of the list of all instances.
    pub(crate) fn list_path(&self) -> &'static str {
        self.dialect.list_path()
    }

    /// Whether instances can be told to end by themselves.
    pub(crate) fn has_ttls(&self) -> bool {
        self.dialect.has_ttls()
    }

    /// Whether a worker tells instances how long to live when they are ready.
    pub(crate) fn sets_lifetimes(&self) -> bool {
        self.dialect.sets_lifetimes()
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
        let probe = |world: &world::World| wanted(&world.peek_instances()).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; instances: {:#?}", self.instances());
        }
    }

    /// Whether the instances satisfy `wanted` within `limit`; otherwise as [`Morph::wait_for_instances`].
    pub(crate) async fn comes_to(&self, limit: Duration, wanted: impl Fn(&[InstanceView]) -> bool) -> bool {
        let probe = |world: &world::World| wanted(&world.peek_instances()).then_some(());
        self.shared.world.wait(limit, probe).await.is_some()
    }

    /// The snapshots that exist now, oldest first, [`KNOWN_SNAPSHOT`] among them.
    pub fn snapshots(&self) -> Vec<SnapshotView> {
        self.shared.world.update(|world| world.snapshot_views())
    }

    /// Waits until so many snapshots exist. Panics after 20 s.
    pub async fn wait_for_snapshots(&self, count: usize) {
        let probe = |world: &world::World| (world.count_snapshots() == count).then_some(());
        if self.shared.world.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain; snapshots: {:#?}", self.snapshots());
        }
    }

    /// Whether the snapshots satisfy `wanted` within `limit`; it looks again as [`Morph::wait_for_instances`] does.
    pub(crate) async fn snapshots_come_to(&self, limit: Duration, wanted: impl Fn(&[SnapshotView]) -> bool) -> bool {
        let probe = |world: &world::World| wanted(&world.peek_snapshots()).then_some(());
        self.shared.world.wait(limit, probe).await.is_some()
    }

    /// Removes all snapshots but [`KNOWN_SNAPSHOT`].
    pub(crate) fn remove_snapshots(&self) {
        self.shared.world.update(world::World::forget_snapshots);
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

    /// Adds an instance like another one: of the same owner, in the same state, as an earlier worker would have left it.
    /// Returns its id. Panics if there is none with that id.
    pub(crate) fn add_instance_like(&self, id: &str) -> String {
        let added = self.shared.world.update(|world| world.add_like(id));
        added.unwrap_or_else(|_| panic!("there is no instance {id}"))
    }

    /// Ends an instance as if by itself. Panics if there is none with that id.
    pub fn remove_instance(&self, id: &str) {
        let removed = self.shared.world.update(|world| world.remove(id));
        assert!(removed.is_some(), "there is no instance {id}");
    }

    /// [`Morph::remove_instance`] for one that may be gone already.
    pub(crate) fn remove_if_there(&self, id: &str) {
        drop(self.shared.world.update(|world| world.remove(id)));
    }

    /// Pauses an instance as if somebody else had. Panics if there is none with that id.
    pub fn pause_instance(&self, id: &str) {
        let paused = self.shared.world.update(|world| world.pause(id, false));
        assert!(paused.is_ok(), "there is no ready instance {id}");
    }

    /// Leaves instances no commands but these of this machine's. Panics if it lacks one.
    pub fn set_commands(&self, commands: &[&str]) {
        let folder = disk::commands(commands);
        self.shared.world.update(|world| world.commands = Some(folder));
    }

    /// From now on so many copies are made of those that a request asks for; the others fail.
    pub fn limit_forks(&self, copies: usize) {
        self.shared.world.update(|world| world.options.forks = copies);
    }

    /// From now on the tokens of all boxes are others.
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

    /// How long each request takes from now on, before it has its effect.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.world.update(|world| world.options.latency = latency);
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
        self.shared.world.update(|world| world.options.filters = false);
        self.rewrite(method, pattern, impostor::add_odd_items);
    }

    /// How far looks and lists lag behind, for instances that start or end from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.shared.world.update(|world| world.options.lag = lag);
    }

    /// Moves the simulator's clock on: what would be ready or expired by then is.
    pub fn advance(&self, by: Duration) {
        self.shared.world.update(|world| world.clock.advance(by));
    }

    /// The simulator's time, unix seconds.
    pub fn now(&self) -> u64 {
        self.shared.world.read(|world| world.clock.now().as_secs())
    }

    /// Every request so far, in the order of arrival. Paths lack the leading `/api`.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.seen.read(Vec::clone)
    }

    /// The requests with this method whose path matches `pattern`, such as `/instance/{id}/exec`.
    pub fn requests_to(&self, method: &str, pattern: &str) -> Vec<Seen> {
        let pattern = Pattern::new(method, pattern);
        let mut requests = self.requests();
        requests.retain(|seen| pattern.matches(&seen.method, &seen.path));
        requests
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.seen.update(Vec::clear);
    }

    /// Waits for the `count`th request of its kind to arrive, which is before it has an effect.
    /// Panics after 20 s.
    pub async fn wait_for_request(&self, method: &str, pattern: &str, count: usize) -> Seen {
        let wanted = Pattern::new(method, pattern);
        let probe = |all: &Vec<Seen>| {
            let mut hits = all.iter().filter(|s| wanted.matches(&s.method, &s.path));
            hits.nth(count.saturating_sub(1)).cloned()
        };
        match self.shared.seen.wait(DEADLINE, probe).await {
            Some(seen) => seen,
            None => panic!(
                "waited {DEADLINE:?} in vain for request {count} {method} {pattern}; got: {:#?}",
                self.request_lines()
            ),
        }
    }

    /// `METHOD path?query` of every request, the compact form of [`Morph::requests`].
    pub fn request_lines(&self) -> Vec<String> {
        self.shared.seen.read(|all| all.iter().map(Seen::line).collect())
    }

    /// The method of every request, in their order.
    pub fn request_methods(&self) -> Vec<String> {
        self.shared
            .seen
            .read(|all| all.iter().map(|seen| seen.method.clone()).collect())
    }

    /// Loses the next answer to such a request, which takes effect all the same.
    pub fn lose_answer(&self, method: &str, pattern: &str) {
        self.fail(method, pattern).with(Fault::Cut).after_effect().once();
    }

    /// Begins a rule that spoils answers. It takes effect with [`FaultBuilder::once`] or one of
    /// its siblings.
    ///
    /// ```no_run
    /// # use testkit::{Fault, Morph};
    /// # fn demo(morph: &Morph) {
    /// morph.fail("POST", "/instance").with(Fault::Status(500)).after_effect().once();
    /// # }
    /// ```
    pub fn fail(&self, method: &str, pattern: &str) -> FaultBuilder<'_> {
        FaultBuilder::new(&self.shared.faults, Pattern::new(method, pattern))
    }

    /// From now on only so many requests are taken, all limits applying together; none: any number.
    pub fn limit(&self, limits: impl IntoIterator<Item = RateLimit>) {
        self.shared.limits.update(|all| all.set(limits.into_iter().collect()));
    }

    /// How many requests were refused since the limits were set.
    pub fn refused(&self) -> usize {
        self.shared.limits.read(limit::Limits::refused)
    }

    /// Removes every rule. Requests that are stalled stay so.
    pub fn clear_faults(&self) {
        self.shared.faults.update(|faults| faults.clear());
    }

    /// How many requests met a fault so far.
    pub fn fault_hits(&self) -> usize {
        self.shared.faults.read(|faults| faults.hits())
    }

    /// Waits until `count` requests met a fault; an effect that comes before the fault has
    /// happened by then. Panics after 20 s.
    pub async fn wait_for_fault_hits(&self, count: usize) {
        let probe = |faults: &fault::Faults| (faults.hits() >= count).then_some(());
        if self.shared.faults.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain for fault hit {count}");
        }
    }

    /// Lets every request stalled by [`Fault::Stall`] go on as if nothing had been.
    pub fn release_stalled(&self) {
        self.shared.faults.update(|faults| faults.release());
    }

    /// From now on edits the JSON body of every successful answer of this kind before it is sent.
    pub fn rewrite(&self, method: &str, pattern: &str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        let pattern = Pattern::new(method, pattern);
        self.shared
            .rewrites
            .update(|rewrites| rewrites.push((pattern, Box::new(edit))));
    }

    /// Ends what [`Morph::rewrite`] began.
    pub fn clear_rewrites(&self) {
        self.shared.rewrites.update(Vec::clear);
    }
}

impl Drop for Morph {
    fn drop(&mut self) {
        self.shared.world.update(world::World::end);
    }
}
