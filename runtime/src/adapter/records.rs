//! By which UUIDs the callers of the adapter know the sandboxes of this deployment.
//!
//! Whether a sandbox runs is the slots' business. Here is what they do not know: its UUID, its name, how many programs run
//! in it. What has ended is remembered for a while, so that who asks for it is told that it has.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

use super::{
    fault::{Code, Fault, Outcome},
    label::{Details, Label, derived},
};
use crate::resource::Sandbox;

/// How many sandboxes are remembered that have ended.
const ENDED: usize = 10_000;

/// What is known of the sandboxes of the adapter.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    by_uuid: BTreeMap<Uuid, Record>,
    /// UUIDs by the provider's ids.
    by_id: BTreeMap<String, Uuid>,
    /// Starts under way, by the images that they are of.
    starting: BTreeMap<String, usize>,
    /// When the provider was last asked for a list for `list`'s sake.
    asked: Option<Instant>,
}

/// A sandbox as the callers of the adapter know it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub uuid: Uuid,
    /// The provider's id.
    pub id: String,
    pub details: Details,
    programs: Arc<AtomicU32>,
}

/// A program that runs in a sandbox, as long as it is held.
#[derive(Debug)]
pub(crate) struct Running(Arc<AtomicU32>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A start of a sandbox, as long as it is held.
#[derive(Debug)]
pub(crate) struct Starting<'r> {
    records: &'r Records,
    image: String,
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        let mut state = self.records.lock();
        if let Some(count) = state.starting.get_mut(&self.image) {
            *count -= 1;
        }
        state.starting.retain(|_, count| *count > 0);
    }
}

impl Record {
    /// How many programs run in it.
    pub fn in_flight(&self) -> u32 {
        self.programs.load(Ordering::Acquire)
    }

    /// Begins a program.
    ///
    /// # Errors
    /// S003 if as many run as may.
    pub fn begin(&self, most: u32) -> Outcome<Running> {
        let begun = self
            .programs
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |running| {
                (running < most).then_some(running + 1)
            });
        match begun {
            Ok(_) => Ok(Running(self.programs.clone())),
            Err(running) => Err(Fault::new(
                Code::S003,
                format!("{running} programs run in this sandbox already, {most} may at a time"),
            )
            .noted("wait until one of them has ended, or raise `max_exec_per_sandbox`")
            .retryable()),
        }
    }
}

impl Records {
    /// Takes in the sandboxes of a list. Those that tell no UUID, or one that is taken, have one that is derived from their
    /// id: a copy may carry the tags of its parent.
    pub fn learn(&self, provider: &str, listed: &[Sandbox], is_running: impl Fn(&str) -> bool) {
        let mut oldest_first: Vec<&Sandbox> = listed.iter().filter(|sandbox| !sandbox.id.is_empty()).collect();
        oldest_first.sort_by_key(|sandbox| (&sandbox.started_at, &sandbox.id));
        let mut state = self.lock();
        for sandbox in oldest_first {
            if state.by_id.contains_key(&sandbox.id) {
                continue;
            }
            let label = sandbox.attempt.as_deref().and_then(Label::read);
            let is_free = |label: &Label| !state.by_uuid.contains_key(&label.id);
            match label {
                Some(label) if is_free(&label) => state.insert(label.id, &sandbox.id, label.details),
                label => {
                    let details = label.map_or_else(Details::default, |label| Details {
                        name: None,
                        ..label.details
                    });
                    state.insert(derived(provider, &sandbox.id), &sandbox.id, details);
                }
            }
        }
        state.forget(is_running);
    }

    /// A sandbox that the adapter has started.
    pub fn started(&self, label: Label, id: &str) {
        self.lock().insert(label.id, id, label.details);
    }

    /// A sandbox that is known by the provider's id.
    pub fn of(&self, provider: &str, id: &str, details: Details) -> Record {
        let mut state = self.lock();
        let uuid = match state.by_id.get(id) {
            Some(uuid) => *uuid,
            None => {
                let uuid = derived(provider, id);
                state.insert(uuid, id, details);
                uuid
            }
        };
        state.by_uuid[&uuid].clone()
    }

    pub fn find(&self, uuid: Uuid) -> Option<Record> {
        self.lock().by_uuid.get(&uuid).cloned()
    }

    /// Begins the start of a sandbox of an image, of which only so many may run.
    ///
    /// # Errors
    /// S400 if as many run, or are being started.
    pub fn begin_start(
        &self,
        image: &str,
        most: Option<u32>,
        is_running: impl Fn(&str) -> bool,
    ) -> Outcome<Starting<'_>> {
        let mut state = self.lock();
        let of_image = |record: &&Record| record.details.image == image && is_running(&record.id);
        let running = state.by_uuid.values().filter(of_image).count();
        let starting = state.starting.get(image).copied().unwrap_or_default();
        if let Some(most) = most.filter(|most| running + starting >= *most as usize) {
            let text = format!(
                "{} sandboxes of the image `{image}` run, {most} may",
                running + starting
            );
            return Err(Fault::new(Code::S400, text).noted("stop one of them"));
        }
        *state.starting.entry(image.to_owned()).or_default() += 1;
        Ok(Starting {
            records: self,
            image: image.to_owned(),
        })
    }

    /// Whether the provider has not been asked for so long; it counts as asked from now on.
    pub fn is_due(&self, every: Duration) -> bool {
        let mut state = self.lock();
        let is_due = state.asked.is_none_or(|asked| asked.elapsed() >= every);
        if is_due {
            state.asked = Some(Instant::now());
        }
        is_due
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn insert(&mut self, uuid: Uuid, id: &str, details: Details) {
        self.by_id.insert(id.to_owned(), uuid);
        self.by_uuid.insert(
            uuid,
            Record {
                uuid,
                id: id.to_owned(),
                details,
                programs: Arc::default(),
            },
        );
    }

    /// Forgets what has ended when that is much.
    fn forget(&mut self, is_running: impl Fn(&str) -> bool) {
        if self.by_uuid.len() <= ENDED {
            return;
        }
        self.by_uuid.retain(|_, record| is_running(&record.id));
        self.by_id.retain(|id, _| is_running(id));
    }
}
