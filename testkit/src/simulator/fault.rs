//! Faults: which requests they hit, and what they do to the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::pattern::Pattern;
use crate::watched::Watched;

/// What goes wrong with a request.
///
/// A fault either comes before the effect, which then never happens, or after it
/// ([`FaultBuilder::after_effect`]); kinds that spoil an answer spoil the real one in the second
/// case and a made-up one in the first.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This status with a refusal that says `injected fault`, in the form of the provider.
    Status(u16),
    /// This status with this JSON body.
    StatusWithBody(u16, Value),
    /// This status with a `Retry-After` header of this value.
    RetryAfter(u16, String),
    /// The connection is closed without a byte in answer.
    Cut,
    /// The connection is closed without a byte in answer, if it has carried a request before.
    CutIfReused,
    /// The head and half of the body arrive, then the connection is closed.
    CutMidBody,
    /// No answer until [`Traffic::release_stalled`](super::Traffic::release_stalled), after which all
    /// goes its way; a client that leaves before that leaves no effect but one that was first.
    Stall,
    /// An answer that takes this much longer.
    Slow(Duration),
    /// Success in good order over HTTP, but the JSON ends half way.
    Truncated,
    /// Success whose JSON has a field more, of this many bytes.
    Oversized(usize),
    /// Success whose JSON lacks these fields, wherever they are in it.
    Without(&'static [&'static str]),
    /// Status 200 with an HTML page.
    Nonsense,
    /// This status with an HTML page, as from a server on the way.
    Page(u16),
    /// Status 200 with nothing.
    EmptyBody,
    /// Status 200 with these bytes as JSON.
    Bytes(Vec<u8>),
    /// Success that tells of the sandbox or snapshot with this id, with its tags, instead of the one that was made or
    /// asked for.
    Impostor(String),
    /// 307 to this address.
    Redirect(String),
}

impl Fault {
    /// Faults that pass the answer on whole, only later.
    pub(crate) fn only_delays(&self) -> bool {
        matches!(self, Self::Stall | Self::Slow(_))
    }
}

#[derive(Clone, Copy, Debug)]
enum Occasion {
    First(usize),
    Only(usize),
    Every,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    occasion: Occasion,
    fault: Fault,
    after_effect: bool,
    met: usize,
    armed: Armed,
}

/// A rule in effect.
#[derive(Clone, Debug, Default)]
pub struct Armed {
    hits: Arc<AtomicUsize>,
}

impl Armed {
    /// How many requests met its fault so far.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

impl Rule {
    fn applies(&mut self, method: &str, path: &str) -> bool {
        if !self.pattern.matches(method, path) {
            return false;
        }
        self.met += 1;
        match self.occasion {
            Occasion::First(count) => self.met <= count,
            Occasion::Only(number) => self.met == number,
            Occasion::Every => true,
        }
    }
}

/// A fault that a request met.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) fault: Fault,
    pub(crate) after_effect: bool,
    rule: Armed,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    hits: usize,
    releases: usize,
}

impl Faults {
    /// The fault for a request that has just arrived: of the first rule that applies. Every rule
    /// counts every request that it matches, also one that meets another rule's fault.
    pub(crate) fn meet(&mut self, method: &str, path: &str) -> Option<Hit> {
        let mut found = None;
        for rule in &mut self.rules {
            if rule.applies(method, path) && found.is_none() {
                found = Some(Hit {
                    fault: rule.fault.clone(),
                    after_effect: rule.after_effect,
                    rule: rule.armed.clone(),
                });
            }
        }
        found
    }

    pub(crate) fn count(&mut self, hit: &Hit) {
        self.hits += 1;
        hit.rule.hits.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn hits(&self) -> usize {
        self.hits
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn release(&mut self) {
        self.releases += 1;
    }

    pub(crate) fn releases(&self) -> usize {
        self.releases
    }
}

/// A rule in the making. Begun by [`Traffic::fail`](super::Traffic::fail).
#[derive(Debug)]
#[must_use = "a rule takes effect with `once`, `times`, `nth` or `always`"]
pub struct FaultBuilder<'a> {
    faults: &'a Watched<Faults>,
    pattern: Pattern,
    fault: Fault,
    after_effect: bool,
}

impl<'a> FaultBuilder<'a> {
    pub(crate) fn new(faults: &'a Watched<Faults>, pattern: Pattern) -> Self {
        Self {
            faults,
            pattern,
            fault: Fault::Status(500),
            after_effect: false,
        }
    }

    /// What goes wrong. Default: `Fault::Status(500)`.
    pub fn with(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// The request has its effect first: only the answer is lost or spoiled.
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    /// The next matching request.
    pub fn once(self) {
        self.times(1);
    }

    /// The next `count` matching requests.
    pub fn times(self, count: usize) {
        self.install(Occasion::First(count));
    }

    /// Only the `number`th matching request from now, counted from 1. The value tells whether it has come.
    pub fn nth(self, number: usize) -> Armed {
        self.install(Occasion::Only(number))
    }

    /// Every matching request.
    pub fn always(self) {
        self.install(Occasion::Every);
    }

    fn install(self, occasion: Occasion) -> Armed {
        let armed = Armed::default();
        let rule = Rule {
            pattern: self.pattern,
            occasion,
            fault: self.fault,
            after_effect: self.after_effect,
            met: 0,
            armed: armed.clone(),
        };
        self.faults.update(|faults| faults.rules.push(rule));
        armed
    }
}
