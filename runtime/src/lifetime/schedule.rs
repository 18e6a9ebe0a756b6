//! When one sandbox ends, and when its lifetime has to be set next: no clock, no requests, only what is known.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

/// The longest lifetime that is asked for or believed, in seconds: a year.
pub(crate) const LONGEST_SECS: u64 = 31_536_000;

/// How much more than the programs need is asked for, so that those that begin soon after find it done.
const AHEAD: Duration = Duration::from_secs(30);

/// Between tries of one that fails: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// What should have ended by itself is believed to have after this.
const OVER: Duration = Duration::from_secs(60);

/// Providers count in whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// When a sandbox ends by itself, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Not before this moment.
    At(Instant),
    /// It lives until it is ended.
    Never,
    /// It cannot be told; it may be now.
    Unknown,
}

/// A lifetime that was asked for: so many seconds from the moment at which it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub at: Instant,
    pub secs: u64,
}

/// What is known of one sandbox's lifetime, and what it is needed for.
#[derive(Debug)]
pub(super) struct Schedule {
    idle: Duration,
    ends: Ends,
    /// It lives at least until then, whatever is executed in it.
    promised: Option<Instant>,
    /// When each program under way will have ended at the latest.
    programs: BTreeMap<u64, Instant>,
    /// When the latest program ended, or it got ready: its idle timeout counts from here.
    used: Option<Instant>,
    /// When the latest lifetime was sent that the provider took.
    sent: Option<Instant>,
    /// The most that the provider gives, where that is less than it was asked for.
    most: Option<Duration>,
    /// It has what its start was given, which is no idle timeout yet.
    fresh: bool,
    failures: u32,
    retry_at: Option<Instant>,
}

impl Schedule {
    pub fn new(idle: Duration, ends: Ends) -> Self {
        Self {
            idle,
            ends,
            promised: None,
            programs: BTreeMap::new(),
            used: None,
            sent: None,
            most: None,
            fresh: false,
            failures: 0,
            retry_at: None,
        }
    }

    /// One that has just got ready, with what its start was given.
    pub fn started(idle: Duration, ends: Ends, now: Instant) -> Self {
        Self {
            used: Some(now),
            fresh: true,
            ..Self::new(idle, ends)
        }
    }

    pub fn idle(&self) -> Duration {
        self.idle
    }

    pub fn ends(&self) -> Ends {
        self.ends
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// A program runs until then at the latest.
    pub fn runs(&mut self, number: u64, until: Instant) {
        self.programs.insert(number, until);
    }

    /// A program has ended, or was never begun: then it leaves no trace.
    pub fn ran(&mut self, number: u64, now: Instant, began: bool) {
        self.programs.remove(&number);
        if began {
            self.used = self.used.max(Some(now));
        }
    }

    /// It idles from now on.
    pub fn idles(&mut self, now: Instant) {
        self.used = self.used.max(Some(now));
    }

    /// It is to live until then at least, whatever is executed in it. Gives the promise that stood before.
    pub fn promise(&mut self, until: Instant) -> Option<Instant> {
        let before = self.promised;
        self.promised = before.max(Some(until));
        before
    }

    /// A promise that could not be kept is none.
    pub fn withdraw(&mut self, promised: Instant, before: Option<Instant>) {
        if self.promised == Some(promised) {
            self.promised = before;
        }
    }

    /// Whether it would end before what is promised or runs has.
    pub fn is_short(&self) -> bool {
        self.needed().is_some_and(|needed| !self.lasts(needed))
    }

    /// Whether it was used since its lifetime was set.
    pub fn is_owed(&self) -> bool {
        self.fresh || self.used > self.sent
    }

    /// Whether it lives until `moment`, as far as is known.
    pub fn lasts(&self, moment: Instant) -> bool {
        match self.ends {
            Ends::At(end) => end >= moment,
            Ends::Never => true,
            Ends::Unknown => false,
        }
    }

    /// When its lifetime is to be set next; `None` if it is as it should be. Whatever is promised or runs is covered at
    /// once, and idleness no sooner than a tenth of the idle timeout after the latest. While a program runs nothing is
    /// shortened.
    pub fn due(&mut self, now: Instant) -> Option<Instant> {
        self.forget_what_has_ended(now);
        if self.programs.is_empty() && self.is_over(now) {
            return None;
        }
        let is_short = self.is_short();
        // A provider that gives less than it is asked for is asked again half way.
        let pause = match self.most {
            _ if !is_short && !self.is_idle_wrong() => return None,
            Some(most) => most / 2,
            None if is_short => Duration::ZERO,
            None => self.idle / 10,
        };
        let due = self.sent.and_then(|sent| sent.checked_add(pause));
        Some(due.max(self.retry_at).unwrap_or(now))
    }

    /// What to ask for now.
    pub fn ask(&mut self, now: Instant) -> Asked {
        self.forget_what_has_ended(now);
        let until = |moment: Option<Instant>| moment.map_or(Duration::ZERO, |m| m.saturating_duration_since(now));
        // What is short is short for a program, and others may begin soon.
        let ahead = if self.is_short() { AHEAD } else { Duration::ZERO };
        let programs = match self.programs.values().max() {
            Some(end) => until(Some(*end)).saturating_add(ahead),
            None => Duration::ZERO,
        };
        let longest = self.idle.max(programs).max(until(self.promised));
        let secs = u64::try_from(longest.as_millis().div_ceil(1000)).unwrap_or(LONGEST_SECS);
        Asked {
            at: now,
            secs: secs.clamp(1, LONGEST_SECS),
        }
    }

    /// The provider took it, and gave so many seconds.
    pub fn given(&mut self, asked: Asked, secs: u64) {
        self.ends = end(asked.at, secs);
        self.sent = self.sent.max(Some(asked.at));
        self.most = (secs < asked.secs).then(|| Duration::from_secs(secs));
        self.fresh = false;
        self.failures = 0;
        self.retry_at = None;
    }

    /// It is not known whether the provider took it.
    pub fn failed(&mut self, asked: Asked, now: Instant) {
        if let (Ends::At(known), Ends::At(asked)) = (self.ends, end(asked.at, asked.secs)) {
            self.ends = Ends::At(known.min(asked));
        }
        let (first, longest) = PAUSES;
        let pause = first.saturating_mul(1 << self.failures.min(10)).min(longest);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now.checked_add(pause);
    }

    /// The provider knows no such sandbox. Only another program would be a reason to ask again.
    pub fn missed(&mut self, asked: Asked, now: Instant) {
        self.failed(asked, now);
        self.ends = Ends::Unknown;
        (self.used, self.promised, self.fresh) = (None, None, false);
    }

    /// Whether it has ended by itself for so long that nothing is to be set any more.
    pub fn is_over(&self, now: Instant) -> bool {
        match self.ends {
            Ends::At(end) => now.saturating_duration_since(end) > OVER,
            Ends::Never | Ends::Unknown => false,
        }
    }

    pub fn is_idle(&mut self, now: Instant) -> bool {
        self.due(now).is_none() && self.programs.is_empty()
    }

    fn forget_what_has_ended(&mut self, now: Instant) {
        self.programs.retain(|_, end| *end > now);
    }

    /// Until when it has to live, idle or not.
    fn needed(&self) -> Option<Instant> {
        self.programs.values().max().copied().max(self.promised)
    }

    /// Whether it would end too early or too late if nothing more was executed in it.
    fn is_idle_wrong(&self) -> bool {
        let Some(used) = self.used else { return false };
        let busy = !self.programs.is_empty();
        let wanted = used.checked_add(self.idle);
        if wanted.is_some_and(|wanted| !self.lasts(wanted)) {
            return true;
        }
        if self.fresh {
            return !busy;
        }
        let idle = used.max(self.sent.unwrap_or(used)).checked_add(self.idle + SECOND);
        let is_long = match self.ends {
            Ends::At(end) => {
                let is_promised = |until: Instant| end.saturating_duration_since(until) <= SECOND;
                idle.is_some_and(|idle| end > idle) && !self.promised.is_some_and(is_promised)
            }
            Ends::Never => true,
            Ends::Unknown => false,
        };
        is_long && !busy
    }
}

/// The end of a lifetime that was asked for.
pub(crate) fn end(from: Instant, secs: u64) -> Ends {
    let secs = Duration::from_secs(secs.min(LONGEST_SECS));
    from.checked_add(secs).map_or(Ends::Unknown, Ends::At)
}
