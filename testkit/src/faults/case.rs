//! A call that is killed in one way.

use std::fmt;
use std::time::Duration;

use super::silence::Silence;
use super::target::{Occasion, Target};
use crate::simulator::{Armed, Fault, Traffic};

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
    /// Whom the answer tells of instead, if that is what goes wrong.
    pub(super) impostor: Option<Impostor>,
    /// What was started is not to be seen for a while.
    pub(super) is_unseen: bool,
    /// What the engine does while the call is under way, if that is what goes wrong.
    pub(super) silence: Option<Silence>,
}

/// Whom an answer can tell of that was asked for another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Impostor {
    /// A sandbox of another owner.
    Stranger,
    /// A sandbox of this owner that another call has made: the one that is acted on, if there is one.
    Sandbox,
    /// A snapshot that was there before.
    Snapshot,
}

impl Impostor {
    const ALL: [Self; 3] = [Self::Stranger, Self::Sandbox, Self::Snapshot];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.after_effect { "after" } else { "before" };
        if let Some(impostor) = self.impostor {
            return write!(f, "an answer about {impostor:?} {when} its effect");
        }
        if let Some(silence) = self.silence {
            return silence.fmt(f);
        }
        if self.is_unseen {
            write!(f, "what was made is unseen for a while, ")?;
        }
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
    fn new(fault: Fault, after_effect: bool) -> Self {
        Self {
            fault,
            after_effect,
            impostor: None,
            is_unseen: false,
            silence: None,
        }
    }

    fn about(impostor: Impostor) -> Self {
        Self {
            impostor: Some(impostor),
            ..Self::new(Fault::Slow(Duration::ZERO), true)
        }
    }

    fn unseen(fault: Fault) -> Self {
        Self {
            is_unseen: true,
            ..Self::new(fault, true)
        }
    }

    fn of_the_engine(silence: Silence) -> Self {
        Self {
            silence: Some(silence),
            ..Self::new(Fault::Stall, true)
        }
    }

    /// Whether it can be taken for a success that was none.
    pub(super) fn is_a_lie(&self) -> bool {
        !self.after_effect && matches!(self.fault, Fault::Status(404 | 409) | Fault::EmptyBody)
    }

    /// Whether it says that there was no effect, and there was. A worker finds that out, unless more goes wrong.
    pub(super) fn is_a_false_refusal(&self) -> bool {
        self.after_effect && matches!(self.fault, Fault::Status(..500) | Fault::RetryAfter(..500, _))
    }

    /// Lets the call meet it, counted from now.
    pub(super) fn arm(&self, traffic: &Traffic, target: &Target) -> Armed {
        target.arm(traffic, self.fault.clone(), self.after_effect)
    }

    /// The same with the id of whom the answer tells of.
    pub(super) fn with_ids(&self, of: impl FnOnce(Impostor) -> String) -> Self {
        let fault = match self.impostor {
            Some(impostor) => Fault::Impostor(of(impostor)),
            None => self.fault.clone(),
        };
        Self { fault, ..self.clone() }
    }
}

impl Case {
    /// Whether what was saved is said to be refused: it is looked into once, so that what is seen only when it is done is to
    /// be done by then.
    pub(super) fn refuses_what_is_saved(&self) -> bool {
        let is_usual = matches!(self.target.occasion, Occasion::Usual | Occasion::Unseen);
        let saves = self.target.function == "snapshot" && self.target.has_effect();
        self.way.is_a_false_refusal() && is_usual && saves
    }

    /// Only the call that it is about will meet its fault, and what has to go wrong before goes wrong.
    pub(super) fn arm(&self, traffic: &Traffic, of: impl FnOnce(Impostor) -> String) -> Vec<Armed> {
        let before = self.target.occasion.arm(traffic);
        let way = self.way.with_ids(of);
        before.into_iter().chain([way.arm(traffic, &self.target)]).collect()
    }

    /// The target in every way.
    pub(super) fn of(target: &Target) -> impl Iterator<Item = Self> {
        let mut ways = ways(target.has_effect());
        ways.extend(lies(target));
        ways.extend(Silence::ALL.map(Way::of_the_engine));
        // A worker that is told that something is gone has no reason to go on undoing it.
        let undoes = (target.occasion.cause().is_some() || target.function == "run") && target.has_effect();
        ways.retain(|way| !undoes || !way.is_a_lie());
        ways.into_iter().map(|way| Self {
            target: target.clone(),
            way,
        })
    }
}

/// Beyond what a worker takes.
const TOO_LARGE: usize = 17 << 20;

/// A refusal below 500 says that there was no effect.
const REFUSALS: [u16; 4] = [401, 404, 409, 429];

/// How long a provider that limits its rate asks to wait.
const LATER: &str = "1";

/// Every way to kill a call. Where there is no effect, before and after are the same.
pub(super) fn ways(has_effect: bool) -> Vec<Way> {
    let way = Way::new;
    let refusals = |after_effect| {
        let later = Fault::RetryAfter(429, LATER.to_owned());
        let refusals = REFUSALS.map(Fault::Status).into_iter().chain([later]);
        refusals.map(move |fault| way(fault, after_effect))
    };
    let failures = |after_effect| failures().into_iter().map(move |fault| way(fault, after_effect));
    match has_effect {
        true => refusals(false)
            .chain(refusals(true))
            .chain(failures(false))
            .chain(failures(true))
            .collect(),
        false => refusals(false).chain(failures(true)).collect(),
    }
}

/// Answers that cannot be told from true ones by themselves. A list that lies cannot be seen through.
fn lies(target: &Target) -> Vec<Way> {
    let tells_of_one = target.has_effect() || target.pattern.contains("{id}");
    let impostors = Impostor::ALL.into_iter().filter(|_| tells_of_one).map(Way::about);
    let unseen = [Fault::Slow(Duration::ZERO), Fault::Cut].map(Way::unseen);
    impostors
        .chain(unseen.into_iter().filter(|_| target.has_effect()))
        .collect()
}

fn failures() -> [Fault; 12] {
    [
        Fault::Status(408),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(522),
        Fault::Cut,
        Fault::CutIfReused,
        Fault::CutMidBody,
        Fault::Stall,
        Fault::Truncated,
        Fault::Oversized(TOO_LARGE),
        Fault::Nonsense,
        Fault::EmptyBody,
    ]
}
