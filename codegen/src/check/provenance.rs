//! Where the answer of a call shows the tags of what it has made, so that no further look has to.

use crate::{
    document::{OperationId, Type, TypeKind},
    mapping::{Kind, Mapping, Reference, Root, Segment, Value},
};

use super::{
    Checker,
    scope::{Item, Scope},
};

impl Mapping {
    /// The tags by which such a thing is known for what a call of this deployment has made: owner and attempt.
    pub fn tags(&self, kind: Kind) -> [Option<&Value>; 2] {
        match kind {
            Kind::Sandbox => self.sandboxes.as_ref().map_or([None, None], |section| {
                [section.owner.as_ref(), section.attempt.as_ref()]
            }),
            Kind::Snapshot => [None, self.snapshots.as_ref().map(|section| &section.attempt)],
        }
    }

    /// What such a thing says of its id.
    pub fn id(&self, kind: Kind) -> Option<&Value> {
        match kind {
            Kind::Sandbox => self.sandboxes.as_ref().map(|section| &section.id),
            Kind::Snapshot => self.snapshots.as_ref().map(|section| &section.id),
        }
    }
}

impl Checker<'_> {
    /// Notes that the answer shows what it names by `ids` with its tags, if it does, and that these are read.
    pub fn shown(&mut self, kind: Kind, ids: &Value, operation: OperationId) {
        let tags = self.mapping.tags(kind);
        let Some(item) = self.shown_item(kind, ids) else {
            return;
        };
        let references: Vec<&Reference> = tags.into_iter().flatten().flat_map(of_item).collect();
        let answer = self.answer(operation);
        let paths: Vec<Vec<Segment>> = references
            .iter()
            .map(|reference| item.iter().chain(&reference.path).cloned().collect())
            .collect();
        if paths.is_empty() || !paths.iter().all(|path| self.has(&answer, path)) {
            return;
        }
        for path in &paths {
            let reads = &mut self.uses.entry(operation).or_default().reads;
            reads.read(path, ids.span);
            reads.has_tag(path);
        }
        self.shown.insert(ids.span.start, item);
    }

    /// Notes that a value of one of them is its tag.
    pub fn is_tag(&mut self, value: &Value, scope: &Scope<'_>) {
        let Some(Item::Answer { operation, path }) = &scope.item else {
            return;
        };
        for reference in of_item(value) {
            let path: Vec<Segment> = path.iter().chain(&reference.path).cloned().collect();
            self.uses.entry(*operation).or_default().reads.has_tag(&path);
        }
    }

    /// The path to the thing whose id a reference names.
    fn shown_item(&self, kind: Kind, ids: &Value) -> Option<Vec<Segment>> {
        let reference = ids
            .as_reference()
            .filter(|reference| matches!(reference.root, Root::Step(_)))?;
        let id = self.mapping.id(kind)?.as_reference()?;
        let item = reference.path.strip_suffix(id.path.as_slice())?;
        let inner = item.strip_suffix(&[Segment::Each]).unwrap_or(item);
        (!inner.contains(&Segment::Each)).then(|| item.to_vec())
    }

    /// Whether the document knows a path of a type.
    pub fn has(&self, ty: &Type, path: &[Segment]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return true;
        };
        let next = match (first, &ty.kind) {
            (Segment::Each, TypeKind::Array(items)) => Some((**items).clone()),
            (Segment::Field(name), _) => ty.property(name).map(|(schema, _)| schema),
            _ => None,
        };
        next.is_some_and(|schema| self.has(&self.document.type_of(&schema), rest))
    }
}

fn of_item(value: &Value) -> Vec<&Reference> {
    let mut found = Vec::new();
    value.walk(&mut |value| found.extend(value.as_reference().filter(|reference| reference.root == Root::Item)));
    found
}
