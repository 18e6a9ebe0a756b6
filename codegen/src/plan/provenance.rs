//! What a call has made, as its answer or a look tells it.

use crate::{
    client::Type,
    mapping::{Kind, Segment, Step, Value},
};

use super::{
    Planner,
    access::{self, Place},
    expression::Names,
    sandboxes::of_each,
};

impl Planner<'_> {
    /// The things that an `undo` names, as a step's answer shows them: what is to be gone through for the runtime's
    /// `Made`.
    pub fn made(&self, kind: Kind, ids: &Value, step: &Step, names: &Names) -> String {
        let shown = self.checked.shown(ids).zip(names.step(&step.name.value));
        let Some((item, answer)) = shown else {
            return format!("Made::untagged({})", self.value(ids, names));
        };
        match item.split_last() {
            Some((Segment::Each, list)) => {
                let (items, of) = access::list(self.index, answer.clone(), list);
                format!("{items}.map(|item| {})", self.tagged(kind, of))
            }
            _ => match access::down(self.index, answer.clone(), item) {
                Ok(place) => format!("[{}]", self.tagged_at(kind, &place)),
                Err(_) => format!("Made::untagged({})", self.value(ids, names)),
            },
        }
    }

    /// One of a list, as `item`.
    fn tagged(&self, kind: Kind, of: Type) -> String {
        self.described_as(kind, &of_each(of))
    }

    fn tagged_at(&self, kind: Kind, place: &Place) -> String {
        let names = Names {
            item: Some(place.clone()),
            ..Names::default()
        };
        self.described_as(kind, &names)
    }

    /// The runtime's `Made` of `$item`.
    pub fn described_as(&self, kind: Kind, names: &Names) -> String {
        let mapping = &self.checked.mapping;
        let [owner, attempt] = mapping.tags(kind);
        let tag = |name: &str, value: Option<&Value>| match value {
            Some(value) => format!("{name}: {}", self.told(value, names)),
            None => format!("{name}: None"),
        };
        let id = mapping
            .id(kind)
            .map_or_else(|| "Value::Null".to_owned(), |id| self.value(id, names));
        let (owner, attempt) = (tag("owner", owner), tag("attempt", attempt));
        format!("Made {{ id: {id}, tags: Tags {{ {owner}, {attempt} }} }}")
    }
}
