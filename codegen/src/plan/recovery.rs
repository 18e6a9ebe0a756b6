//! Which starts can take a sandbox for their answer that they have started without being told.

use crate::{
    client::RustType,
    mapping::{Call, Kind, Root, Sandboxes, Segment, Step, Undo, Value},
};

use super::Planner;

impl Planner<'_> {
    /// Whether a look at a sandbox says all that the answer of this start would have said: it starts a single one, whose
    /// id has the same place in both answers, and nothing is read of the one that the other lacks.
    pub fn recovers(&self, step: &Step) -> bool {
        let Some(sandboxes) = &self.checked.mapping.sandboxes else {
            return false;
        };
        let Some(look) = found_by_tag(sandboxes) else {
            return false;
        };
        let [Undo::Made(Kind::Sandbox, id)] = step.undo.as_slice() else {
            return false;
        };
        let is_plain = step.for_each.is_none() && step.poll.is_none() && !step.call.accepts();
        let (Some(id), Some(same)) = (place(id, &step.name.value), item(&sandboxes.id)) else {
            return false;
        };
        is_plain && id == same && self.covers(&self.method(look).answer, &self.method(&step.call).answer)
    }

    /// Whether an answer of the one type can be read as one of the other.
    fn covers(&self, wide: &RustType, narrow: &RustType) -> bool {
        match (wide, narrow) {
            (RustType::Struct(wide), RustType::Struct(narrow)) => self.index.fields(narrow).all(|(wire, field)| {
                let found = self.index.field(wide, wire);
                found.is_some_and(|found| self.covers(&found.kind, &field.kind))
            }),
            (RustType::Optional(wide), RustType::Optional(narrow))
            | (RustType::List(wide), RustType::List(narrow))
            | (RustType::Map(wide), RustType::Map(narrow)) => self.covers(wide, narrow),
            (wide, RustType::Optional(narrow)) => self.covers(wide, narrow),
            // What a poll begins with: it looks for itself at what is missing.
            (_, RustType::Json) | (RustType::Text, RustType::Text) | (RustType::Other, RustType::Other) => true,
            _ => false,
        }
    }
}

/// The look at one sandbox, where the sandboxes of a call are found by its tag.
fn found_by_tag(sandboxes: &Sandboxes) -> Option<&Call> {
    let is_found = sandboxes.attempt.is_some() && sandboxes.owned.is_some();
    let by_id = |one: &&Call| is_found && one.facts().is_empty();
    sandboxes.one.as_ref().filter(by_id)
}

fn place<'v>(value: &'v Value, step: &str) -> Option<&'v [Segment]> {
    let reference = value.as_reference()?;
    let is_own = reference.root == Root::Step(step.to_owned());
    is_own.then_some(reference.path.as_slice())
}

fn item(value: &Value) -> Option<&[Segment]> {
    let reference = value.as_reference()?;
    (reference.root == Root::Item).then_some(reference.path.as_slice())
}
