//! Calls that save a snapshot by all that the document shows, in a step that does not say so: one of which no caller is told
//! would stay.

use crate::{
    diagnostic::Code,
    document::{Method, Operation, OperationId, Type},
    mapping::{Function, Kind, Step, Undo, path_text},
    naming::letters,
};

use super::{
    Checker,
    started::{acts_on_a_sandbox, collection},
};

/// The ends of paths, in small letters, by which a sandbox is saved.
const SAVES: [&str; 4] = ["checkpoint", "checkpoints", "snapshot", "snapshots"];

impl Checker<'_> {
    /// Steps that save and do not say what they make, where the mapping knows how that is found and deleted.
    pub fn saves_unsaid(&self, function: &Function) {
        let is_known = self.mapping.snapshots.is_some() && !self.mapping.is_broken(Kind::Snapshot.section());
        if !is_known || function.hook.is_some() {
            return;
        }
        for step in function.steps.iter().filter(|step| !step.says_what_it_saves()) {
            let Some(id) = self.operation(&step.call) else { continue };
            let operation = &self.operations[id];
            let Some(path) = self.saved_by(step, id) else { continue };
            let message = format!(
                "`{}` saves a snapshot, as it looks: if the function fails after it, it would stay",
                operation.label()
            );
            let name = &step.name.value;
            let help = match path {
                Some(path) => format!("add `undo: {{delete: ${name}{path}}}` to the step"),
                None => {
                    "add `undo: {delete: tagged}` to the step, if its answer does not name what it has made".to_owned()
                }
            };
            self.problem(Code::LeftBehind, step.call.operation.span, message, help);
        }
    }

    /// Where the answer of a call that saves names the snapshot, if it does; `None` of a call that saves none.
    fn saved_by(&self, step: &Step, id: OperationId) -> Option<Option<String>> {
        let operation = &self.operations[id];
        if operation.method != Method::Post || self.is_about_one(operation) {
            return None;
        }
        let answer = self.answer(id);
        if let Some(path) = self.answered_snapshot(&answer, step) {
            return Some(Some(path));
        }
        let last = operation.path.trim_end_matches('/').rsplit('/').next();
        let saves = last.is_some_and(|last| SAVES.contains(&letters(last).as_str()));
        (saves && acts_on_a_sandbox(&step.call)).then_some(None)
    }

    /// The path of the id of a snapshot that an answer is, or has.
    fn answered_snapshot(&self, answer: &Type, step: &Step) -> Option<String> {
        let id = path_text(&self.mapping.id(Kind::Snapshot)?.as_reference()?.path);
        if !step.creates(Kind::Sandbox) && self.is_one(answer, Kind::Snapshot) {
            return Some(id);
        }
        answer.property_names().into_iter().find_map(|name| {
            let (schema, _) = answer.property(&name)?;
            let ty = self.document.type_of(&schema);
            let is_it = self.is_one(&ty, Kind::Snapshot) && !self.is_one(&ty, Kind::Sandbox);
            is_it.then(|| format!(".{name}{id}"))
        })
    }

    /// Whether an operation is about a snapshot that is there.
    fn is_about_one(&self, operation: &Operation) -> bool {
        let delete = self
            .mapping
            .ending(Kind::Snapshot)
            .and_then(|call| self.operation(call));
        let all = delete.and_then(|delete| collection(&self.operations[delete].path));
        all.is_some_and(|all| operation.path.starts_with(&format!("{all}/{{")))
    }
}

impl Step {
    /// Whether it says how a snapshot is taken back, or has no place for the tag by which one would be found.
    fn says_what_it_saves(&self) -> bool {
        let is_undone = || self.undo.iter().any(|undo| matches!(undo, Undo::Call(_)));
        self.creates(Kind::Snapshot) || self.inherited.is_some() || is_undone()
    }
}
