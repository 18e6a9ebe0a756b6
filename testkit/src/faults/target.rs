//! What is killed: one call to the provider that a function makes.

use std::collections::BTreeMap;
use std::fmt;

use crate::simulator::{Armed, Fault, Simulator, Traffic};

/// The `number`th call of its kind that a function makes, counted from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    pub(super) function: String,
    pub(super) method: String,
    pub(super) pattern: String,
    pub(super) number: usize,
    pub(super) occasion: Occasion,
}

/// When a function makes a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Occasion {
    /// Whenever all goes well.
    Usual,
    /// Only for a sandbox that the worker has not met before.
    Unseen,
    /// Only to take back what it has done, because the answer to this other call was lost.
    Lost(Box<Target>),
    /// Only to make sure, because this other call was refused as a conflict.
    Conflict(Box<Target>),
}

impl Target {
    /// The calls that a function has made: all that came so far.
    pub(super) fn of(function: &str, simulator: &dyn Simulator, occasion: &Occasion) -> Vec<Self> {
        let mut numbers = BTreeMap::new();
        let requests = simulator.traffic().requests().into_iter();
        let calls = requests.map(|seen| {
            let pattern = simulator.pattern(&seen.path);
            let number: &mut usize = numbers.entry((seen.method.clone(), pattern.clone())).or_default();
            *number += 1;
            Self {
                function: function.to_owned(),
                method: seen.method,
                pattern,
                number: *number,
                occasion: occasion.clone(),
            }
        });
        calls.collect()
    }

    /// The next call of the kind.
    pub(super) fn first(&self) -> Self {
        Self {
            number: 1,
            ..self.clone()
        }
    }

    /// Whether the other is a call of the same kind by the same function.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.function, &self.method, &self.pattern) == (&other.function, &other.method, &other.pattern)
    }

    /// Whether the call changes something, so that it matters if a fault comes before that or after.
    pub(super) fn has_effect(&self) -> bool {
        self.method != "GET"
    }

    /// Lets the call meet a fault, counted from now.
    pub(super) fn arm(&self, traffic: &Traffic, fault: Fault, after_effect: bool) -> Armed {
        let fault = traffic.fail(&self.method, &self.pattern).with(fault);
        let fault = if after_effect { fault.after_effect() } else { fault };
        fault.nth(self.number)
    }
}

impl Occasion {
    /// What makes a function do more than usual when `call` goes wrong.
    pub(super) fn provoked_by(call: &Target) -> [Self; 2] {
        [Self::Lost(call.clone().into()), Self::Conflict(call.clone().into())]
    }

    /// The call that has to go wrong before.
    pub(super) fn cause(&self) -> Option<&Target> {
        match self {
            Self::Usual | Self::Unseen => None,
            Self::Lost(call) | Self::Conflict(call) => Some(call),
        }
    }

    /// Whether another call was refused as a conflict, without its effect.
    pub(super) fn is_a_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Lets the other call go wrong, if there is one.
    pub(super) fn arm(&self, traffic: &Traffic) -> Option<Armed> {
        match self {
            Self::Usual | Self::Unseen => None,
            Self::Lost(call) => Some(call.arm(traffic, Fault::Cut, true)),
            Self::Conflict(call) => Some(call.arm(traffic, Fault::Status(409), false)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)?;
        if self.number > 1 {
            write!(f, " #{}", self.number)?;
        }
        match &self.occasion {
            Occasion::Usual => Ok(()),
            Occasion::Unseen => f.write_str(" for one not seen before"),
            Occasion::Lost(call) => write!(f, " after a lost {call}"),
            Occasion::Conflict(call) => write!(f, " after a conflict of {call}"),
        }
    }
}
