//! Calls that save a snapshot by all that the document shows, in a step that does not say so: one of which no caller is told
//! would stay.

use crate::{
    diagnostic::Code,
    document::{Method, Operation, OperationId, Type, TypeKind},
    mapping::{Call, Function, Kind, Step, Undo, Value, path_text},
    naming::letters,
};

use super::{
    Checker,
    started::{acts_on_a_sandbox, collection, is_a_callers},
};

/// The ends of paths, in small letters, by which a sandbox is saved.
const SAVES: [&str; 4] = ["checkpoint", "checkpoints", "snapshot", "snapshots"];

/// The ends of paths, in small letters, by which something is looked for, whatever the method.
const LOOKS: [&str; 3] = ["list", "query", "search"];

impl Checker<'_> {
    /// Steps that save and do not say what they make, where the mapping knows how that is found and deleted.
    pub fn saves_unsaid(&self, function: &Function) {
        let is_known = self.mapping.snapshots.is_some() && !self.mapping.is_broken(Kind::Snapshot.section());
        for step in &function.steps {
            let Some(id) = self.operation(&step.call) else { continue };
            let saved = is_known.then(|| self.saved_by(function, step, id)).flatten();
            match (&step.saves_none, saved) {
                (None, Some(path)) if !step.says_what_it_saves() => self.left_behind(step, id, path),
                (Some(why), None) => {
                    let message = "nothing here looks as if this call saved a snapshot";
                    self.problem(Code::NoEffect, why.span, message, "remove `saves`");
                }
                _ => {}
            }
        }
    }

    fn left_behind(&self, step: &Step, id: OperationId, path: Option<String>) {
        let message = format!(
            "`{}` saves a snapshot, as it looks: if the function fails after it, it would stay",
            self.operations[id].label()
        );
        let name = &step.name.value;
        let undo = match path {
            Some(path) => format!("add `undo: {{delete: ${name}{path}}}` to the step"),
            None => "add `undo: {delete: tagged}` to the step, if its answer does not name what it has made".to_owned(),
        };
        let help = format!("{undo}; if it saves none, say why: `saves: {{none: why}}`");
        self.problem(Code::LeftBehind, step.call.operation.span, message, help);
    }

    /// Where the answer of a call that saves names the snapshot, if it does; `None` of a call that saves none.
    fn saved_by(&self, function: &Function, step: &Step, id: OperationId) -> Option<Option<String>> {
        let operation = &self.operations[id];
        let last = operation.path.trim_end_matches('/').rsplit('/').next();
        let ends_with = |known: &[&str]| last.is_some_and(|last| known.contains(&letters(last).as_str()));
        let looks = ends_with(&LOOKS) || step.pages().is_some();
        if operation.method != Method::Post || looks || self.is_about_one(operation) {
            return None;
        }
        let is_of_a_sandbox = self.is_of_a_sandbox(function, &step.call, operation);
        if let Some(path) = self.answered_snapshot(&self.answer(id), step, is_of_a_sandbox) {
            return Some(Some(path));
        }
        (ends_with(&SAVES) && is_of_a_sandbox).then_some(None)
    }

    /// The path of the id of a snapshot that an answer is, or has beside what it says of a sandbox that was there. What
    /// a sandbox says of itself, and what one is started from, has been there before.
    fn answered_snapshot(&self, answer: &Type, step: &Step, is_of_a_sandbox: bool) -> Option<String> {
        let id = path_text(&self.mapping.id(Kind::Snapshot)?.as_reference()?.path);
        if self.is_one(answer, Kind::Sandbox) {
            return None;
        }
        let starts = step.creates(Kind::Sandbox);
        if !starts && let Some(path) = self.path_of_snapshot(answer) {
            return Some(format!("{path}{id}"));
        }
        let names = answer.property_names().into_iter().filter(|_| is_of_a_sandbox);
        names.into_iter().find_map(|name| {
            let (schema, _) = answer.property(&name)?;
            let path = self.path_of_snapshot(&self.document.type_of(&schema))?;
            Some(format!(".{name}{path}{id}"))
        })
    }

    /// Where within a type snapshots are, if it is one, or a list of them.
    fn path_of_snapshot(&self, ty: &Type) -> Option<&'static str> {
        let is_it = |ty: &Type| self.is_one(ty, Kind::Snapshot) && !self.is_one(ty, Kind::Sandbox);
        match &ty.kind {
            TypeKind::Array(items) => is_it(&self.document.type_of(items)).then_some("[*]"),
            _ => is_it(ty).then_some(""),
        }
    }

    /// Whether a call is about a sandbox that is there, or is posted to where the snapshots are.
    fn is_of_a_sandbox(&self, function: &Function, call: &Call, operation: &Operation) -> bool {
        let snapshots = self.snapshots_collection();
        let path = operation.path.trim_end_matches('/');
        let below = |all: &String| operation.path.starts_with(&format!("{all}/{{"));
        let in_path = operation.api.is_none() && self.collections().iter().any(below);
        in_path
            || snapshots.is_some_and(|all| all == path)
            || acts_on_a_sandbox(call)
            || call.values().any(|value| names_one(value, function))
    }

    /// Whether an operation is about a snapshot that is there.
    fn is_about_one(&self, operation: &Operation) -> bool {
        let all = self.snapshots_collection();
        all.is_some_and(|all| operation.path.starts_with(&format!("{all}/{{")))
    }

    /// The path below which each snapshot has its own.
    fn snapshots_collection(&self) -> Option<String> {
        let delete = self.mapping.ending(Kind::Snapshot)?;
        collection(&self.operations[self.operation(delete)?].path)
    }
}

/// Whether a value has in it the id of a sandbox: the caller's, or one that a step of the function has started.
fn names_one(value: &Value, function: &Function) -> bool {
    let undos = || function.steps.iter().flat_map(|step| &step.undo);
    let started = |of: &Value| {
        undos().any(|undo| {
            matches!(undo, Undo::Made(Kind::Sandbox, ids)
                if ids.as_reference().is_some() && ids.as_reference() == of.as_reference())
        })
    };
    let mut named = false;
    value.walk(&mut |of| named |= of.as_reference().is_some_and(is_a_callers) || started(of));
    named
}

impl Step {
    /// Whether it says how a snapshot is taken back, or has no place for the tag by which one would be found.
    fn says_what_it_saves(&self) -> bool {
        let is_undone = || self.undo.iter().any(|undo| matches!(undo, Undo::Call(_)));
        self.creates(Kind::Snapshot) || self.inherited.is_some() || is_undone()
    }
}
