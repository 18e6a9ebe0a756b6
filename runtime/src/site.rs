//! One place in a function that calls the provider, and what the statuses of that call mean.

use crate::{doubt::Kind, error::Code};

/// A call as the mapping describes it.
#[derive(Debug)]
pub struct Site {
    /// The function it belongs to.
    pub function: &'static str,
    /// Its step, empty for a function that is a single call.
    pub step: &'static str,
    /// `POST /instance/{instance_id}/exec`
    pub call: &'static str,
    /// What may exist after it, whatever it answers.
    pub makes: &'static [Kind],
    /// Whether repeating the call does no more than doing it once.
    pub repeatable: bool,
    /// Rules of this call; the provider's come after them.
    pub outcomes: &'static [Rule],
}

impl Site {
    /// `create (ready)`, for messages.
    pub fn place(&self) -> String {
        match self.step {
            "" => self.function.to_owned(),
            step => format!("{} ({step})", self.function),
        }
    }

    /// Whether it starts something from nothing, so that what it names is not a sandbox.
    pub fn is_about_nothing_yet(&self) -> bool {
        self.makes.contains(&Kind::Sandbox) && !self.call.contains('{')
    }

    /// Whether it may be sent again after an answer that leaves open what it did.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }
}

/// What a status means.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    status: Status,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
pub enum Status {
    Only(&'static [u16]),
    /// The hundreds: 4 is 400 to 499.
    Class(u16),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Fail(Code),
    /// Success without an answer.
    Accept,
    /// Success once a look shows that the sandbox is gone.
    Confirm,
}

impl Rule {
    pub const fn new(status: Status, then: Then) -> Self {
        Self { status, then }
    }

    fn matches(&self, status: u16) -> bool {
        match self.status {
            Status::Only(statuses) => statuses.contains(&status),
            Status::Class(class) => status / 100 == class,
            Status::Any => true,
        }
    }
}

/// The first rule that matches decides; without one, the provider is unavailable.
pub fn decide(status: u16, rules: impl IntoIterator<Item = &'static Rule>) -> Then {
    rules
        .into_iter()
        .find(|rule| rule.matches(status))
        .map_or(Then::Fail(Code::S502), |rule| rule.then)
}
