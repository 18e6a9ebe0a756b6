//! What is killed, and how.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::morph::{Fault, Morph, Seen};

/// One call to the provider that a function makes: the `number`th of its kind, counted from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    pub(super) function: String,
    pub(super) method: String,
    pub(super) pattern: String,
    pub(super) number: usize,
}

impl Target {
    /// The calls that a function has made.
    pub(super) fn of(function: &str, requests: &[Seen]) -> Vec<Self> {
        let mut numbers = BTreeMap::new();
        let target = |seen: &Seen| {
            let pattern = pattern(&seen.path);
            let number: &mut usize = numbers.entry((seen.method.clone(), pattern.clone())).or_default();
            *number += 1;
            Self {
                function: function.to_owned(),
                method: seen.method.clone(),
                pattern,
                number: *number,
            }
        };
        requests.iter().map(target).collect()
    }

    /// Whether the call changes something, so that it matters if a fault comes before that or after.
    pub(super) fn has_effect(&self) -> bool {
        self.method != "GET"
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)?;
        match self.number {
            1 => Ok(()),
            number => write!(f, " #{number}"),
        }
    }
}

/// `/instance/morphvm_1f/exec` as `/instance/{id}/exec`.
fn pattern(path: &str) -> String {
    let is_id = |segment: &str| segment.starts_with("morphvm_") || segment.starts_with("snapshot_");
    let segments = path
        .split('/')
        .map(|segment| if is_id(segment) { "{id}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// A call that is killed in one way.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) target: Target,
    pub(super) way: Way,
}

/// What goes wrong, and whether the call has its effect before that.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) fault: Fault,
    pub(super) after_effect: bool,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.after_effect { "after" } else { "before" };
        match &self.fault {
            Fault::Oversized(_) => write!(f, "Oversized {when} its effect"),
            fault => write!(f, "{fault:?} {when} its effect"),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, way } = self;
        write!(f, "{}: {target}, {way}", target.function)
    }
}

impl Way {
    /// Whether it can be taken for a success that was none.
    pub(super) fn is_a_lie(&self) -> bool {
        let failures = matches!(
            self.fault,
            Fault::Status(500 | 503 | 401 | 429) | Fault::Cut | Fault::Stall
        );
        !self.after_effect && !failures
    }

    /// Lets the `number`th request of a kind meet it, counted from now.
    pub(super) fn arm(&self, morph: &Morph, target: &Target, number: usize) {
        let fault = morph.fail(&target.method, &target.pattern).with(self.fault.clone());
        let fault = if self.after_effect { fault.after_effect() } else { fault };
        fault.nth(number);
    }
}

impl Case {
    /// Only the call that it is about will meet the fault.
    pub(super) fn arm(&self, morph: &Morph) {
        self.way.arm(morph, &self.target, self.target.number);
    }

    /// Every target in every way. What everything else also calls comes first, because a doubtful start is looked into
    /// later once more, and that look is not to meet the fault.
    pub(super) fn all(targets: &[Target]) -> VecDeque<Self> {
        let (lists, others): (Vec<_>, Vec<_>) = targets.iter().partition(|target| target.function == "list");
        let cases = lists.into_iter().chain(others).flat_map(|target| {
            let ways = ways(target.has_effect()).into_iter();
            ways.map(|way| Self {
                target: target.clone(),
                way,
            })
        });
        cases.collect()
    }
}

/// Beyond what a worker takes.
const TOO_LARGE: usize = 17 << 20;

/// A refusal below 500 says that there was no effect, and is believed; so it only comes before it.
const REFUSALS: [u16; 4] = [401, 404, 409, 429];

/// Every way to kill a call. Where there is no effect, before and after are the same.
pub(super) fn ways(has_effect: bool) -> Vec<Way> {
    let way = |fault: Fault, after_effect| Way { fault, after_effect };
    let refusals = REFUSALS.map(|status| way(Fault::Status(status), false));
    let before = failures().into_iter().map(|fault| way(fault, false));
    let after = failures().into_iter().map(|fault| way(fault, true));
    match has_effect {
        true => refusals.into_iter().chain(before).chain(after).collect(),
        false => refusals.into_iter().chain(after).collect(),
    }
}

fn failures() -> [Fault; 9] {
    [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Cut,
        Fault::CutMidBody,
        Fault::Stall,
        Fault::Truncated,
        Fault::Oversized(TOO_LARGE),
        Fault::Nonsense,
        Fault::EmptyBody,
    ]
}
