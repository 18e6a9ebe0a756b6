//! What a provider runs and keeps, as far as the runtime knows of it.

use std::{collections::BTreeMap, fmt};

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
    /// This sandbox with more facts.
    pub fn with(mut self, facts: Facts) -> Self {
        self.facts.extend(facts);
        self
    }

    /// Whether it says all that it has to.
    pub fn is_whole(&self) -> bool {
        ![&self.id, &self.image, &self.started_at]
            .iter()
            .any(|text| text.is_empty())
    }
}

/// What is kept of a sandbox for later calls, as named in the mapping. One may be a secret: only their names are shown.
#[derive(Clone, Default, PartialEq)]
pub struct Facts(BTreeMap<&'static str, Value>);

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<const N: usize> From<[(&'static str, Value); N]> for Facts {
    fn from(facts: [(&'static str, Value); N]) -> Self {
        Self(facts.into())
    }
}

impl Facts {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether each of these is known, if only to be absent.
    pub(crate) fn have(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.contains_key(name))
    }

    /// Whether each of these is told.
    pub(crate) fn tell(&self, names: &[&str]) -> bool {
        names
            .iter()
            .all(|name| self.0.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// The facts that are not null.
    pub(crate) fn told(mut self) -> Self {
        self.0.retain(|_, value| !value.is_null());
        self
    }

    /// Takes over what others say.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Leaves out what others say better.
    pub(crate) fn forget(&mut self, others: &Self) {
        self.0.retain(|name, _| !others.0.contains_key(name));
    }

    /// Takes over what others say of what is not known yet.
    pub(crate) fn complete(&mut self, others: &Self) {
        for (name, value) in &others.0 {
            let known = self.0.entry(name).or_default();
            if known.is_null() {
                known.clone_from(value);
            }
        }
    }

    /// Those of these names that are told and are not as they were known.
    pub(crate) fn changes(&self, known: &Self, names: &[&str]) -> Self {
        let differ = |name: &&str, value: &Value| names.contains(name) && known.get(name) != Some(value);
        let told = self.0.iter().filter(|(_, value)| !value.is_null());
        let changed = told.filter(|(name, value)| differ(name, value));
        Self(changed.map(|(name, value)| (*name, value.clone())).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
