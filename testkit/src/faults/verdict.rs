//! What was found wrong after a case.

use super::case::Case;
use crate::engine::CallError;

/// A kind of wrong, a column of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wrong {
    /// Something runs that no caller was told of.
    Leak,
    /// The count is not the truth.
    Count,
    /// Anything else.
    Other,
}

/// How a case went.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) case: Case,
    pub(super) wrongs: Vec<(Wrong, String)>,
}

impl Verdict {
    pub(super) fn count(&self, wanted: Wrong) -> usize {
        self.wrongs.iter().filter(|(wrong, _)| *wrong == wanted).count()
    }
}

/// The codes that a caller may get.
const CODES: [&str; 11] = [
    "S001", "S002", "S100", "S200", "S300", "S400", "S404", "S500", "S501", "S502", "S503",
];

/// Words of the provider, and words that the family's router takes for an unknown function.
const UNSPEAKABLE: [&str; 4] = ["injected", "doctype", "not found", "not registered"];

/// What is wrong with a refusal.
pub(super) fn wrong_refusal(error: &CallError) -> Option<(Wrong, String)> {
    let known = CODES.contains(&error.code.as_str());
    let begins = error.message.starts_with(&format!("[{}] ", error.code));
    let quotes = UNSPEAKABLE.iter().any(|words| error.message.contains(words));
    let right = known && begins && !quotes && error.stacktrace.is_none();
    (!right).then(|| (Wrong::Other, format!("a refusal that is none: {error}")))
}
