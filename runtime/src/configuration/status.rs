//! What is to be said of the configuration in force.

use jiff::{Timestamp, Unit};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{entry::Trouble, source::Source};
use crate::config::ConfigError;

/// Why the newest configuration does not count. No value is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// The key that is wrong, if it is one.
    pub key: Option<String>,
    pub reason: String,
}

impl From<&ConfigError> for Problem {
    fn from(error: &ConfigError) -> Self {
        Self {
            key: error.key().map(str::to_owned),
            reason: error.reason().to_owned(),
        }
    }
}

impl Problem {
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            key: None,
            reason: reason.into(),
        }
    }

    /// `None` where there is no `configuration` worker: nothing is wrong with that.
    pub fn of(trouble: &Trouble) -> Option<Self> {
        let reason = match trouble {
            Trouble::NoWorker => return None,
            Trouble::Refused(code) => format!("the configuration worker refuses: {}", code.escape_debug()),
            Trouble::Silence => "the configuration worker does not answer".to_owned(),
            Trouble::Unreadable => "the configuration worker does not answer with an entry".to_owned(),
        };
        Some(Self::new(reason))
    }
}

/// What counts at this moment.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub source: Source,
    pub loaded_at: Timestamp,
    /// Why something newer does not count.
    pub problem: Option<Problem>,
}

impl State {
    pub fn of(source: Source) -> Self {
        Self {
            source,
            loaded_at: now(),
            problem: None,
        }
    }
}

pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Second).unwrap_or(now)
}

/// The same for operators.
#[derive(Debug, Serialize)]
pub(super) struct Status<'a> {
    /// `file`, `entry` or `defaults`.
    pub source: &'static str,
    /// Which of them, and why.
    pub described: String,
    /// The id of the worker's entry at the `configuration` worker.
    pub entry: &'a str,
    /// Whether the entry counts as soon as it has a value.
    pub follows_entry: bool,
    /// When what is in force was loaded, RFC 3339.
    pub loaded_at: String,
    pub last_error: Option<Problem>,
    /// The keys that the provider needs and that are not set: until they are, it is not called.
    pub missing: Vec<&'static str>,
    pub config: Map<String, Value>,
}
