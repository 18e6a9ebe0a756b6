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
    /// The function makes the call only when it takes back what it has done, because the answer to this other call was
    /// lost.
    pub(super) lost: Option<Box<Self>>,
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
                lost: None,
            }
        };
        requests.iter().map(target).collect()
    }

    /// The calls among `requests`, made when the answer to this one was lost, that the function does not make otherwise.
    pub(super) fn undone_by(&self, requests: &[Seen], usual: &[Self]) -> Vec<Self> {
        let is_usual = |call: &Self| usual.iter().any(|one| call.is_like(one));
        let mut calls = Self::of(&self.function, requests);
        calls.retain(|call| !is_usual(call));
        for call in &mut calls {
            call.lost = Some(Box::new(self.clone()));
        }
        calls
    }

    fn is_like(&self, other: &Self) -> bool {
        (&self.function, &self.method, &self.pattern) == (&other.function, &other.method, &other.pattern)
    }

    /// Loses the answer to the call once it has had its effect.
    pub(super) fn lose(&self, morph: &Morph) {
        let fault = morph.fail(&self.method, &self.pattern).with(Fault::Cut);
        fault.after_effect().nth(self.number);
    }

    /// Whether the call changes something, so that it matters if a fault comes before that or after.
    pub(super) fn has_effect(&self) -> bool {
        self.method != "GET"
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)?;
        if self.number > 1 {
            write!(f, " #{}", self.number)?;
        }
        match &self.lost {
            Some(lost) => write!(f, " after a lost {lost}"),
            None => Ok(()),
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
        if let Some(lost) = &self.target.lost {
            lost.lose(morph);
        }
        self.way.arm(morph, &self.target, self.target.number);
    }

    /// Every target in every way. What asks for the list comes first: a start that came to nothing is looked for once
    /// more later, and that look is not to meet the fault.
    pub(super) fn all(targets: &[Target]) -> VecDeque<Self> {
        let is_first = |target: &&Target| target.function == "list" || target.lost.is_some();
        let (first, rest): (Vec<_>, Vec<_>) = targets.iter().partition(is_first);
        first.into_iter().chain(rest).flat_map(Self::of).collect()
    }

    fn of(target: &Target) -> impl Iterator<Item = Self> {
        let mut ways = ways(target.has_effect());
        // A worker that is told that something is gone has no reason to go on undoing it.
        ways.retain(|way| target.lost.is_none() || !target.has_effect() || !way.is_a_lie());
        ways.into_iter().map(|way| Self {
            target: target.clone(),
            way,
        })
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
