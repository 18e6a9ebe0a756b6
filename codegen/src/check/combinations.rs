//! Keys of a step that cannot stand side by side.

use crate::{
    diagnostic::Code,
    mapping::{Kind, Step as MappedStep},
};

use super::Checker;

impl Checker<'_> {
    /// Keys of a step that exclude each other.
    pub fn combination(&self, step: &MappedStep) {
        let reject = !step.reject.is_empty();
        let reads_once = step.call.stream.is_some();
        let problem = if reads_once && (step.poll.is_some() || step.found.is_some() || !step.undo.is_empty()) {
            (
                "a stream is read once, to its end, and tells what a program does",
                "remove `stream`, or `poll`, `found` and `undo`",
            )
        } else if step.pages().is_some() && (step.poll.is_some() || step.found.is_some() || reads_once || reject) {
            (
                "a list is read page by page, once",
                "remove `items` and `pages`, or `poll`, `found`, `stream` and `reject`",
            )
        } else if step.pages().is_some() && !step.undo.is_empty() {
            (
                "a step that reads a list has nothing to undo",
                "remove `undo`, or `items` and `pages`",
            )
        } else if step.pages().is_some() && step.call.accepts() {
            (
                "a list without an answer cannot be told from an empty one",
                "let the outcomes give codes only",
            )
        } else if step.best_effort && !step.undo.is_empty() {
            (
                "a step whose failure does not matter cannot be undone",
                "remove `best_effort` or `undo`",
            )
        } else if step.saves_none.is_some() && step.creates(Kind::Snapshot) {
            (
                "`undo` deletes a snapshot that the step has saved, and `saves` says that it saves none",
                "remove one of them",
            )
        } else if step.at_once.is_some() && step.for_each.is_none() {
            (
                "`at_once` is for a step that is made for each of a list",
                "add `for_each`, or remove `at_once`",
            )
        } else if step.best_effort && step.for_each.is_some() {
            (
                "a step for each of a list cannot be `best_effort`",
                "remove `best_effort` or `for_each`",
            )
        } else if step.always && step.is_conditional() {
            let key = if step.unless.is_some() { "unless" } else { "when" };
            self.problem(
                Code::ExclusiveKeys,
                step.name.span,
                format!("`always` says that the step is made whatever comes, `{key}` that it may not be"),
                "remove one of them",
            );
            return;
        } else if step.unless.is_some() && !step.when.is_empty() {
            (
                "whether a step is made is said once",
                "write `unless: $x` as `when: {$x: absent}`, beside the others",
            )
        } else if step.poll.is_some() && step.call.accepts() {
            (
                "a poll needs an answer, but an outcome counts a status without one as success",
                "let the outcomes give codes only, or remove `poll`",
            )
        } else if step.poll.is_some() && reject {
            (
                "a poll names its failing states under `fail`",
                "move the states from `reject` to `fail`",
            )
        } else if reject && step.call.accepts() {
            (
                "`reject` needs an answer, but an outcome counts a status without one as success",
                "let the outcomes give codes only, or remove `reject`",
            )
        } else {
            return;
        };
        self.problem(Code::ExclusiveKeys, step.name.span, problem.0, problem.1);
    }
}
