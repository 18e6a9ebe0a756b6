//! What exists at a provider, as far as it is the same everywhere.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::impostor::Known;
use super::lag::Lag;

/// The tags, labels or metadata of something.
pub type Tags = BTreeMap<String, String>;

/// What becomes of a sandbox or snapshot that is being made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It takes a while, then it is ready.
    Ready,
    /// It takes a while, then it has failed.
    Error,
    /// It takes for ever.
    Pending,
}

/// A sandbox that exists, whatever the provider calls it. One that is being ended does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Sandbox {
    /// The provider's.
    pub id: String,
    /// As given at the start or set since.
    pub tags: Tags,
    /// Whether it ends by itself some time.
    pub ends: bool,
}

/// What exists at a provider. Time passes in it by [`World::settle`] alone.
pub trait World: fmt::Debug + Send + 'static {
    /// Moves its clock on: what would be ready or expired by then is.
    fn advance(&mut self, by: Duration);

    /// Applies what time has done, and tells it.
    fn settle(&mut self) -> Duration;

    /// Ends every process and removes every directory.
    fn end(&mut self);

    /// An image that a sandbox can be started from, always.
    fn known_image(&self) -> &'static str;

    /// The sandboxes that exist, oldest first, as of the last time that somebody looked.
    fn sandboxes(&self) -> Vec<Sandbox>;

    /// The ids of the snapshots that exist, [`World::known_image`] aside, as of the last time that somebody looked.
    fn snapshots(&self) -> Vec<String>;

    /// Everything that an answer can tell of.
    fn known(&self) -> Vec<Known>;

    /// Whether a segment of a path is the id or the name of something, or was.
    fn is_id(&self, segment: &str) -> bool;

    /// Adds a sandbox that runs, with these tags. Its id.
    fn add(&mut self, tags: Tags) -> String;

    /// Adds a sandbox like another one: of the same owner, in the same state. Its id, if there is the other one.
    fn add_like(&mut self, id: &str) -> Option<String>;

    /// Ends a sandbox at once, if it is there.
    fn remove(&mut self, id: &str);

    /// Removes all snapshots but [`World::known_image`].
    fn remove_snapshots(&mut self);

    /// How long sandboxes, and snapshots, take from now on until they are ready.
    fn set_ready_after(&mut self, sandboxes: Duration, snapshots: Duration);

    /// What becomes of the next sandboxes, one fate each, in order; those after them get ready.
    fn set_fates(&mut self, fates: VecDeque<Fate>);

    /// How far looks and lists lag behind, for sandboxes that start or end from now on.
    fn set_lag(&mut self, lag: Lag);

    /// Whether a list answers what it was asked for, or the whole account.
    fn set_filters(&mut self, filters: bool);

    /// Leaves sandboxes no commands but those in this folder.
    fn set_commands(&mut self, folder: TempDir);

    /// Where all sandboxes are listed.
    fn list_path(&self) -> &'static str;

    /// What is made refused from now on, as a quota that is used up is, or no more.
    fn set_quota_used_up(&mut self, used_up: bool);

    /// Where a worker sets the lifetime of a sandbox by POST, if it does.
    fn lifetime_path(&self, _id: &str) -> Option<String> {
        None
    }

    /// Whether sandboxes can be told to end by themselves.
    fn has_lifetimes(&self) -> bool;

    /// What a worker's configuration says beside `api_base`, in lines, of a simulator at this address.
    fn config(&self, _origin: &str) -> String {
        String::new()
    }

    /// Whether ids in a path are taken in any case.
    fn ids_in_any_case(&self) -> bool {
        false
    }

    /// The provider's form of a refusal, which says `injected fault`.
    fn injected(&self, _status: u16) -> Value {
        json!({"detail": "injected fault"})
    }
}
