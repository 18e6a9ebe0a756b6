//! A simulator, whichever provider's.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::timeout;

use super::impostor::add_odd_items;
use super::{Fate, Lag, Sandbox, Simulated, Tags, Traffic, World, commands};

/// The simulator of whatever provider: what stories that are told once for all of them ask of it.
pub trait Simulator: Any + fmt::Debug + Send + Sync {
    /// The address a client gets.
    fn api_base(&self) -> String;

    /// The lines of a worker's configuration that lead it here.
    fn config(&self) -> String;

    /// The only key that is accepted.
    fn api_key(&self) -> &str;

    /// What came, and what is to go wrong on the way.
    fn traffic(&self) -> &Traffic;

    /// Tells that something has changed in the world.
    fn changes(&self) -> watch::Receiver<()>;

    /// Looks at the world.
    fn look(&self, look: &mut dyn FnMut(&dyn World));

    /// Acts on the world.
    fn act(&self, act: &mut dyn FnMut(&mut dyn World));
}

/// The options of a simulator, whichever provider's.
pub trait Options: fmt::Debug + Send {
    /// Starts serving.
    fn start(self: Box<Self>) -> BoxFuture<'static, Box<dyn Simulator>>;

    /// The same options once more.
    fn again(&self) -> Box<dyn Options>;
}

impl Clone for Box<dyn Options> {
    fn clone(&self) -> Self {
        self.as_ref().again()
    }
}

impl<W: World> Simulator for Simulated<W> {
    fn api_base(&self) -> String {
        self.api_base()
    }

    fn config(&self) -> String {
        let more = self.shared.world.read(|world| world.config(&self.origin()));
        format!("api_base: {}\n{more}", self.api_base())
    }

    fn api_key(&self) -> &str {
        self.api_key()
    }

    fn traffic(&self) -> &Traffic {
        self
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.shared.world.changes()
    }

    fn look(&self, look: &mut dyn FnMut(&dyn World)) {
        self.shared.world.read(|world| look(world));
    }

    fn act(&self, act: &mut dyn FnMut(&mut dyn World)) {
        self.shared.world.update(|world| act(world));
    }
}

impl dyn Simulator {
    fn peek<R>(&self, look: impl Fn(&dyn World) -> R) -> R {
        let mut seen = None;
        self.look(&mut |world| seen = Some(look(world)));
        seen.expect("it was looked at")
    }

    fn update<R>(&self, act: impl FnOnce(&mut dyn World) -> R) -> R {
        let (mut act, mut done) = (Some(act), None);
        self.act(&mut |world| done = act.take().map(|act| act(world)));
        done.expect("it was done")
    }

    /// The sandboxes that exist now, oldest first.
    pub fn sandboxes(&self) -> Vec<Sandbox> {
        self.update(|world| {
            world.settle();
            world.sandboxes()
        })
    }

    /// The sandbox with this id, if it exists.
    pub fn sandbox(&self, id: &str) -> Option<Sandbox> {
        self.sandboxes().into_iter().find(|sandbox| sandbox.id == id)
    }

    /// The ids of the snapshots that exist now, but the one that was there from the start.
    pub fn snapshots(&self) -> Vec<String> {
        self.update(|world| {
            world.settle();
            world.snapshots()
        })
    }

    /// Whether the sandboxes satisfy `wanted` within `limit`. It looks again after every change, not when time alone passes.
    pub async fn comes_to(&self, limit: Duration, wanted: impl Fn(&[Sandbox]) -> bool) -> bool {
        self.within(limit, |world| wanted(&world.sandboxes())).await
    }

    /// Whether the snapshots satisfy `wanted` within `limit`; it looks again as [`comes_to`](Self::comes_to) does.
    pub async fn snapshots_come_to(&self, limit: Duration, wanted: impl Fn(&[String]) -> bool) -> bool {
        self.within(limit, |world| wanted(&world.snapshots())).await
    }

    async fn within(&self, limit: Duration, wanted: impl Fn(&dyn World) -> bool) -> bool {
        // Subscribed before the first look, so that no change falls in between.
        let mut changes = self.changes();
        let satisfied = async {
            while !self.peek(&wanted) {
                changes
                    .changed()
                    .await
                    .expect("the world is there as long as its simulator");
            }
        };
        timeout(limit, satisfied).await.is_ok()
    }

    /// An image that a sandbox can be started from, always.
    pub fn known_image(&self) -> &'static str {
        self.peek(World::known_image)
    }

    /// Where all sandboxes are listed.
    pub fn list_path(&self) -> &'static str {
        self.peek(World::list_path)
    }

    /// Where a worker sets the lifetime of a sandbox by POST, if it does.
    pub fn lifetime_path(&self, id: &str) -> Option<String> {
        self.peek(|world| world.lifetime_path(id))
    }

    /// Whether sandboxes can be told to end by themselves.
    pub fn has_lifetimes(&self) -> bool {
        self.peek(World::has_lifetimes)
    }

    /// Whether a segment of a path is the id or the name of something.
    pub fn is_id(&self, segment: &str) -> bool {
        self.peek(|world| world.is_id(segment))
    }

    /// A path with `{id}` in the place of every id: `/instance/morphvm_1f/exec` is `/instance/{id}/exec`.
    pub fn pattern(&self, path: &str) -> String {
        let segments = path.split('/').map(|segment| match self.is_id(segment) {
            true => "{id}",
            false => segment,
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Adds a sandbox that somebody has started, which runs. Its id.
    pub fn add(&self, tags: &[(&str, &str)]) -> String {
        let tags: Tags = tags.iter().map(|&(name, tag)| (name.into(), tag.into())).collect();
        self.update(|world| world.add(tags))
    }

    /// Adds a sandbox like another one, as an earlier worker would have left it. Its id. Panics if there is no other one.
    pub fn add_like(&self, id: &str) -> String {
        let added = self.update(|world| world.add_like(id));
        added.unwrap_or_else(|| panic!("there is no sandbox {id}"))
    }

    /// Ends a sandbox at once, if it is there.
    pub fn remove(&self, id: &str) {
        self.update(|world| world.remove(id));
    }

    /// Removes what was saved.
    pub fn remove_snapshots(&self) {
        self.update(World::remove_snapshots);
    }

    /// How long sandboxes and snapshots take from now on until they are ready.
    pub fn set_ready_after(&self, sandboxes: Duration, snapshots: Duration) {
        self.update(|world| world.set_ready_after(sandboxes, snapshots));
    }

    /// What becomes of the next sandboxes, one fate each, in order; those after them get ready.
    pub fn set_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        let fates: VecDeque<_> = fates.into_iter().collect();
        self.update(|world| world.set_fates(fates));
    }

    /// How far looks and lists lag behind, for sandboxes that start or end from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.update(|world| world.set_lag(lag));
    }

    /// From now on a list is of the whole account, whatever it is asked for, and what is no sandbox is in it, too.
    pub fn list_everything(&self, method: &str, pattern: &str) {
        self.update(|world| world.set_filters(false));
        self.traffic().rewrite(method, pattern, add_odd_items);
    }

    /// Leaves sandboxes no commands but these of this machine's. Panics if it lacks one.
    pub fn set_commands(&self, names: &[&str]) {
        let folder = commands(names);
        self.update(|world| world.set_commands(folder));
    }

    /// From now on whatever is to be started is refused as one that is beyond the account's quota, or no more.
    pub fn set_quota_used_up(&self, used_up: bool) {
        self.update(|world| world.set_quota_used_up(used_up));
    }

    /// Moves the clock on: what would be ready or expired by then is.
    pub fn advance(&self, by: Duration) {
        self.update(|world| world.advance(by));
    }
}
