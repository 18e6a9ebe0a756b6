//! A provider and the calls under way, as simple as they can be said.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use provider_runtime::{
    Facts, Lifetime, Sandbox,
    slots::{Moment, Reconciled, Reservation, Slots, Told},
};
use tokio::time::Instant;

/// How long a list may lack what was started, and show what was ended.
const BEHIND: (Duration, Duration) = (Duration::from_secs(29), Duration::from_secs(59));

#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A call takes slots.
    Take,
    /// The provider starts what a call asked for.
    Start,
    /// A call hears what it has started.
    Keep,
    /// A call fails, and what it started is ended as far as it still runs.
    Undo,
    /// A call fails, and what it started cannot be ended.
    Linger,
    /// A call that has failed gives its slots back.
    GiveBack,
    /// A call fails without hearing what it started, and gives its slots back.
    GiveUp,
    /// A caller stops a sandbox.
    Stop,
    /// A caller stops a sandbox whose start is still under way.
    StopEarly,
    /// A sandbox ends without anybody being told.
    EndByItself,
    /// An earlier worker's sandbox appears.
    LeaveByAnother,
    /// The provider is about to be asked for its list.
    Ask,
    /// It makes its list.
    Picture,
    /// It makes a list that is behind.
    OldPicture,
    /// Some seconds pass.
    Wait,
    /// The list arrives.
    Answer,
    /// The list does not arrive.
    Fail,
    /// The provider is about to be asked for one sandbox.
    Look,
}

#[derive(Clone)]
struct Started {
    /// The tag of the call that started it.
    attempt: String,
    at: Instant,
}

struct Call {
    reservation: Reservation,
    attempt: String,
    started: Vec<String>,
    failed: bool,
}

struct List {
    asked: Moment,
    /// The one sandbox that was asked for.
    only: Option<String>,
    picture: Option<Vec<Sandbox>>,
}

pub struct Harness {
    slots: Slots,
    cap: usize,
    /// What runs at the provider.
    running: BTreeMap<String, Started>,
    /// What the worker has ended, and when.
    stopped: BTreeMap<String, (Started, Instant)>,
    calls: Vec<Call>,
    lists: Vec<List>,
    /// What this worker knows to have been started, and has not seen end.
    known: BTreeSet<String>,
    /// What this worker knows to have ended.
    ended: BTreeSet<String>,
    names: usize,
}

impl Harness {
    pub fn new(cap: usize) -> Self {
        Self {
            slots: Slots::new(cap),
            cap,
            running: BTreeMap::new(),
            stopped: BTreeMap::new(),
            calls: Vec::new(),
            lists: Vec::new(),
            known: BTreeSet::new(),
            ended: BTreeSet::new(),
            names: 0,
        }
    }

    /// A step that makes no sense at the moment is none.
    pub fn take_step(&mut self, step: Step, pick: usize) {
        match step {
            Step::Take => self.take(1 + pick % 3),
            Step::Start => self.start(pick),
            Step::Keep => self.keep(pick),
            Step::Undo => self.undo(pick),
            Step::Linger => self.linger(pick),
            Step::GiveBack => self.give_back(pick),
            Step::GiveUp => drop(pop(&mut self.calls, pick).filter(|call| !call.failed)),
            Step::Stop => self.stop(pick),
            Step::StopEarly => self.stop_early(pick),
            Step::EndByItself => drop(self.pick_running(pick).and_then(|id| self.running.remove(&id))),
            Step::LeaveByAnother => drop(self.run("")),
            Step::Ask => self.ask(None),
            Step::Picture => self.picture(pick, false),
            Step::OldPicture => self.picture(pick, true),
            Step::Wait => unreachable!("time passes for everybody"),
            Step::Answer => self.answer(pick),
            Step::Fail => drop(pop(&mut self.lists, pick)),
            Step::Look => {
                if let Some(id) = self.pick_running(pick) {
                    self.ask(Some(id));
                }
            }
        }
    }

    fn take(&mut self, count: usize) {
        self.names += 1;
        let attempt = format!("attempt_{}", self.names);
        let active = self.slots.active();
        match self.slots.take(count, &attempt) {
            Ok(reservation) => {
                assert!(active + count <= self.cap, "{count} more than {active} were given");
                self.calls.push(Call {
                    reservation,
                    attempt,
                    started: Vec::new(),
                    failed: false,
                });
            }
            Err(full) => assert!(full.active == active && active + count > self.cap, "{full:?}"),
        }
    }

    fn start(&mut self, pick: usize) {
        let Some(mut call) = pop(&mut self.calls, pick) else {
            return;
        };
        if call.started.is_empty() && !call.failed {
            call.started = (0..call.reservation.count()).map(|_| self.run(&call.attempt)).collect();
        }
        self.calls.push(call);
    }

    fn keep(&mut self, pick: usize) {
        let Some(call) = pop(&mut self.calls, pick) else {
            return;
        };
        if call.started.is_empty() {
            self.calls.push(call);
        } else {
            call.reservation.keep(&call.started, &Told::default());
            let live = call.started.into_iter().filter(|id| !self.ended.contains(id));
            self.known.extend(live);
        }
    }

    fn undo(&mut self, pick: usize) {
        let Some(mut call) = pop(&mut self.calls, pick) else {
            return;
        };
        for id in std::mem::take(&mut call.started) {
            if self.running.contains_key(&id) {
                self.end(&id);
            }
            self.ended.insert(id);
        }
        self.calls.push(Call { failed: true, ..call });
    }

    /// The worker ends a sandbox.
    fn end(&mut self, id: &str) {
        if let Some(started) = self.running.remove(id) {
            self.stopped.insert(id.to_owned(), (started, Instant::now()));
        }
        self.slots.ended(id);
    }

    fn linger(&mut self, pick: usize) {
        let Some(mut call) = pop(&mut self.calls, pick) else {
            return;
        };
        for id in std::mem::take(&mut call.started) {
            self.slots.lingers(&id);
            if !self.ended.contains(&id) {
                self.known.insert(id);
            }
        }
        self.calls.push(Call { failed: true, ..call });
    }

    fn give_back(&mut self, pick: usize) {
        match pop(&mut self.calls, pick) {
            Some(call) if !call.failed => self.calls.push(call),
            given => drop(given),
        }
    }

    fn stop(&mut self, pick: usize) {
        let known = self.known.iter().nth(pick % self.known.len().max(1)).cloned();
        if let Some(id) = known {
            self.end(&id);
            self.known.remove(&id);
            self.ended.insert(id);
        }
    }

    fn stop_early(&mut self, pick: usize) {
        let mut started = self.calls.iter().flat_map(|call| &call.started);
        if let Some(id) = started.nth(pick % 8).cloned() {
            self.end(&id);
            self.ended.insert(id);
        }
    }

    fn ask(&mut self, only: Option<String>) {
        self.lists.push(List {
            asked: self.slots.moment(),
            only,
            picture: None,
        });
    }

    /// A list may be behind, and so may a look at what has ended.
    fn picture(&mut self, pick: usize, is_old: bool) {
        let Some(at) = pick.checked_rem(self.lists.len()) else {
            return;
        };
        let list = &mut self.lists[at];
        let is_asked_for = |id: &String| list.only.as_ref().is_none_or(|only| only == id);
        let (lacks, shows) = BEHIND;
        let is_lacking = |started: &Started| is_old && list.only.is_none() && started.at.elapsed() < lacks;
        let running = self.running.iter().filter(|(_, started)| !is_lacking(started));
        let stopped = self
            .stopped
            .iter()
            .filter(|(_, (_, at))| is_old && at.elapsed() < shows);
        let stopped = stopped.map(|(id, (started, _))| (id, started));
        let shown = running.chain(stopped).filter(|(id, _)| is_asked_for(id));
        let picture = shown.map(|(id, started)| sandbox(id, &started.attempt)).collect();
        list.picture.get_or_insert(picture);
    }

    fn answer(&mut self, pick: usize) {
        let Some(list) = pop(&mut self.lists, pick) else {
            return;
        };
        let counted = self.counted();
        match (&list.picture, &list.only) {
            (Some(picture), None) => {
                let Reconciled { missing, back } = self.slots.reconcile(&list.asked, picture);
                assert_eq!(back, [""; 0], "no list is so far behind");
                // Now and then the looks fail.
                if !pick.is_multiple_of(3) {
                    missing.iter().for_each(|id| self.look(id));
                }
            }
            (Some(picture), Some(_)) => picture.iter().for_each(|one| self.slots.observe(&list.asked, one)),
            (None, _) => return self.lists.push(list),
        }
        // What a list has struck out has ended.
        let counts_still = self.counted();
        self.ended.extend(counted.difference(&counts_still).cloned());
    }

    /// A look at what a list lacks.
    fn look(&self, id: &str) {
        let asked = self.slots.moment();
        match self.running.get(id) {
            Some(started) => self.slots.observe(&asked, &sandbox(id, &started.attempt)),
            None => self.slots.gone(&asked, id),
        }
    }

    fn run(&mut self, attempt: &str) -> String {
        self.names += 1;
        let id = format!("sandbox_{}", self.names);
        let started = Started {
            attempt: attempt.to_owned(),
            at: Instant::now(),
        };
        self.running.insert(id.clone(), started);
        id
    }

    fn pick_running(&self, pick: usize) -> Option<String> {
        let at = pick.checked_rem(self.running.len())?;
        self.running.keys().nth(at).cloned()
    }

    fn counted(&self) -> BTreeSet<String> {
        let all = (1..=self.names).map(|name| format!("sandbox_{name}"));
        all.filter(|id| self.slots.facts(id).is_some()).collect()
    }

    /// What holds at any moment.
    pub fn check(&self) {
        let counted = self.counted();
        for id in self.known.iter().filter(|id| self.running.contains_key(*id)) {
            assert!(counted.contains(id), "{id} runs, is known, and does not count");
        }
        for id in &self.ended {
            assert!(!counted.contains(id), "{id} has ended and counts again");
        }
        for id in self.calls.iter().flat_map(|call| &call.started) {
            assert!(!counted.contains(id), "{id} is being started and counts twice");
        }
        let reserved: usize = self.calls.iter().map(|call| call.reservation.count()).sum();
        assert_eq!(self.slots.active(), reserved + counted.len());
    }

    /// All calls and lists come to their end, and one more list is taken in, which is not behind.
    pub fn finish(&mut self) {
        while !self.calls.is_empty() {
            self.undo(0);
            drop(self.calls.pop());
        }
        while !self.lists.is_empty() {
            self.picture(0, false);
            self.answer(0);
        }
        self.ask(None);
        self.picture(0, false);
        self.answer(1);
    }

    /// What holds when nothing is under way.
    pub fn check_exactly(&self) {
        self.check();
        assert_eq!(self.slots.active(), self.running.len());
    }
}

fn sandbox(id: &str, attempt: &str) -> Sandbox {
    Sandbox {
        id: id.to_owned(),
        image: String::new(),
        started_at: String::new(),
        owner: None,
        attempt: (!attempt.is_empty()).then(|| attempt.to_owned()),
        lifetime: Lifetime::default(),
        facts: Facts::new(),
    }
}

fn pop<T>(items: &mut Vec<T>, pick: usize) -> Option<T> {
    let at = pick.checked_rem(items.len())?;
    Some(items.swap_remove(at))
}
