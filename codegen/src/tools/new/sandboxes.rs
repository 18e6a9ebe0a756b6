//! The section `sandboxes` as a stub: how they are listed, looked at and ended.

use crate::{
    check::Paged,
    document::{Document, Operation, Type, TypeKind},
    naming::letters,
    scalar::scalar,
    tools::stub::block::reference,
};

use super::{
    answer::{Found, Sought, find, type_of},
    filling,
    function::said,
    output::{IMAGE, SANDBOX_ID, STARTED_AT, moment, must},
    place,
    ranking::Candidates,
    text::{comment, indented},
    words::words,
};

/// Lines of the section, and what they lack.
pub struct Section {
    pub lines: Vec<String>,
    pub lacks: Vec<String>,
    /// The names of the facts.
    pub facts: Vec<String>,
}

/// `further`: there are further APIs.
pub fn section(document: &Document, candidates: &Candidates<'_>, further: bool) -> Section {
    let list = candidates.of("list").best;
    let one = candidates.of("one").best;
    let end = candidates.of("stop").best;
    let items = list.and_then(|list| items(document, list));
    let item = items.as_ref().map(|(_, item)| item.clone());
    let item = item.or_else(|| type_of(document, one?)).unwrap_or_else(Type::any);
    let mut section = Section {
        lines: vec!["sandboxes:".to_owned()],
        lacks: Vec::new(),
        facts: Vec::new(),
    };
    section.describe(candidates, &item);
    if further {
        section.facts(document, &item);
    }
    if let Some(list) = list {
        section.owned(candidates, list, items);
    }
    let rest = [("one", one), ("end", end)];
    for (name, operation) in rest.into_iter().filter_map(|(name, found)| Some((name, found?))) {
        let mut lines = section.call(candidates, operation);
        lines.push("outcomes: [{status: 404, ok: true}]".to_owned());
        if name == "one" {
            lines.extend(within(document, operation, &item));
        }
        section.part(name, lines);
    }
    section
}

impl Section {
    fn owned(&mut self, candidates: &Candidates<'_>, list: &Operation, items: Option<(String, Type)>) {
        let ranking = candidates.of("list");
        let mut lines = Vec::new();
        if !ranking.others.is_empty() {
            lines.push(format!("# Likely {}.", said(&ranking)));
        }
        lines.extend(self.call(candidates, list));
        lines.push(match items {
            Some((reference, _)) => format!("items: {reference}"),
            None => {
                self.lacks.push("the list in the answer, for `owned`".to_owned());
                "items: …  # the list in the answer".to_owned()
            }
        });
        if let Some(paged) = Paged::of(candidates.document, list) {
            lines.push(format!("pages: {}", paged.suggestion("response", None)));
        }
        self.part("owned", lines);
    }

    fn part(&mut self, name: &str, lines: Vec<String>) {
        self.lines.push(format!("  {name}:"));
        self.lines.extend(indented(4, lines));
    }

    fn call(&mut self, candidates: &Candidates<'_>, operation: &Operation) -> Vec<String> {
        let (places, _) = filling::filled(candidates, operation, "sandboxes", "$id");
        for place in places.iter().filter(|place| place.is_missing()) {
            let lack = format!("a value for `{}`", comment(place.name()));
            if !self.lacks.contains(&lack) {
                self.lacks.push(lack);
            }
        }
        let mut lines = vec![format!("call: {}", scalar(&operation.label()))];
        lines.extend(place::lines(operation, &places));
        lines
    }

    /// What a sandbox says of itself.
    fn describe(&mut self, candidates: &Candidates<'_>, item: &Type) {
        let (document, start) = (candidates.document, candidates.of("create").best);
        let plain = |reference: &str, _: &Type| reference.to_owned();
        // What `create` calls it, it is likely called here too.
        let given = start.and_then(|start| image_of(candidates, start));
        let names: Vec<&str> = given
            .iter()
            .map(String::as_str)
            .chain(IMAGE.names.iter().copied())
            .collect();
        let image = Sought { names: &names, ..IMAGE };
        self.value(document, item, ("id", &SANDBOX_ID), plain);
        self.value(document, item, ("image", &image), plain);
        self.value(document, item, ("started_at", &STARTED_AT), moment);
        match tags(document, item) {
            Some(tags) => {
                self.lines.push(format!("  owner: $item.{tags}.iii-owner"));
                self.lines.push(format!("  attempt: $item.{tags}.iii-attempt"));
            }
            // Nothing takes tags, and nothing shows them.
            None if start.is_some_and(|start| !takes_tags(candidates, start)) => {
                self.lines
                    .push("  untagged: The document shows no field for tags.".to_owned());
            }
            None => {
                let line = "  owner: …  # the tag that `create` sets to $config.owner";
                self.lines.push(line.to_owned());
                self.lacks.push("a value for `owner`".to_owned());
            }
        }
    }

    /// What calls of a further API may need: where the sandbox is, and the key to it.
    fn facts(&mut self, document: &Document, item: &Type) {
        let wanted = ["url", "domain", "token", "host", "endpoint"];
        let names = item.property_names();
        let facts = names
            .iter()
            .filter(|name| words(name).iter().any(|word| wanted.contains(&word.as_str())));
        let facts = facts.filter(|name| {
            let ty = item.property(name).map(|(schema, _)| document.type_of(&schema));
            ty.is_some_and(|ty| ty.kind == TypeKind::String) && !name.contains(['.', '[', '"'])
        });
        let facts: Vec<&String> = facts.collect();
        let called = |name: &&String| words(name).join("_");
        self.facts = facts.iter().map(called).collect();
        let line = |name: &&String| format!("{}: {}", called(name), reference("item", name));
        let lines: Vec<String> = facts.iter().map(line).collect();
        if !lines.is_empty() {
            self.part("facts", lines);
        }
    }

    fn value(
        &mut self,
        document: &Document,
        item: &Type,
        (name, sought): (&str, &Sought<'_>),
        written: fn(&str, &Type) -> String,
    ) {
        let line = match find(document, item, "$item", sought) {
            Found::Field(reference, ty) => format!("  {name}: {}", written(&reference, &ty)),
            Found::Optional(reference, _) if name == "image" => format!("  {name}: {{first: [{reference}, unknown]}}"),
            Found::Optional(reference, ty) => format!("  {name}: {}", written(&must(&reference), &ty)),
            Found::Candidates(candidates) => {
                self.lacks.push(format!("a value for `{name}`"));
                format!("  {name}: …  # {}", likely(&candidates))
            }
        };
        self.lines.push(line);
    }
}

/// Where a sandbox says its tags: a map that takes any name, in itself or in an object of it.
fn tags(document: &Document, item: &Type) -> Option<String> {
    let names = ["metadata", "labels", "tags", "annotations"];
    let own = |ty: &Type| {
        let found = names.iter().find(|name| {
            let inner = ty.property(name).map(|(schema, _)| document.type_of(&schema));
            inner.is_some_and(|inner| matches!(&inner.kind, TypeKind::Object(known, Some(_)) if known.is_empty()))
        });
        found.map(|name| (*name).to_owned())
    };
    own(item).or_else(|| {
        let fields = item.property_names().into_iter();
        let mut plain = fields.filter(|name| !name.contains(['.', '[']));
        plain.find_map(|name| {
            let (schema, _) = item.property(&name)?;
            Some(format!("{name}.{}", own(&document.type_of(&schema))?))
        })
    })
}

/// Whether a start takes the tags by which what it has started is found.
fn takes_tags(candidates: &Candidates<'_>, start: &Operation) -> bool {
    let (places, _) = filling::filled(candidates, start, "create", "");
    let mut values = places.iter().filter_map(|place| place.value.as_deref());
    values.any(|value| value.contains("$config.owner"))
}

/// Whether sandboxes carry tags, as far as the document shows it.
pub fn are_tagged(document: &Document, candidates: &Candidates<'_>) -> bool {
    let list = candidates.of("list").best;
    let item = list.and_then(|list| items(document, list)).map(|(_, item)| item);
    item.is_some_and(|item| tags(document, &item).is_some())
}

/// Where in the answer to a look the sandbox is, if that has more.
fn within(document: &Document, one: &Operation, item: &Type) -> Option<String> {
    let answer = type_of(document, one).filter(|answer| answer.kind != item.kind)?;
    let names = answer.property_names();
    let found = names.iter().find(|name| {
        let inner = answer.property(name).map(|(schema, _)| document.type_of(&schema));
        inner.is_some_and(|inner| inner.kind == item.kind)
    });
    found.map(|name| format!("item: {}", reference("response", name)))
}

/// The fields that may be it, for a comment.
fn likely(candidates: &[String]) -> String {
    match candidates.is_empty() {
        true => "nothing in an item is called like it".to_owned(),
        false => comment(&candidates.join(", ")),
    }
}

/// The bare name of the field that takes the image.
fn image_of(candidates: &Candidates<'_>, start: &Operation) -> Option<String> {
    let (places, _) = filling::filled(candidates, start, "create", "");
    let image = places
        .iter()
        .find(|place| place.value.as_deref() == Some("$input.image"))?;
    Some(letters(image.name()))
}

/// The list in an answer, and the type of one item.
fn items(document: &Document, list: &Operation) -> Option<(String, Type)> {
    let answer = type_of(document, list)?;
    let item = |ty: &Type| match &ty.kind {
        TypeKind::Array(items) => Some(document.type_of(items)),
        _ => None,
    };
    if let Some(item) = item(&answer) {
        return Some(("$response".to_owned(), item));
    }
    answer.property_names().iter().find_map(|name| {
        let (schema, _) = answer.property(name)?;
        let item = item(&document.type_of(&schema))?;
        let object = matches!(item.kind, TypeKind::Object(..));
        object.then(|| (format!("$response.{name}"), item))
    })
}
