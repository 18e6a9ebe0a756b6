//! What a provider runs and keeps, as far as the runtime knows of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lifetime::Lifetime;

/// What is found by the tag of the call that has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sandbox,
    Snapshot,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Sandbox, Self::Snapshot];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What a snapshot says of itself, as far as it can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Empty if it is none that could be sent.
    pub id: String,
    /// The tag of the call that made it.
    pub attempt: Option<String>,
}

/// What a sandbox says of itself, as far as it can be read: a text that cannot is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Sandbox {
    /// Empty if it is none that could be sent.
    pub id: String,
    pub image: String,
    /// RFC 3339.
    pub started_at: String,
    /// The tag of the deployment that started it.
    pub owner: Option<String>,
    /// The tag of the call that started it.
    pub attempt: Option<String>,
    pub lifetime: Lifetime,
    pub facts: Facts,
}

impl Sandbox {
    /// Whether it says all that it has to.
    pub fn is_whole(&self) -> bool {
        ![&self.id, &self.image, &self.started_at]
            .iter()
            .any(|text| text.is_empty())
    }
}

/// What is kept of a sandbox for later calls, as named in the mapping.
pub type Facts = BTreeMap<&'static str, Value>;
