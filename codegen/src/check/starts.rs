//! Calls that make sandboxes and snapshots: that what they make is found again by its tags, also when the answer never
//! comes.

use crate::{
    diagnostic::Code,
    mapping::{Function, Kind, Sandboxes, Step},
};

use super::{
    Checker,
    scope::Scope,
    tags::{ATTEMPT, OWNER, SNAPSHOT_ATTEMPT, Tag},
};

impl Checker<'_> {
    /// Without its tags a sandbox is nobody's: the worker would not touch what it has started itself.
    pub fn tags(&self, step: &Step) {
        const NOBODYS: &str = "this starts a sandbox without its owner's tag, so it would be taken for somebody else's";
        const LOST: &str =
            "this starts a sandbox without the tag of its call, so it could not be found if no answer came";
        const LOST_SNAPSHOT: &str =
            "this makes a snapshot without the tag of its call, so it could not be found if no answer came";
        let sandboxes = self.mapping.sandboxes.as_ref();
        let snapshots = self.mapping.snapshots.as_ref();
        let tags = [
            (OWNER, sandboxes.and_then(|section| section.owner.as_ref()), NOBODYS),
            (ATTEMPT, sandboxes.and_then(|section| section.attempt.as_ref()), LOST),
            (
                SNAPSHOT_ATTEMPT,
                snapshots.map(|section| &section.attempt),
                LOST_SNAPSHOT,
            ),
        ];
        let inherits = |tag: &Tag| tag.kind == Kind::Sandbox && step.inherited.is_some();
        let given = |tag: &Tag| step.creates(tag.kind) && !inherits(tag);
        let read = tags.into_iter().filter(|(tag, ..)| given(tag));
        let read = read.filter_map(|(tag, read, message)| Some((tag, read?, message)));
        let (given, lacking): (Vec<_>, Vec<_>) = read.partition(|(tag, ..)| tag.is_given(&step.call));
        if let Some((_, _, message)) = lacking.first() {
            let help = lacking
                .iter()
                .map(|(tag, ..)| format!("give `{}` to the field that `{}` reads", tag.spelt, tag.place()));
            let help = help.collect::<Vec<_>>().join(", and ");
            self.problem(Code::UnknownTag, step.call.operation.span, *message, help);
        }
        for (tag, read, _) in given {
            let before = self.reader.found();
            self.tagged(&step.call, &tag, read);
            if self.reader.found() == before && !tag.is_given_as_read(&step.call, read) {
                let message = format!(
                    "`{}` reads a tag as it is, and this gives it within a text only",
                    tag.place()
                );
                let help = format!("give `{}` itself to a field, and read that", tag.spelt);
                self.problem(Code::TagMismatch, step.call.operation.span, message, help);
            }
        }
    }

    /// Copies with the tags of their parent are known by what a list shows before and after.
    pub fn inherits(&self, step: &Step, scope: &Scope<'_>) {
        let Some(span) = step.inherited else { return };
        let sandboxes = self.mapping.sandboxes.as_ref();
        let is_listed = sandboxes.is_some_and(|section| section.owned.is_some() && section.owner.is_some());
        // That is told of its slots.
        if scope.function.is_some_and(Function::lacks_its_undo) {
            return;
        }
        let (message, help) = if !step.creates(Kind::Sandbox) {
            (
                "only what a step starts inherits tags, and this one starts no sandbox",
                "add `undo: {end: $step.id}`, or remove `tags`",
            )
        } else if !scope.sandbox {
            (
                "nothing is copied here: the function has no `sandbox_id`",
                "give the tags to the fields of the call",
            )
        } else if !is_listed && !self.mapping.is_broken("sandboxes") {
            (
                "copies with the tags of their parent are known by a list of before, and there is none by `owner`",
                "add `owned` and `owner` to `sandboxes`",
            )
        } else {
            return;
        };
        self.problem(Code::Inherited, span, message, help);
    }

    /// A list is no help in finding what an unanswered call has started, if nothing in it says which call that was.
    pub fn attempt(&self, sandboxes: &Sandboxes) {
        if sandboxes.owned.is_none() || sandboxes.attempt.is_some() || sandboxes.untagged.is_some() {
            return;
        }
        // One missing line is one problem, however many functions start sandboxes.
        let functions = self.mapping.functions.iter().filter(|function| !function.broken);
        if let Some(start) = functions
            .flat_map(|function| &function.steps)
            .find(|step| step.creates(Kind::Sandbox))
        {
            let message = "what this starts could not be found in `sandboxes.owned` if no answer came";
            let help = "add `attempt: $item.…` to `sandboxes`, a tag that this call sets to `$attempt`";
            self.lacks(
                Kind::Sandbox,
                Code::UnknownTag,
                start.call.operation.span,
                message,
                help,
            );
        }
    }
}
