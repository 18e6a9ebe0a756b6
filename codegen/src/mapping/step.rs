//! Steps: a call, how often it is made, and how it is taken back.

use std::time::Duration;

use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{
    Call, Condition, Fields, Found, Kind, Reader, Reference, StateRule, StepPages, Stream, Undo, Value,
    duration::{duration, interval},
};

#[derive(Clone, Debug)]
pub struct Step {
    pub name: Spanned<String>,
    pub call: Call,
    /// Once for each value of this list, side by side.
    pub for_each: Option<Value>,
    /// How many items of `for_each` are gone through at a time, in their order; without it as many as go side by side.
    pub at_once: Option<usize>,
    /// What has to be found before it is done.
    pub found: Option<Found>,
    /// Not made if this value is there.
    pub unless: Option<Value>,
    /// Made only if all of these hold.
    pub when: Vec<Condition>,
    pub poll: Option<Poll>,
    /// A list in its answer that comes in pages.
    pub list: StepPages,
    /// How to take back what the step did, if the function fails later.
    pub undo: Vec<Undo>,
    /// Why it saves nothing, though it looks as if it saved a snapshot.
    pub saves_none: Option<Spanned<String>>,
    /// The sandboxes that it starts are copies that carry the tags of the one that the function acts on.
    pub inherited: Option<Span>,
    /// Facts to keep of the sandboxes that the step starts, which its answer tells.
    pub remember: Vec<(Spanned<String>, Value)>,
    /// Milliseconds that the provider itself may take; the HTTP deadline follows.
    pub deadline_ms: Option<Value>,
    /// A failure is logged and the function goes on.
    pub best_effort: bool,
    /// Made also if the step before it failed, before the function fails; its own failure is logged.
    pub always: bool,
    /// States in a successful answer that are failures.
    pub reject: Vec<StateRule>,
}

#[derive(Clone, Debug)]
pub struct Poll {
    pub span: Span,
    /// An earlier answer that the poll begins with.
    pub first: Option<Value>,
    pub until: Vec<StateRule>,
    pub fail: Vec<StateRule>,
    pub every: (Duration, Duration),
    pub within: Within,
}

/// How long a poll may last.
#[derive(Clone, Debug)]
pub enum Within {
    Fixed(Duration),
    Config(Spanned<Reference>),
}

impl Step {
    pub fn read(reader: &Reader, name: &Spanned<String>, fields: &mut Fields<'_>) -> Option<Self> {
        let mut call = Call::read(reader, fields);
        let stream = fields.optional("stream").and_then(|node| Stream::read(reader, node));
        if let Some(call) = &mut call {
            call.stream = stream;
        }
        let list = StepPages::read(reader, fields, call.as_mut());
        let for_each = fields.said("for_each").map(|node| Value::read(reader, node));
        let at_once = fields.optional("at_once").and_then(|node| at_once(reader, node));
        let found = fields.optional("found").map(|node| Found::read(reader, node));
        let unless = fields.said("unless").map(|node| Value::read(reader, node));
        let when = fields.optional("when").map(|node| Condition::read_all(reader, node));
        let poll = fields.optional("poll").and_then(|node| Poll::read(reader, node));
        let undo = fields.items("undo");
        let undo = undo.into_iter().filter_map(|node| Undo::read(reader, node)).collect();
        let saves = fields.optional("saves");
        let saves_none = saves.and_then(|node| saves_none(reader, node));
        let inherited = fields.optional("tags").and_then(|node| inherited(reader, node));
        let deadline_ms = fields.said("deadline_ms").map(|node| Value::read(reader, node));
        let always = fields.flag("always");
        let best_effort = fields.flag("best_effort") || always;
        let reject = fields
            .optional("reject")
            .map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`reject`"));
        Some(Self {
            name: name.clone(),
            call: call?,
            for_each,
            at_once,
            found: match found {
                Some(found) => Some(found?),
                None => None,
            },
            unless,
            when: match when {
                Some(when) => when?,
                None => Vec::new(),
            },
            poll,
            list: list?,
            undo,
            saves_none,
            inherited,
            remember: Vec::new(),
            deadline_ms,
            best_effort,
            always,
            reject,
        })
    }
}

impl Step {
    /// Every value of the step, those of its undo included.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        values.extend(&self.for_each);
        values.extend(&self.unless);
        values.extend(self.when.iter().map(|condition| &condition.subject));
        if let Some(found) = &self.found {
            found.collect(values);
        }
        values.extend(&self.deadline_ms);
        values.extend(self.poll.iter().filter_map(|poll| poll.first.as_ref()));
        self.call.collect(values);
        if let Some((items, pages)) = self.list.pages() {
            values.push(items);
            values.extend(pages.values());
        }
        values.extend(self.remember.iter().map(|(_, value)| value));
        for undo in &self.undo {
            match undo {
                Undo::Made(_, ids) => values.push(ids),
                Undo::Tagged(_) => {}
                Undo::Call(call) => call.collect(values),
            }
        }
    }
}

impl Step {
    /// Whether such a thing may exist after it, whatever it answers.
    pub fn creates(&self, wanted: Kind) -> bool {
        self.undo.iter().any(|undo| undo.kind() == Some(wanted))
    }

    /// Whether a value decides how often the call is made, rather than what it is given.
    pub fn decides_how_often(&self, value: &Value) -> bool {
        let conditions = self.when.iter().map(|condition| &condition.subject);
        let mut decisive = self.for_each.iter().chain(&self.unless).chain(conditions);
        decisive.any(|known| std::ptr::eq(known, value))
    }

    /// Whether a status without an answer ends it well. Where something is to be found, a look answers instead.
    pub fn accepts(&self) -> bool {
        self.call.accepts() && self.found.is_none()
    }

    /// Whether it may not be made.
    pub fn is_conditional(&self) -> bool {
        self.unless.is_some() || !self.when.is_empty()
    }

    /// What is there whenever it is made.
    pub fn known(&self) -> Vec<Reference> {
        let sure = self.when.iter().filter(|condition| condition.test.implies_presence());
        sure.filter_map(|condition| condition.subject.as_reference().cloned())
            .collect()
    }

    /// Whether its answer may be absent though the function has gone on. Of a `for_each` that is not made there is an
    /// empty list of answers.
    pub fn may_have_no_answer(&self) -> bool {
        self.best_effort || self.why_not_made().is_some()
    }

    /// Why it may have been made and have no answer, as the end of a sentence.
    pub fn why_no_answer(&self) -> Option<&'static str> {
        match (self.always, self.best_effort, self.accepts()) {
            (true, ..) => Some("because of `always`: the function goes on if the step fails"),
            (_, true, _) => Some("because of `best_effort`: the function goes on if the step fails"),
            (.., true) => Some("as an outcome of the step counts a status without an answer as success"),
            _ => None,
        }
    }

    /// Why it may not be made, as the end of a sentence.
    pub fn why_not_made(&self) -> Option<&'static str> {
        match (&self.unless, self.for_each.is_some()) {
            (_, true) => None,
            (Some(_), _) => Some("because of `unless`: the step may not be made"),
            (None, _) if !self.when.is_empty() => Some("because of `when`: the step may not be made"),
            _ => None,
        }
    }
}

impl Poll {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`poll`")?;
        let first = fields.optional("first").map(|node| Value::read(reader, node));
        let until = fields.required("until");
        let until = until.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`until`"));
        let fail = fields.optional("fail");
        let fail = fail.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`fail`"));
        let every = fields.required("every").and_then(|node| interval(reader, node));
        let within = fields.required("within").and_then(|node| within(reader, node));
        fields.done();
        Some(Self {
            span: node.span,
            first,
            until,
            fail,
            every: every?,
            within: within?,
        })
    }
}

/// The one thing that a step can say of what it saves: that it is nothing, and why. What it does save is said by `undo`.
fn saves_none(reader: &Reader, node: &Node) -> Option<Spanned<String>> {
    let mut fields = reader.fields(node, "`saves`")?;
    let why = fields.required("none");
    fields.done();
    reader.string(why?, "the reason")
}

/// The one thing that a step can say of the tags of what it starts: its call gives them otherwise.
fn inherited(reader: &Reader, node: &Node) -> Option<Span> {
    if node.as_str() == Some("inherited") {
        return Some(node.span);
    }
    let message = format!("`tags` of a step is `inherited`, found {}", node.describe());
    let help = "write `tags: inherited`, or give the tags to the fields of the call";
    reader.problem(Code::WrongShape, node.span, message, help);
    None
}

fn within(reader: &Reader, node: &Node) -> Option<Within> {
    if let Some(reference) = Value::read(reader, node).as_reference() {
        return Some(Within::Config(Spanned::new(reference.clone(), node.span)));
    }
    duration(reader, node).map(Within::Fixed)
}

/// The most that one function sends side by side.
const SIDE_BY_SIDE: i64 = 16;

fn at_once(reader: &Reader, node: &Node) -> Option<usize> {
    if let NodeKind::Integer(number @ 1..=SIDE_BY_SIDE) = node.kind {
        return usize::try_from(number).ok();
    }
    let message = format!("`at_once` is a number from 1 to {SIDE_BY_SIDE}");
    reader.problem(
        Code::WrongShape,
        node.span,
        message,
        "write `at_once: 1` for one after the other",
    );
    None
}
