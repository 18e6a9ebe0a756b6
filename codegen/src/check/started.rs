//! Calls that start a sandbox by all that the document shows, in a function that does not say so: what they start would run
//! beside those that are counted, and nobody would end it.

use crate::{
    diagnostic::Code,
    document::{Method, Operation},
    mapping::{Call, Function, Kind, Reference, Root, Segment, SlotRule, Step, Value},
    naming::letters,
};

use super::Checker;

/// The ends of paths, in small letters, by which a sandbox is made of another.
const COPIES: [&str; 10] = [
    "branch",
    "branches",
    "clone",
    "clones",
    "copy",
    "duplicate",
    "fork",
    "forks",
    "replicate",
    "restore",
];

/// Whether an operation of the main API starts a sandbox, by all that its path says: it is posted to where they are, or to
/// the copying of one.
pub fn starts(operation: &Operation, collections: &[String]) -> bool {
    let is_collection = |path: &str| collections.iter().any(|collection| collection == path);
    let path = operation.path.trim_end_matches('/');
    let is_copied = || copied(path).is_some_and(|(collection, _)| is_collection(collection));
    is_posted(operation) && (is_collection(path) || is_copied())
}

fn is_posted(operation: &Operation) -> bool {
    operation.method == Method::Post && operation.api.is_none()
}

/// Of a path that copies one of many, `/boxes/{id}/fork`: the path of these, and the parameter that names it.
pub fn copied(path: &str) -> Option<(&str, &str)> {
    let (above, last) = path.trim_end_matches('/').rsplit_once('/')?;
    let (collection, name) = above.strip_suffix('}')?.rsplit_once("/{")?;
    COPIES.contains(&letters(last).as_str()).then_some((collection, name))
}

/// Whether a parameter of the path is the sandbox that the function acts on.
pub fn names_a_sandbox(call: &Call, parameter: &str) -> bool {
    let given = call.path.iter().find(|(known, _)| known.value == parameter);
    let mut named = false;
    let mut note = |value: &Value| named |= value.as_reference().is_some_and(is_a_callers);
    if let Some((_, value)) = given {
        value.walk(&mut note);
    }
    named
}

/// Whether it is the sandbox that the function acts on, or something that is kept of it.
pub fn is_a_callers(of: &Reference) -> bool {
    match of.root {
        Root::Sandbox => true,
        Root::Input => of.path == [Segment::Field("sandbox_id".to_owned())],
        _ => false,
    }
}

/// Whether a call is about the sandbox that the function acts on.
pub fn acts_on_a_sandbox(call: &Call) -> bool {
    call.path.iter().any(|(name, _)| names_a_sandbox(call, &name.value))
}

impl Checker<'_> {
    /// Steps of a function that says nothing of what it starts.
    pub fn starts_unsaid(&self, function: &Function) {
        let is_said = matches!(&function.slots, Some(SlotRule::Take(_) | SlotRule::None(_)));
        if is_said || function.hook.is_some() {
            return;
        }
        for step in function.steps.iter().filter(|step| !step.creates(Kind::Sandbox)) {
            let Some(operation) = self.operation(&step.call).map(|id| &self.operations[id]) else {
                continue;
            };
            if !self.looks_like_a_start(operation, step) {
                continue;
            }
            let message = format!(
                "`{}` starts a sandbox, as it looks: nobody counts it, and a failure would leave it running",
                operation.label()
            );
            let help = format!(
                "add `slots: {{take: 1}}` to the function and `undo: {{end: ${}.id}}` to the step; if it starts none, say \
                 why: `slots: {{none: why}}`",
                step.name.value
            );
            self.problem(Code::SlotMismatch, step.call.operation.span, message, help);
        }
    }

    fn looks_like_a_start(&self, operation: &Operation, step: &Step) -> bool {
        let is_copied = || copied(&operation.path).is_some_and(|(_, name)| names_a_sandbox(&step.call, name));
        (is_posted(operation) && is_copied()) || starts(operation, &self.collections())
    }

    /// The paths below which each sandbox has its own, as `sandboxes` shows it.
    pub fn collections(&self) -> Vec<String> {
        let sandboxes = self.mapping.sandboxes.iter();
        let calls = sandboxes.flat_map(|section| [&section.one, &section.end]).flatten();
        let operations = calls.filter_map(|call| self.operation(call).map(|id| &self.operations[id]));
        let main = operations.filter(|operation| operation.api.is_none());
        main.filter_map(|operation| collection(&operation.path)).collect()
    }
}

/// The path below which each of a kind has its own: `/boxes` of `/boxes/{id}`.
pub fn collection(path: &str) -> Option<String> {
    let (collection, _) = path.trim_end_matches('/').strip_suffix('}')?.rsplit_once("/{")?;
    Some(collection.to_owned())
}
