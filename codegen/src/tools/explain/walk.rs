//! What a function does at the provider, in order: one walk over its calls, of which a diagram is drawn and the endpoints
//! are listed.

use crate::{
    contract::Signature,
    mapping::{Call, Found, Function, Lifetime, Poll, Root, SlotRule, Step, Then, Undo, Value, Within},
};

use super::{
    Explained, call,
    condition::conditions,
    outcome::{duration, every, numbers, status},
    value::said,
};

/// A part of what a function does.
pub(super) enum Part<'e> {
    /// Something that the worker does by itself.
    Note(String),
    Request(&'e Call),
    /// Parts that are done when, or as long as, the title says.
    Block(Block, String, Vec<Self>),
    /// What is taken back if the function fails, the latest first.
    Undo(Vec<&'e Call>),
}

#[derive(Clone, Copy)]
pub(super) enum Block {
    Loop,
    Opt,
}

impl Explained {
    /// All that a function does, in order.
    pub(super) fn parts<'e>(&'e self, function: &'e Function, signature: &Signature) -> Vec<Part<'e>> {
        let mut parts = Vec::new();
        if let Some(SlotRule::Take(count)) = &function.slots {
            parts.push(Part::Note(format!("takes {} of the cap", said(count))));
        }
        if signature.takes("sandbox_id") {
            parts.extend(self.look());
        }
        if let Some(hook) = &function.hook {
            parts.push(Part::Note(format!("the Rust function {}", hook.value)));
        }
        if let Some(lifetime) = self.lifetime().filter(|_| function.served) {
            parts.push(Part::Request(&lifetime.set));
        }
        if let Some(via) = &function.via {
            let title = format!(
                "each part of the file, by a POSIX script, as {} runs programs",
                via.value
            );
            let steps = self.acting(function).steps.iter().flat_map(step);
            parts.push(Part::Block(Block::Loop, title, steps.collect()));
        }
        if function.answer.iter().any(|(_, value)| is_of_owned(value)) {
            parts.extend(self.list());
        }
        parts.extend(function.steps.iter().flat_map(step));
        let undos = function.steps.iter().rev().flat_map(|step| step.undo.iter().rev());
        let calls: Vec<&Call> = undos.filter_map(|undo| self.taking_back(undo)).collect();
        if !calls.is_empty() {
            parts.push(Part::Undo(calls));
        }
        parts
    }

    /// A sandbox that is not known yet is looked at first.
    fn look(&self) -> Option<Part<'_>> {
        let look = self.checked.mapping.sandboxes.as_ref()?.one.as_ref()?;
        let title = "the worker does not know the sandbox yet".to_owned();
        Some(Part::Block(Block::Opt, title, vec![Part::Request(look)]))
    }

    fn list(&self) -> Option<Part<'_>> {
        let owned = self.checked.mapping.sandboxes.as_ref()?.owned.as_ref()?;
        let request = Part::Request(&owned.call);
        Some(match owned.pages() {
            Some(_) => Part::Block(Block::Loop, "each page".to_owned(), vec![request]),
            None => request,
        })
    }

    /// The call that takes back what a step has done.
    fn taking_back<'e>(&'e self, undo: &'e Undo) -> Option<&'e Call> {
        match undo {
            Undo::Call(call) => Some(call),
            Undo::Made(..) | Undo::Tagged(_) => undo.kind().and_then(|kind| self.checked.mapping.ending(kind)),
        }
    }

    /// How long sandboxes live, and the call that sets it.
    fn lifetime(&self) -> Option<&Lifetime> {
        self.checked.mapping.sandboxes.as_ref()?.lifetime.as_ref()
    }
}

/// A call as often as it is made, and the looks for what it waits for.
fn step(step: &Step) -> Vec<Part<'_>> {
    let mut blocks = Vec::new();
    if let Some(there) = &step.unless {
        blocks.push((Block::Opt, format!("unless there is {}", said(there))));
    }
    if !step.when.is_empty() {
        blocks.push((Block::Opt, conditions(&step.when)));
    }
    if let Some(items) = &step.for_each {
        blocks.push((Block::Loop, format!("for each of {}", said(items))));
    }
    if let Some(poll) = &step.poll {
        blocks.push((Block::Loop, polled(poll)));
    }
    if step.list.pages().is_some() {
        blocks.push((Block::Loop, "each page".to_owned()));
    }
    let made: Vec<Part<'_>> = [Part::Request(&step.call)]
        .into_iter()
        .chain(confirmation(&step.call))
        .collect();
    let within = |parts, (block, title)| vec![Part::Block(block, title, parts)];
    let mut parts = blocks.into_iter().rev().fold(made, within);
    parts.extend(step.found.as_ref().map(|found| {
        let looks = vec![Part::Request(&found.call)];
        Part::Block(Block::Loop, looked_for(found), looks)
    }));
    parts
}

/// A status that has to be confirmed by a look.
fn confirmation(made: &Call) -> Option<Part<'_>> {
    let confirm = made.confirm()?;
    let rules = made.outcomes.iter();
    let statuses = rules.filter(|rule| matches!(rule.then, Then::Confirm(_)));
    let statuses: Vec<String> = statuses.map(status).collect();
    let (within, gone) = (duration(confirm.within), numbers(&confirm.gone));
    let title = format!("{}, for at most {within}, until {gone}", every(confirm.every));
    let looks = Part::Block(Block::Loop, title, vec![Part::Request(&confirm.call)]);
    Some(Part::Block(
        Block::Opt,
        format!("it was {}", statuses.join(" or ")),
        vec![looks],
    ))
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
