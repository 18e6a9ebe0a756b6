//! One place in a function that calls the provider, and what the statuses of that call mean.

use serde_json::Value;

use crate::{
    condition::{Shown, Test},
    error::Code,
    http::Refused,
    resource::Kind,
    value,
};

/// A call as the mapping describes it.
#[derive(Debug)]
pub struct CallSite {
    /// The function it belongs to.
    pub function: &'static str,
    /// Its step, empty for a function that is a single call.
    pub step: &'static str,
    /// `POST /instance/{instance_id}/exec`
    pub call: &'static str,
    /// What may exist after it, whatever it answers.
    pub creates: &'static [Kind],
    /// Whether repeating the call does no more than doing it once.
    pub repeatable: bool,
    /// Whether it ends or removes something.
    pub removes: bool,
    /// What it gives the provider, if something of that is the caller's.
    pub fields: &'static [Field],
    /// Rules of this call; the provider's come after them.
    pub outcomes: &'static [Rule],
}

/// A part of a request: `body.ttl_seconds`, and the inputs that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub at: &'static str,
    pub inputs: &'static [&'static str],
}

impl CallSite {
    /// `create (ready)`, for messages.
    pub fn place(&self) -> String {
        match self.step {
            "" => self.function.to_owned(),
            step => format!("{} ({step})", self.function),
        }
    }

    /// Whether it starts something from nothing, so that what it names is not a sandbox.
    pub fn is_about_nothing_yet(&self) -> bool {
        self.creates.contains(&Kind::Sandbox) && !self.call.contains('{')
    }

    /// Whether it lists what there is of a kind: without that there is no such API.
    pub fn lists(&self) -> bool {
        matches!(
            (self.function, self.step),
            ("sandboxes", "owned") | ("snapshots", "made")
        )
    }

    /// The longest part of the request that a name stands for: `body.command` for `body.command.0`.
    pub fn field(&self, named: &str) -> Option<&'static Field> {
        let stands_for = |field: &&Field| {
            named
                .strip_prefix(field.at)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.fields.iter().filter(stands_for).max_by_key(|field| field.at.len())
    }
}

/// What a status means, perhaps under conditions.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    status: Status,
    then: Then,
    /// All of them have to hold.
    when: &'static [Condition],
    /// What a caller is told, where the mapping words it.
    message: Option<&'static str>,
}

/// What has to hold besides the status.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub of: Subject,
    pub test: Test,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// What is at a path in the body: `.error.code`. Of a list one item is enough.
    Body(&'static str),
    Header(&'static str),
    /// It was decided before the request was sent, by the conditions that its call is given, in their order.
    Given(usize),
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
    /// Nothing was done, and the provider says "later": sent again until the deadline is over, then failed.
    Later(Code),
    /// Nothing was done, and the trouble passes: sent again with pauses that double from the first to the second, in
    /// milliseconds; then the rules after this one decide.
    Again {
        every: (u64, u64),
        within_ms: u64,
    },
    /// Success without an answer.
    Accept,
    /// Success once a look shows that the sandbox is gone.
    Confirm,
}

/// A refusal, as far as rules look at it.
#[derive(Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub status: u16,
    /// Its head and its body, where they are known.
    pub refused: Option<&'a Refused>,
    /// What was decided before the request was sent.
    pub given: &'a [bool],
}

impl Rule {
    pub const fn new(status: Status, then: Then) -> Self {
        Self {
            status,
            then,
            when: &[],
            message: None,
        }
    }

    /// The rule is for what these conditions hold of.
    pub const fn when(self, when: &'static [Condition]) -> Self {
        Self { when, ..self }
    }

    /// A caller is told this.
    pub const fn saying(self, message: &'static str) -> Self {
        Self {
            message: Some(message),
            ..self
        }
    }

    pub fn message(&self) -> Option<&'static str> {
        self.message
    }

    pub fn then(&self) -> Then {
        self.then
    }

    /// Whether it says that the caller is to blame: that can only be of a call that carries something of the caller's.
    pub fn blames_the_caller(&self) -> bool {
        matches!(self.then, Then::Fail(Code::S001 | Code::S200))
    }

    fn matches(&self, answered: Answered<'_>) -> bool {
        let is_of_status = match self.status {
            Status::Only(statuses) => statuses.contains(&answered.status),
            Status::Class(class) => answered.status / 100 == class,
            Status::Any => true,
        };
        is_of_status && self.when.iter().all(|condition| condition.holds(answered))
    }
}

impl Condition {
    fn holds(&self, answered: Answered<'_>) -> bool {
        match self.of {
            Subject::Given(at) => answered.given.get(at).copied().unwrap_or_default(),
            Subject::Header(name) => {
                let refused = answered.refused;
                refused.and_then(|refused| refused.header(name)).passes(self.test)
            }
            Subject::Body(path) => {
                let body = answered.refused.map_or(&Value::Null, |refused| refused.body());
                value::each(body, path).passes(self.test)
            }
        }
    }
}

/// The first rule that matches decides.
pub(crate) fn decide(answered: Answered<'_>, rules: impl IntoIterator<Item = &'static Rule>) -> Option<&'static Rule> {
    rules.into_iter().find(|rule| rule.matches(answered))
}

/// [`decide`] for a call that is not sent again any more.
pub(crate) fn decide_at_last(
    answered: Answered<'_>,
    rules: impl IntoIterator<Item = &'static Rule>,
) -> Option<&'static Rule> {
    let passes = |rule: &&Rule| matches!(rule.then, Then::Again { .. });
    decide(answered, rules.into_iter().filter(|rule| !passes(rule)))
}
