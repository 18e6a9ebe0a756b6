//! What a function does as a sequence diagram: who asks whom for what, in which order, how often, and what is taken back.
//!
//! The text is Mermaid's. <https://mermaid.js.org/syntax/sequenceDiagram.html>

use crate::{
    contract::Signature,
    mapping::{Call, Found, Function, Lifetime, Poll, Root, SlotRule, Step, Then, Undo, Value, Within},
};

use super::{
    Explained, call,
    condition::conditions,
    outcome::{duration, every, numbers},
    value::said,
};

/// The participants but for the APIs, which are called by their names.
const CALLER: &str = "caller";
const WORKER: &str = "worker";

/// A diagram that grows line by line.
#[derive(Default)]
struct Diagram {
    lines: String,
    depth: usize,
    /// The further APIs that are called.
    apis: Vec<String>,
}

impl Diagram {
    fn line(&mut self, text: &str) {
        let indent = "    ".repeat(self.depth + 1);
        self.lines.push_str(&format!("{indent}{text}\n"));
    }

    fn message(&mut self, from: &str, arrow: &str, to: &str, text: &str) {
        self.line(&format!("{from}{arrow}{to}: {}", plain(text)));
    }

    fn note(&mut self, text: &str) {
        self.line(&format!("Note over {WORKER}: {}", plain(text)));
    }

    /// Lines within a block that says when or how often they happen.
    fn block(&mut self, kind: &str, title: &str, inner: impl FnOnce(&mut Self)) {
        self.line(&format!("{kind} {}", plain(title)));
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        self.line("end");
    }
}

/// A text without what Mermaid takes for the end of a statement or for an entity.
fn plain(text: &str) -> String {
    text.replace('#', "#35;").replace(';', ",").replace('\n', " ")
}

impl Explained {
    /// The diagram of a function; `None` if it calls nothing.
    pub(super) fn sequence(&self, function: &Function, signature: &Signature) -> Option<String> {
        let mut diagram = Diagram::default();
        self.calls_drawn(function, signature, &mut diagram);
        if !diagram.lines.contains("->>") {
            return None;
        }
        let mut text = "sequenceDiagram\n".to_owned();
        for participant in [CALLER, WORKER] {
            text.push_str(&format!("    participant {participant}\n"));
        }
        let main = &self.checked.mapping.provider.value;
        for api in [main].into_iter().chain(&diagram.apis) {
            text.push_str(&format!("    participant {api}\n"));
        }
        let given = signature.inputs().map(|name| match signature.requires(name) {
            true => name.to_owned(),
            false => format!("{name}?"),
        });
        let given: Vec<String> = given.collect();
        let asked = format!("{} {{{}}}", signature.name, given.join(", "));
        text.push_str(&format!("    {CALLER}->>{WORKER}: {}\n", plain(&asked)));
        text.push_str(&diagram.lines);
        let told: Vec<&str> = signature.outputs().collect();
        text.push_str(&format!("    {WORKER}-->>{CALLER}: {{{}}}\n", told.join(", ")));
        Some(text)
    }

    fn calls_drawn(&self, function: &Function, signature: &Signature, diagram: &mut Diagram) {
        if let Some(SlotRule::Take(count)) = &function.slots {
            diagram.note(&format!("takes {} of the cap", said(count)));
        }
        if signature.takes("sandbox_id") {
            self.look_drawn(diagram);
        }
        if let Some(hook) = &function.hook {
            diagram.note(&format!("the Rust function {}", hook.value));
        }
        if let Some(lifetime) = self.lifetime().filter(|_| function.served) {
            self.request_drawn(&lifetime.set, diagram);
        }
        if let Some(via) = &function.via {
            let title = format!(
                "each part of the file, by a POSIX script, as {} runs programs",
                via.value
            );
            let acting = self.acting(function);
            diagram.block("loop", &title, |diagram| self.steps_drawn(&acting.steps, diagram));
        }
        if function.answer.iter().any(|(_, value)| is_of_owned(value)) {
            self.list_drawn(diagram);
        }
        self.steps_drawn(&function.steps, diagram);
        self.undo_drawn(function, diagram);
    }

    /// A sandbox that is not known yet is looked at first.
    fn look_drawn(&self, diagram: &mut Diagram) {
        let sandboxes = self.checked.mapping.sandboxes.as_ref();
        let look = sandboxes.and_then(|sandboxes| sandboxes.one.as_ref());
        if let Some(look) = look {
            diagram.block("opt", "the worker does not know the sandbox yet", |diagram| {
                self.request_drawn(look, diagram);
            });
        }
    }

    fn list_drawn(&self, diagram: &mut Diagram) {
        let sandboxes = self.checked.mapping.sandboxes.as_ref();
        let Some(owned) = sandboxes.and_then(|sandboxes| sandboxes.owned.as_ref()) else {
            return;
        };
        match owned.pages().is_some() {
            true => diagram.block("loop", "each page", |diagram| self.request_drawn(&owned.call, diagram)),
            false => self.request_drawn(&owned.call, diagram),
        }
    }

    fn steps_drawn(&self, steps: &[Step], diagram: &mut Diagram) {
        for step in steps {
            self.step_drawn(step, diagram);
        }
    }

    fn step_drawn(&self, step: &Step, diagram: &mut Diagram) {
        let mut blocks = Vec::new();
        if let Some(there) = &step.unless {
            blocks.push(("opt", format!("unless there is {}", said(there))));
        }
        if !step.when.is_empty() {
            blocks.push(("opt", conditions(&step.when)));
        }
        if let Some(items) = &step.for_each {
            blocks.push(("loop", format!("for each of {}", said(items))));
        }
        if let Some(poll) = &step.poll {
            blocks.push(("loop", polled(poll)));
        }
        if step.list.pages().is_some() {
            blocks.push(("loop", "each page".to_owned()));
        }
        self.within(&blocks, step, diagram);
        if let Some(found) = &step.found {
            let title = looked_for(found);
            diagram.block("loop", &title, |diagram| self.request_drawn(&found.call, diagram));
        }
    }

    fn within(&self, blocks: &[(&str, String)], step: &Step, diagram: &mut Diagram) {
        match blocks {
            [(kind, title), inner @ ..] => {
                diagram.block(kind, title, |diagram| self.within(inner, step, diagram));
            }
            [] => {
                self.request_drawn(&step.call, diagram);
                self.confirmation_drawn(&step.call, diagram);
            }
        }
    }

    /// A status that has to be confirmed by a look.
    fn confirmation_drawn(&self, made: &Call, diagram: &mut Diagram) {
        if let Some(confirm) = made.confirm() {
            let statuses = made
                .outcomes
                .iter()
                .filter(|outcome| matches!(outcome.then, Then::Confirm(_)));
            let statuses: Vec<String> = statuses.map(super::outcome::status).collect();
            let (within, gone) = (duration(confirm.within), numbers(&confirm.gone));
            let title = format!("{}, for at most {within}, until {gone}", every(confirm.every));
            diagram.block("opt", &format!("it was {}", statuses.join(" or ")), |diagram| {
                diagram.block("loop", &title, |diagram| self.request_drawn(&confirm.call, diagram));
            });
        }
    }

    /// Everything that would be taken back if a later step failed, the latest first.
    fn undo_drawn(&self, function: &Function, diagram: &mut Diagram) {
        let undos = function.steps.iter().rev().flat_map(|step| step.undo.iter().rev());
        let calls: Vec<&Call> = undos.filter_map(|undo| self.taking_back(undo)).collect();
        if calls.is_empty() {
            return;
        }
        diagram.block("opt", "it fails, or its caller cannot be answered: undo", |diagram| {
            for call in calls {
                self.request_drawn(call, diagram);
            }
        });
    }

    /// The call that takes back what a step has done.
    pub(super) fn taking_back<'a>(&'a self, undo: &'a Undo) -> Option<&'a Call> {
        match undo {
            Undo::Call(call) => Some(call),
            Undo::Made(..) | Undo::Tagged(_) => undo.kind().and_then(|kind| self.checked.mapping.ending(kind)),
        }
    }

    /// How long sandboxes live, and the call that sets it.
    pub(super) fn lifetime(&self) -> Option<&Lifetime> {
        let sandboxes = self.checked.mapping.sandboxes.as_ref()?;
        sandboxes.lifetime.as_ref()
    }

    fn request_drawn(&self, made: &Call, diagram: &mut Diagram) {
        let (api, _) = made.target();
        let api = api.unwrap_or(&self.checked.mapping.provider.value).to_owned();
        let label = call::label(&self.checked, made);
        let label = label.strip_prefix(&format!("{api}:")).unwrap_or(&label);
        diagram.message(WORKER, "->>", &api, label);
        diagram.message(&api, "-->>", WORKER, &accepted(made));
        let is_further = made.server.is_some();
        if is_further && !diagram.apis.contains(&api) {
            diagram.apis.push(api);
        }
    }
}

/// The statuses with which a function goes on.
fn accepted(made: &Call) -> String {
    let others = made.outcomes.iter().filter(|outcome| matches!(outcome.then, Then::Ok));
    let others: Vec<String> = others.map(super::outcome::status).collect();
    match others.is_empty() {
        true => "2xx".to_owned(),
        false => format!("2xx or {}", others.join(", ")),
    }
}

fn polled(poll: &Poll) -> String {
    let within = match &poll.within {
        Within::Fixed(time) => duration(*time),
        Within::Config(reference) => reference.value.to_string().replace("$config.", ""),
    };
    let until = call::states(&poll.until, " and ");
    format!("{}, for at most {within}, until {until}", every(poll.every))
}

fn looked_for(found: &Found) -> String {
    let (every, within) = (every(found.every), duration(found.within));
    format!("{every}, for at most {within}, until the answer has what is looked for")
}

/// Whether it is of the sandboxes of this deployment, held against the provider's list.
fn is_of_owned(value: &Value) -> bool {
    let mut found = false;
    value.walk(&mut |value| {
        found |= value
            .as_reference()
            .is_some_and(|reference| reference.root == Root::Owned);
    });
    found
}
