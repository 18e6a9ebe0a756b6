//! By which UUIDs the callers of the adapter know the sandboxes of this deployment.
//!
//! Whether a sandbox runs is the slots' business. Here is what they do not know: its UUID, its name, how many programs run
//! in it. What has ended is remembered for a while, so that who asks for it is told that it has.

use std::{
    collections::{BTreeMap, VecDeque},
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

/// How many sandboxes are remembered, those that run aside.
const REMEMBERED: usize = 10_000;

/// What is known of the sandboxes of the adapter.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<State>);

/// The deployment whose sandboxes these are.
pub(crate) struct Deployed<'d> {
    pub provider: &'static str,
    /// Whether copies carry the tags of their parents: then a label may be another one's.
    pub inherits: bool,
    pub is_running: &'d dyn Fn(&str) -> bool,
    /// The catalog's name of what the provider calls so.
    pub image: &'d dyn Fn(&str) -> String,
}

#[derive(Debug, Default)]
struct State {
    by_uuid: BTreeMap<Uuid, Record>,
    /// UUIDs by the provider's ids.
    by_id: BTreeMap<String, Uuid>,
    /// UUIDs in the order in which they came.
    order: VecDeque<Uuid>,
    /// Starts under way, by the names of images that callers have given.
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
    /// Whether its tags are known: else it may turn out to have another UUID.
    is_told: bool,
    /// Held by a call that ends it.
    pub stopping: Arc<tokio::sync::Mutex<()>>,
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
    /// Takes in the sandboxes of a list. The oldest that bears a label has it; others have a UUID that is derived from their
    /// id.
    pub fn learn(&self, deployed: &Deployed<'_>, listed: &[Sandbox]) {
        let mut oldest_first: Vec<&Sandbox> = listed.iter().filter(|sandbox| !sandbox.id.is_empty()).collect();
        oldest_first.sort_by_key(|sandbox| (&sandbox.started_at, &sandbox.id));
        let mut state = self.lock();
        for sandbox in oldest_first {
            if state.is_told(&sandbox.id) {
                continue;
            }
            let label = sandbox.attempt.as_deref().and_then(Label::read);
            let is_free = |label: &Label| !deployed.inherits && !state.by_uuid.contains_key(&label.id);
            let (uuid, details) = match label {
                Some(label) if is_free(&label) => (label.id, label.details),
                Some(label) => (
                    derived(deployed.provider, &sandbox.id),
                    Details {
                        name: label.details.name.filter(|_| deployed.inherits),
                        ..label.details
                    },
                ),
                None => (
                    derived(deployed.provider, &sandbox.id),
                    Details::of_image((deployed.image)(&sandbox.image)),
                ),
            };
            state.insert(uuid, &sandbox.id, details, true);
        }
        state.forget(deployed.is_running);
    }

    /// A sandbox that the adapter has started, or copied from one that it knows.
    pub fn started(&self, deployed: &Deployed<'_>, label: Option<Uuid>, id: &str, details: Details) -> Record {
        let label = label.filter(|_| !deployed.inherits);
        let uuid = label.unwrap_or_else(|| derived(deployed.provider, id));
        let mut state = self.lock();
        state.insert(uuid, id, details, true);
        state.forget(deployed.is_running);
        state.by_uuid[&uuid].clone()
    }

    /// A sandbox that runs, by the provider's id; one that is not known yet is of this image.
    pub fn of(&self, deployed: &Deployed<'_>, id: &str, image: &str) -> Record {
        let mut state = self.lock();
        let uuid = match state.by_id.get(id) {
            Some(uuid) => *uuid,
            None => {
                let uuid = derived(deployed.provider, id);
                state.insert(uuid, id, Details::of_image((deployed.image)(image)), false);
                state.forget(deployed.is_running);
                uuid
            }
        };
        state.by_uuid[&uuid].clone()
    }

    /// A sandbox by its UUID, or by the one that it had before more was known of it.
    pub fn find(&self, provider: &str, uuid: Uuid) -> Option<Record> {
        let state = self.lock();
        let by_id = || {
            let mut ids = state.by_id.iter();
            let (_, now) = ids.find(|(id, _)| derived(provider, id) == uuid)?;
            state.by_uuid.get(now)
        };
        state.by_uuid.get(&uuid).or_else(by_id).cloned()
    }

    /// Begins the start of a sandbox by the name of an image, of which only so many may run. `running` has what runs, and
    /// whether the provider says that it is of this image; of that, `is_other` says of a name whether it is another of the
    /// catalog's.
    ///
    /// # Errors
    /// S400 if as many run, or are being started.
    pub fn begin_start(
        &self,
        name: &str,
        most: Option<u32>,
        running: impl FnOnce() -> Vec<(String, bool)>,
        is_other: impl Fn(&str) -> bool,
    ) -> Outcome<Starting<'_>> {
        let mut state = self.lock();
        if let Some(most) = most {
            let counts = |(id, is_same): &(String, bool)| match state.image_of(id) {
                Some(known) => known == name || *is_same && !is_other(known),
                None => *is_same,
            };
            let running = running().into_iter().filter(counts);
            let taken = running.count() + state.starting.get(name).copied().unwrap_or_default();
            if taken >= most as usize {
                let text = format!("{taken} sandboxes of the image `{name}` run, {most} may");
                return Err(Fault::new(Code::S400, text).noted("stop one of them"));
            }
        }
        *state.starting.entry(name.to_owned()).or_default() += 1;
        Ok(Starting {
            records: self,
            image: name.to_owned(),
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
    /// Whether the tags of a sandbox are known.
    fn is_told(&self, id: &str) -> bool {
        let record = self.by_id.get(id).and_then(|uuid| self.by_uuid.get(uuid));
        record.is_some_and(|record| record.is_told)
    }

    /// By which name of an image a sandbox was started, as far as that is known.
    fn image_of(&self, id: &str) -> Option<&str> {
        let record = self.by_id.get(id).and_then(|uuid| self.by_uuid.get(uuid))?;
        Some(&record.details.image)
    }

    /// What is known of a sandbox takes the place of what was known.
    fn insert(&mut self, uuid: Uuid, id: &str, details: Details, is_told: bool) {
        let before = self.by_id.insert(id.to_owned(), uuid);
        let before = before.and_then(|before| self.by_uuid.remove(&before));
        if let Some(before) = &before {
            self.order.retain(|known| *known != before.uuid);
        }
        self.order.push_back(uuid);
        let (stopping, programs) = before.map_or_else(Default::default, |before| (before.stopping, before.programs));
        let record = Record {
            uuid,
            id: id.to_owned(),
            details,
            is_told,
            stopping,
            programs,
        };
        self.by_uuid.insert(uuid, record);
    }

    /// Forgets what has ended first when that is much.
    fn forget(&mut self, is_running: &dyn Fn(&str) -> bool) {
        for _ in REMEMBERED..self.order.len() {
            let Some(uuid) = self.order.pop_front() else { return };
            match self.by_uuid.get(&uuid) {
                Some(record) if is_running(&record.id) => self.order.push_back(uuid),
                Some(record) => {
                    self.by_id.remove(&record.id);
                    self.by_uuid.remove(&uuid);
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lifetime::Lifetime, resource::Facts};

    fn deployed(inherits: bool) -> Deployed<'static> {
        Deployed {
            provider: "double",
            inherits,
            is_running: &|_| true,
            image: &|image| format!("named {image}"),
        }
    }

    fn listed(id: &str, started_at: &str, attempt: Option<String>) -> Sandbox {
        Sandbox {
            id: id.to_owned(),
            image: "image".to_owned(),
            started_at: started_at.to_owned(),
            owner: None,
            attempt,
            lifetime: Lifetime::default(),
            facts: Facts::new(),
        }
    }

    fn label() -> Label {
        Label::new(Details {
            image: "python".to_owned(),
            name: Some("mine".to_owned()),
            env: Some(true),
        })
    }

    #[test]
    fn who_bears_a_label_has_its_uuid_and_others_a_derived_one() {
        let (records, label) = (Records::default(), label());
        let tag = Some(label.tag());
        let all = [
            listed("copy", "2", tag.clone()),
            listed("first", "1", tag),
            listed("familys", "3", Some("a-call".to_owned())),
        ];
        records.learn(&deployed(false), &all);
        let first = records.find("double", label.id).expect("the first");
        assert_eq!(
            (first.id.as_str(), first.details.name.as_deref()),
            ("first", Some("mine"))
        );
        let copy = records.find("double", derived("double", "copy")).expect("the copy");
        assert_eq!((copy.details.name, copy.details.env), (None, Some(true)));
        let familys = records.find("double", derived("double", "familys")).expect("the other");
        assert_eq!(
            (familys.details.image.as_str(), familys.details.env),
            ("named image", None)
        );
    }

    #[test]
    fn where_copies_bear_the_labels_of_their_parents_none_has_its_uuid() {
        let (records, label) = (Records::default(), label());
        records.learn(&deployed(true), &[listed("copy", "2", Some(label.tag()))]);
        assert!(records.find("double", label.id).is_none());
        assert!(records.find("double", derived("double", "copy")).is_some());
    }

    #[test]
    fn more_that_is_known_of_one_takes_the_place_of_less() {
        let (records, label) = (Records::default(), label());
        let unknown = records.of(&deployed(false), "one", "image");
        let _running = unknown.begin(4).expect("a program");
        records.started(&deployed(false), Some(label.id), "one", label.details.clone());
        for uuid in [unknown.uuid, label.id] {
            let known = records.find("double", uuid).expect("one");
            assert_eq!(
                (known.uuid, known.details.env, known.in_flight()),
                (label.id, Some(true), 1)
            );
        }
        assert_eq!(records.of(&deployed(false), "one", "image").uuid, label.id);
    }

    #[test]
    fn one_that_was_seen_before_it_was_listed_has_its_uuid_when_it_is() {
        let (records, label) = (Records::default(), label());
        let seen = records.of(&deployed(false), "one", "image");
        let all = [listed("one", "1", Some(label.tag()))];
        records.learn(&deployed(false), &all);
        let found = [label.id, seen.uuid].map(|uuid| records.find("double", uuid).map(|record| record.uuid));
        assert_eq!(found, [Some(label.id); 2]);
        let known = records.find("double", label.id).expect("one");
        assert_eq!(known.details.name.as_deref(), Some("mine"));
    }

    #[test]
    fn what_runs_is_not_forgotten_however_much_has_ended() {
        let records = Records::default();
        let deployed = Deployed {
            is_running: &|id| id == "runs",
            ..deployed(false)
        };
        let runs = records.of(&deployed, "runs", "image");
        for at in 0..2 * REMEMBERED {
            records.of(&deployed, &format!("ended-{at}"), "image");
        }
        assert!(records.find("double", runs.uuid).is_some());
        assert!(records.find("double", derived("double", "ended-0")).is_none());
        let state = records.lock();
        assert_eq!(state.by_uuid.len(), state.order.len());
    }
}
