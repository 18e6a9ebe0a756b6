//! What may be absent: why, and what to write.

use crate::mapping::{Root, Value};

use super::{Checker, values::ALWAYS_THERE};

impl Checker<'_> {
    /// Why a value may be absent, as the end of a sentence; nothing if the document says it.
    pub fn why_absent(&self, value: &Value) -> String {
        let mut why = String::new();
        value.walk(&mut |value| {
            if let Some(known) = self
                .absences
                .get(&value.span.start)
                .filter(|_| value.as_reference().is_some())
            {
                why = format!(" {known}");
            }
        });
        why
    }

    /// What to write where `place` takes nothing that may be absent. What is not known of a thing is never made up.
    pub fn against_absence(&self, value: &Value, place: &str) -> String {
        const FALLBACK: &str = "give a fallback: `{first: [this, another]}`";
        const MUST: &str = "if the provider always says it, write `{must: …}`, or mend the document in the overlay";
        if !self.why_absent(value).is_empty() || !is_answered(value) {
            return FALLBACK.to_owned();
        }
        match is_identity(place) || is_fact(value) {
            true => MUST.to_owned(),
            false => format!("{MUST}; if there is another value for it, {FALLBACK}"),
        }
    }

    /// What to write where a list takes no items that may be absent.
    pub fn against_gaps(&self, value: &Value) -> &'static str {
        const MUST: &str = "if each has it, write `{must: …}`: the call has failed where one has not; or name a field that is \
                            always there";
        match is_answered(value) {
            true => MUST,
            false => ALWAYS_THERE,
        }
    }
}

/// Whether it is what a provider has said.
fn is_answered(value: &Value) -> bool {
    let root = value.as_reference().map(|reference| &reference.root);
    matches!(root, Some(Root::Step(_) | Root::Item | Root::Sandbox))
}

fn is_fact(value: &Value) -> bool {
    value
        .as_reference()
        .is_some_and(|reference| reference.root == Root::Sandbox)
}

/// Whether the place is of what cannot be made up: how a program has ended, where something is, which thing it is.
fn is_identity(place: &str) -> bool {
    let last = place.rsplit(['.', '_']).next().unwrap_or_default();
    let name = place.rsplit('.').next().unwrap_or_default();
    let is_id = |word: &str| ["id", "ids", "Id", "ID", "Ids", "IDs"].contains(&word);
    let ends_so = ["Id", "ID", "Ids", "IDs"].iter().any(|ending| name.ends_with(ending));
    name == "exit_code" || last == "url" || is_id(last) || ends_so
}
