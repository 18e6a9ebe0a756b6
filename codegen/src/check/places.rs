//! Calls that make a sandbox and a snapshot: each has a place of its own for tags, and is found by those that are there.

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Call, Kind, Step, Value, ValueKind},
};

use super::{
    Checker,
    tags::{ATTEMPT, OWNER, SNAPSHOT_ATTEMPT, Tag},
};

/// Fields of fields of a body may take tags, too.
const DEPTH: usize = 2;

/// A map of a body that takes tags.
struct Taker<'v> {
    /// `instance.metadata`
    path: String,
    name: String,
    given: Option<&'v Value>,
}

impl Taker<'_> {
    fn has(&self, tag: &Tag) -> bool {
        self.given.is_some_and(|given| tag.is_in(given))
    }

    /// What it is of, as far as names tell.
    fn is_of_a_snapshot(&self) -> bool {
        self.path.to_lowercase().contains("snapshot")
    }

    /// The tags that are to be in it and are not.
    fn lacks(&self) -> Vec<&'static str> {
        let tags: &[Tag] = match self.is_of_a_snapshot() {
            true => &[SNAPSHOT_ATTEMPT],
            false => &[OWNER, ATTEMPT],
        };
        tags.iter().filter(|tag| !self.has(tag)).map(|tag| tag.spelt).collect()
    }
}

impl Checker<'_> {
    /// Where there is a place for the tags of either, both are to have them.
    pub fn tags_both(&self, step: &Step) {
        let has_tags = |kind: Kind| self.mapping.tags(kind)[1].is_some();
        let makes_both = Kind::ALL.into_iter().all(|kind| step.creates(kind) && has_tags(kind));
        if !makes_both || step.inherited.is_some() {
            return;
        }
        let takers = self.takers(&step.call);
        let (of_snapshots, others): (Vec<_>, Vec<_>) = takers.iter().partition(|taker| taker.is_of_a_snapshot());
        let is_alike = |taker: &&&Taker<'_>| {
            others
                .iter()
                .any(|other| last_word(&other.name) == last_word(&taker.name))
        };
        let Some(snapshot) = of_snapshots.iter().find(is_alike) else {
            return;
        };
        let like = |taker: &&&Taker<'_>| last_word(&taker.name) == last_word(&snapshot.name);
        let Some(sandbox) = others.iter().find(like) else {
            return;
        };
        for (taker, thing) in [(sandbox, "sandbox"), (snapshot, "snapshot")] {
            let lacking = taker.lacks();
            if lacking.is_empty() {
                continue;
            }
            let message = format!(
                "this makes a sandbox and a snapshot, and the {thing} gets no tags of its own, by which it is known where no \
                 answer came"
            );
            let spelt: Vec<String> = lacking.iter().map(|tag| format!("`{tag}`")).collect();
            let help = format!(
                "give {} to `{}`, under the names that are read",
                spelt.join(" and "),
                taker.path
            );
            self.problem(Code::UnknownTag, step.call.operation.span, message, help);
        }
    }

    /// The maps of a body, as the document describes it.
    fn takers<'v>(&self, call: &'v Call) -> Vec<Taker<'v>> {
        let mut found = Vec::new();
        let operation = self.operation(call).map(|id| &self.operations[id]);
        let body = operation.and_then(|operation| operation.body.as_ref()?.schema.as_ref());
        if let Some(schema) = body {
            let ty = self.document.type_of(schema);
            self.takers_in(&ty, call.body.as_ref(), "", DEPTH, &mut found);
        }
        found
    }

    fn takers_in<'v>(
        &self,
        ty: &Type,
        given: Option<&'v Value>,
        above: &str,
        depth: usize,
        found: &mut Vec<Taker<'v>>,
    ) {
        for name in ty.property_names() {
            let Some((schema, _)) = ty.property(&name) else {
                continue;
            };
            let (inner, path) = (self.document.type_of(&schema), format!("{above}{name}"));
            let given = given.and_then(|given| entry(given, &name));
            match &inner.kind {
                TypeKind::Object(_, Some(_)) => found.push(Taker { path, name, given }),
                TypeKind::Object(..) if depth > 1 => {
                    self.takers_in(&inner, given, &format!("{path}."), depth - 1, found);
                }
                _ => {}
            }
        }
    }
}

fn entry<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let ValueKind::Object(entries) = &value.kind else {
        return None;
    };
    entries
        .iter()
        .find(|(key, _)| key.value == name)
        .map(|(_, value)| value)
}

/// `metadata` of `instance_metadata` and of `instanceMetadata`.
fn last_word(name: &str) -> String {
    let start = name
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_ascii_uppercase() || !c.is_ascii_alphanumeric());
    let word = start.map_or(name, |(at, _)| &name[at..]);
    word.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase()
}
