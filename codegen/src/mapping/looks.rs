//! Which polls look at what a step has made.

use std::ptr;

use crate::source::Spanned;

use super::{Kind, Mapping, Reference, Root, Segment, Step, Undo, Value};

impl Mapping {
    /// The kind of thing that a poll looks at, and the path parameter that says which: one by whose id a step of the same
    /// function is taken back.
    pub fn looks_at<'m>(&'m self, step: &'m Step) -> Option<(Kind, &'m Spanned<String>)> {
        step.poll.as_ref()?;
        let has_step = |steps: &[Step]| steps.iter().any(|one| ptr::eq(one, step));
        let function = self.functions.iter().find(|function| has_step(&function.steps))?;
        let undos = || function.steps.iter().flat_map(|step| &step.undo);
        step.call.path.iter().find_map(|(name, value)| {
            let asked = step.named(value)?;
            let kind = undos().find_map(|undo| match undo {
                Undo::Made(kind, ids) if ids.as_reference() == Some(&asked) => Some(*kind),
                _ => None,
            });
            Some((kind?, name))
        })
    }
}

impl Step {
    /// What a value refers to, where `$item` is one of those that the step goes through.
    fn named(&self, value: &Value) -> Option<Reference> {
        let reference = value.as_reference()?;
        if reference.root != Root::Item {
            return Some(reference.clone());
        }
        let items = self.for_each.as_ref()?.as_reference()?;
        let mut path = items.path.clone();
        if !path.contains(&Segment::Each) {
            path.push(Segment::Each);
        }
        path.extend_from_slice(&reference.path);
        let root = items.root.clone();
        Some(Reference { root, path })
    }
}
