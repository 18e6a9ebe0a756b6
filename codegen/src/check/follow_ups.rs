//! Problems that come of others: they go when those are mended.

use crate::diagnostic::Code;

use super::Checker;

/// What a key may lead to that is missing because it is misspelt, which is reported where it stands.
const OF_A_MISSING_KEY: [Code; 18] = [
    Code::MissingKey,
    Code::ExclusiveKeys,
    Code::UnknownFunction,
    Code::MissingParameter,
    Code::MissingBodyField,
    Code::UnknownResponseField,
    Code::NotAnArray,
    Code::MayBeAbsent,
    Code::MissingOutput,
    Code::UnusedInput,
    Code::UnknownReference,
    Code::PollWithoutFail,
    Code::SlotMismatch,
    Code::UnknownTag,
    Code::MissingSectionCall,
    Code::TagMismatch,
    Code::UnreadPages,
    Code::UnreadStream,
];

/// What a reference that leads nowhere leads to: what it was meant for seems not to be said.
const OF_A_LOST_REFERENCE: [Code; 2] = [Code::UnusedInput, Code::SlotMismatch];

impl Checker<'_> {
    /// Takes back what of the problems from one on only follows from others, or from a key that is misspelt.
    pub fn follow_ups(&self, before: usize, misspelt: bool) {
        let codes = self.reader.codes_from(before);
        let has = |wanted: &[Code]| codes.iter().any(|code| wanted.contains(code));
        let mut found = self.reader.take_from(before);
        if misspelt {
            found = found.without(&OF_A_MISSING_KEY);
        }
        if has(&[Code::UnknownReference]) {
            found = found.without(&OF_A_LOST_REFERENCE);
        }
        if has(&[Code::MissingParameter, Code::MissingBodyField]) {
            found = found.without(&[Code::UnusedInput]);
        }
        self.reader.extend(found);
    }
}
