//! What came, and what goes wrong with it on the way.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::fault::{Fault, FaultBuilder, Faults};
use super::limit::{Limits, RateLimit};
use super::pattern::Pattern;
use super::seen::Seen;
use super::spoil::Answer;
use crate::watched::{DEADLINE, Watched};

type Edit = Box<dyn Fn(&mut Value) + Send + Sync>;

/// The requests to a simulator so far, and what becomes of them and of their answers.
pub struct Traffic {
    pub(crate) seen: Watched<Vec<Seen>>,
    pub(crate) faults: Watched<Faults>,
    pub(crate) limits: Watched<Limits>,
    rewrites: Watched<Vec<(Pattern, Edit)>>,
    latency: Watched<Duration>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            seen: Watched::new(Vec::new()),
            faults: Watched::new(Faults::default()),
            limits: Watched::new(Limits::default()),
            rewrites: Watched::new(Vec::new()),
            latency: Watched::new(Duration::ZERO),
        }
    }
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traffic").finish_non_exhaustive()
    }
}

impl Traffic {
    /// Every request so far, in the order of arrival. Paths lack the leading `/api`.
    pub fn requests(&self) -> Vec<Seen> {
        self.seen.read(Vec::clone)
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
        self.seen.update(Vec::clear);
    }

    /// Waits for the `count`th request of its kind to arrive, which is before it has an effect.
    /// Panics after 20 s.
    pub async fn wait_for_request(&self, method: &str, pattern: &str, count: usize) -> Seen {
        let wanted = Pattern::new(method, pattern);
        let probe = |all: &Vec<Seen>| {
            let mut hits = all.iter().filter(|s| wanted.matches(&s.method, &s.path));
            hits.nth(count.saturating_sub(1)).cloned()
        };
        match self.seen.wait(DEADLINE, probe).await {
            Some(seen) => seen,
            None => panic!(
                "waited {DEADLINE:?} in vain for request {count} {method} {pattern}; got: {:#?}",
                self.request_lines()
            ),
        }
    }

    /// `METHOD path?query` of every request, the compact form of [`Traffic::requests`].
    pub fn request_lines(&self) -> Vec<String> {
        self.seen.read(|all| all.iter().map(Seen::line).collect())
    }

    /// The method of every request, in their order.
    pub fn request_methods(&self) -> Vec<String> {
        self.seen
            .read(|all| all.iter().map(|seen| seen.method.clone()).collect())
    }

    /// How long each request takes from now on, before it has its effect.
    pub fn set_latency(&self, latency: Duration) {
        self.latency.update(|now| *now = latency);
    }

    pub(crate) fn latency(&self) -> Duration {
        self.latency.read(|latency| *latency)
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
        FaultBuilder::new(&self.faults, Pattern::new(method, pattern))
    }

    /// From now on only so many requests are taken, all limits applying together; none: any number.
    pub fn limit(&self, limits: impl IntoIterator<Item = RateLimit>) {
        self.limits.update(|all| all.set(limits.into_iter().collect()));
    }

    /// How many requests were refused since the limits were set.
    pub fn refused(&self) -> usize {
        self.limits.read(Limits::refused)
    }

    /// Removes every rule. Requests that are stalled stay so.
    pub fn clear_faults(&self) {
        self.faults.update(Faults::clear);
    }

    /// How many requests met a fault so far.
    pub fn fault_hits(&self) -> usize {
        self.faults.read(Faults::hits)
    }

    /// Waits until `count` requests met a fault; an effect that comes before the fault has
    /// happened by then. Panics after 20 s.
    pub async fn wait_for_fault_hits(&self, count: usize) {
        let probe = |faults: &Faults| (faults.hits() >= count).then_some(());
        if self.faults.wait(DEADLINE, probe).await.is_none() {
            panic!("waited {DEADLINE:?} in vain for fault hit {count}");
        }
    }

    /// Lets every request stalled by [`Fault::Stall`] go on as if nothing had been.
    pub fn release_stalled(&self) {
        self.faults.update(Faults::release);
    }

    /// From now on edits the JSON body of every successful answer of this kind before it is sent.
    pub fn rewrite(&self, method: &str, pattern: &str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        let pattern = Pattern::new(method, pattern);
        self.rewrites
            .update(|rewrites| rewrites.push((pattern, Box::new(edit))));
    }

    /// Ends what [`Traffic::rewrite`] began.
    pub fn clear_rewrites(&self) {
        self.rewrites.update(Vec::clear);
    }

    /// An answer, edited if it is of a kind that is to be.
    pub(crate) fn edited(&self, method: &str, path: &str, answer: Answer) -> Answer {
        self.rewrites.read(|rewrites| {
            let mut edits = rewrites
                .iter()
                .filter(|(pattern, _)| pattern.matches(method, path))
                .peekable();
            let json = edits.peek().and_then(|_| serde_json::from_slice(&answer.body).ok());
            let Some(mut json) = json else {
                return answer;
            };
            edits.for_each(|(_, edit)| edit(&mut json));
            answer.with_json(&json)
        })
    }
}
