//! What is wrong with a configuration, in one line.

use std::fmt;

/// A wrong value or key and where it stands, before the file's name is known.
#[derive(Debug)]
pub(super) struct Problem {
    line: Option<usize>,
    key: Option<String>,
    text: String,
}

impl Problem {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            line: None,
            key: None,
            text: text.into(),
        }
    }

    /// The innermost place counts: a list item keeps its line when its key adds its own.
    pub(super) fn on_line(mut self, line: impl Into<Option<usize>>) -> Self {
        self.line = self.line.or(line.into());
        self
    }

    /// It is in an item of a list, the first of which is 0.
    pub(super) fn of_item(self, index: usize) -> Self {
        self.within_item(&format!("item {}", index + 1))
    }

    /// It is in a part of a value, which is named before what is wrong with it.
    pub(super) fn within_item(mut self, name: &str) -> Self {
        self.text = format!("{name} {}", self.text);
        self
    }

    pub(super) fn of_key(mut self, key: impl Into<String>) -> Self {
        self.key.get_or_insert_with(|| key.into());
        self
    }

    pub(super) fn within(self, source: &str) -> ConfigError {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        ConfigError {
            place: format!("{source}{line}"),
            key: self.key,
            reason: self.text,
        }
    }
}

/// Why a configuration cannot be used: `config.yaml:3: owner: must be …`, one line.
///
/// It names the file, the line and the key, what is wrong and what is allowed. A value that was given as text is never
/// quoted, since it may be a key that was pasted into the wrong place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    place: String,
    key: Option<String>,
    reason: String,
}

impl ConfigError {
    /// The key that is wrong, or has a wrong value; `None` if it is the configuration as a whole.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What is wrong with it, and what is allowed.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|key| format!(": {key}")).unwrap_or_default();
        write!(f, "{}{key}: {}", self.place, self.reason)
    }
}

impl std::error::Error for ConfigError {}
