//! Tags that the mapping gives, held against the fields in which `sandboxes` reads them again.
//!
//! Only where the mapping itself has chosen the name of a tag: below a map, which has whatever keys it is given. Of fields
//! that a document names, nothing says that those of a request and of an answer are the same.

use crate::{
    diagnostic::{Code, nearest},
    document::{Location, Type, TypeKind},
    mapping::{Call, Kind, Reference, Root, Segment, Value, ValueKind},
    source::Spanned,
};

use super::Checker;

/// A tag that something gets when it is made.
pub struct Tag {
    /// What it is of.
    pub kind: Kind,
    /// The key that reads it, in the section for that kind.
    pub name: &'static str,
    /// What it must be.
    pub spelt: &'static str,
    pub is: fn(&Reference) -> bool,
}

pub const OWNER: Tag = Tag {
    kind: Kind::Sandbox,
    name: "owner",
    spelt: "$config.owner",
    is: |reference| reference.root == Root::Config && reference.path == [Segment::Field("owner".to_owned())],
};

pub const ATTEMPT: Tag = Tag {
    kind: Kind::Sandbox,
    name: "attempt",
    spelt: "$attempt",
    is: |reference| reference.root == Root::Attempt,
};

pub const SNAPSHOT_ATTEMPT: Tag = Tag {
    kind: Kind::Snapshot,
    ..ATTEMPT
};

impl Tag {
    /// `sandboxes.owner`
    pub fn place(&self) -> String {
        format!("{}.{}", self.kind.section(), self.name)
    }

    /// How often it is in a value.
    fn count(&self, value: &Value) -> usize {
        let mut found = 0;
        value.walk(&mut |value| found += usize::from(value.as_reference().is_some_and(self.is)));
        found
    }

    fn is_plainly(&self, value: &Value) -> bool {
        value.as_reference().is_some_and(self.is)
    }

    pub fn is_given(&self, call: &Call) -> bool {
        call.values().any(|value| self.is_in(value))
    }

    pub fn is_in(&self, value: &Value) -> bool {
        self.count(value) > 0
    }

    /// Whether it is in the request as it is read: within a text it would be another.
    pub fn is_given_as_read(&self, call: &Call, read: &Value) -> bool {
        read.as_reference().is_none() || call.values().any(|value| self.stands_plainly(value))
    }

    fn stands_plainly(&self, value: &Value) -> bool {
        match &value.kind {
            ValueKind::Object(entries) => entries.iter().any(|(_, value)| self.stands_plainly(value)),
            ValueKind::List(items) => items.iter().any(|value| self.stands_plainly(value)),
            _ => self.is_plainly(value),
        }
    }
}

/// A value below a key of a request.
struct Entry<'v> {
    key: &'v Spanned<String>,
    value: &'v Value,
    /// What the object is called that has the key.
    within: &'v str,
    /// Whether the mapping has chosen the key.
    chosen: bool,
}

impl Checker<'_> {
    /// The call that starts a sandbox tags it where the tag is read.
    pub fn tagged(&self, call: &Call, tag: &Tag, read: &Value) {
        let entries = self.entries(call);
        if let Some(read) = self.chosen_key(tag.kind, read)
            && !self.given_here(&entries, tag, read, |value| tag.is_plainly(value))
        {
            self.given_elsewhere(call, &entries, tag, read.1);
        }
    }

    /// A list of what has the owner's tag asks for the tag that is given.
    pub fn listed_by_owner(&self) {
        let sandboxes = self.mapping.sandboxes.as_ref();
        let Some((owned, owner)) = sandboxes.and_then(|s| Some((s.owned.as_ref()?, s.owner.as_ref()?))) else {
            return;
        };
        let Some((within, key)) = self.chosen_key(Kind::Sandbox, owner) else {
            return;
        };
        let mut entries = self.entries(&owned.call);
        // How a filter spells a tag is the provider's own; one that looks the same is meant so.
        let meant = |entry: &Entry<'_>| entry.within == within || nearest(&entry.key.value, [key]).is_some();
        entries.iter_mut().for_each(|entry| entry.chosen &= meant(entry));
        if !self.given_here(&entries, &OWNER, (within, key), |value| OWNER.count(value) > 0) {
            self.given_elsewhere(&owned.call, &entries, &OWNER, key);
        }
    }

    /// Whether there is a tag of the name that is read; one that is something else is reported.
    fn given_here(&self, entries: &[Entry<'_>], tag: &Tag, read: (&str, &str), fits: impl Fn(&Value) -> bool) -> bool {
        let (within, key) = read;
        let here = || entries.iter().filter(|entry| entry.chosen && entry.key.value == key);
        let found = here().any(|entry| fits(entry.value));
        let wrong = here().filter(|entry| !fits(entry.value));
        // Another map may have a key of that name.
        for entry in wrong.filter(|entry| !found || entry.within == within) {
            let message = format!("`{}` reads this tag, and it is not `{}`", tag.place(), tag.spelt);
            let help = format!("give `{}` here", tag.spelt);
            self.problem(Code::TagMismatch, entry.value.span, message, help);
        }
        here().next().is_some()
    }

    /// A tag that is given by other names only.
    fn given_elsewhere(&self, call: &Call, entries: &[Entry<'_>], tag: &Tag, key: &str) {
        let given: Vec<&Entry<'_>> = entries.iter().filter(|entry| tag.count(entry.value) > 0).collect();
        let counted: usize = given.iter().map(|entry| tag.count(entry.value)).sum();
        // No header becomes a tag, but a query may be one that is spelt out.
        let values = [&call.path, &call.query].into_iter().flatten().map(|(_, value)| value);
        let all: usize = values.chain(&call.body).map(|value| tag.count(value)).sum();
        let Some(first) = given.first() else { return };
        if counted < all || !given.iter().all(|entry| entry.chosen) {
            return;
        }
        let message = format!(
            "`{}` reads the tag `{key}`, but it is given as `{}`",
            tag.place(),
            first.key.value
        );
        // A name that is wrong where it is read is one problem, however many calls give it.
        if self.reported.borrow_mut().insert(message.clone()) {
            let help = format!("give both one name: `{key}` here, or `{}` there", first.key.value);
            self.problem(Code::TagMismatch, first.key.span, message, help);
        }
    }

    /// The key under which a tag is read and the field that has it, if the document does not name the key.
    fn chosen_key<'v>(&self, kind: Kind, read: &'v Value) -> Option<(&'v str, &'v str)> {
        let reference = read.as_reference().filter(|reference| reference.root == Root::Item)?;
        let (Segment::Field(key), above) = reference.path.split_last()? else {
            return None;
        };
        let Some(Segment::Field(within)) = above.last() else {
            return None;
        };
        let looks = self.looks(kind).into_iter();
        let mut types = looks.filter_map(|(call, mut path)| {
            path.extend(above.iter().cloned());
            let root = Root::Item;
            Some(self.walk_plain(self.answer(self.operation(call)?), &Reference { root, path }))
        });
        types.all(|ty| is_chosen(&ty, key)).then_some((within, key))
    }

    /// The calls that describe such things, and where in their answers one is.
    pub fn looks(&self, kind: Kind) -> Vec<(&Call, Vec<Segment>)> {
        let sandboxes = self.mapping.sandboxes.as_ref().filter(|_| kind == Kind::Sandbox);
        let snapshots = self.mapping.snapshots.as_ref().filter(|_| kind == Kind::Snapshot);
        let lists = sandboxes
            .into_iter()
            .flat_map(|section| [&section.owned, &section.made]);
        let lists = lists.flatten().chain(snapshots.map(|section| &section.made));
        let listed = lists.filter_map(|list| {
            let items = list.items.as_reference()?.path.iter().cloned();
            Some((&list.call, items.chain([Segment::Each]).collect()))
        });
        let one = sandboxes.and_then(|section| section.one.as_ref());
        let item = sandboxes.and_then(|section| section.item_of_one.as_ref()?.as_reference());
        let item = item.map_or_else(Vec::new, |reference| reference.path.clone());
        listed.chain(one.map(|call| (call, item))).collect()
    }

    /// What stands below the keys of a body, and of the parameters that are objects.
    fn entries<'v>(&self, call: &'v Call) -> Vec<Entry<'v>> {
        let mut found = Vec::new();
        let Some(operation) = self.operation(call).map(|id| &self.operations[id]) else {
            return found;
        };
        let schema = operation.body.as_ref().and_then(|body| body.schema.as_ref());
        if let (Some(schema), Some(body)) = (schema, &call.body) {
            self.below("body", body, &self.document.type_of(schema), &mut found);
        }
        for (name, value) in &call.query {
            if let Some(parameter) = operation.called(Location::Query, &name.value) {
                self.below(&name.value, value, &parameter.ty, &mut found);
            }
        }
        found
    }

    fn below<'v>(&self, within: &'v str, value: &'v Value, ty: &Type, found: &mut Vec<Entry<'v>>) {
        let ValueKind::Object(entries) = &value.kind else {
            return;
        };
        for (key, value) in entries {
            if let ValueKind::Object(_) = value.kind {
                let inner = ty.property(&key.value);
                let inner = inner.map_or_else(Type::any, |(schema, _)| self.document.type_of(&schema));
                self.below(&key.value, value, &inner, found);
            } else {
                found.push(Entry {
                    key,
                    value,
                    within,
                    chosen: is_chosen(ty, &key.value),
                });
            }
        }
    }
}

/// Whether an object may have a key that the document does not name.
fn is_chosen(ty: &Type, key: &str) -> bool {
    match &ty.kind {
        TypeKind::Object(named, others) => !named.contains_key(key) && others.is_some(),
        TypeKind::Union(arms) => arms.iter().all(|arm| is_chosen(arm, key)),
        TypeKind::Any => true,
        _ => false,
    }
}
