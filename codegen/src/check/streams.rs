//! Streams of events: that their end is read, and that what is read of an event is there.

use serde_json::json;

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Framing, OperationId, Success, Type, TypeKind},
    mapping::{
        Call, END, EVENT, ExitCode, Pieces, Reference, Root, Segment, Step as MappedStep, Stream, TimedOut, Told,
    },
    source::Span,
};

use super::{Checker, scope::Step};

/// The codes with which a Connect stream may end.
const CODES: [&str; 16] = [
    "aborted",
    "already_exists",
    "canceled",
    "data_loss",
    "deadline_exceeded",
    "failed_precondition",
    "internal",
    "invalid_argument",
    "not_found",
    "out_of_range",
    "permission_denied",
    "resource_exhausted",
    "unauthenticated",
    "unavailable",
    "unimplemented",
    "unknown",
];

impl Checker<'_> {
    /// A call reads its answer as what it is: of a stream, a status says nothing of how it ends.
    pub fn is_read(&mut self, index: OperationId, call: &Call) {
        let operations = self.operations;
        let operation = &operations[index];
        match (&call.stream, &operation.events) {
            (None, _) if matches!(operation.success, Success::Events) => {
                self.unread_stream(index, call.operation.span);
            }
            (Some(stream), None) => {
                let message = format!("`{}` does not answer with a stream of events", operation.label());
                let help = "remove `stream`; if it does, add the media type in the overlay: `text/event-stream`, \
                            `application/x-ndjson` or `application/connect+json`";
                self.problem(Code::NoStream, stream.span, message, help);
            }
            (stream, _) => self.is_read_alike(index, stream.as_ref().map(|stream| stream.span), call),
        }
    }

    /// Of what it may answer, a request asks for one.
    fn is_read_alike(&mut self, index: OperationId, stream: Option<Span>, call: &Call) {
        let used = self.uses.entry(index).or_default();
        let is_first = used.place == Some(call.operation.span);
        let differs = !is_first && used.streamed != stream.is_some();
        used.streamed |= stream.is_some();
        if differs {
            let label = self.operations[index].label();
            let message = format!("`{label}` is read here as a stream and there as JSON");
            let help = "read it in one way in all its calls";
            self.problem(Code::NoStream, stream.unwrap_or(call.operation.span), message, help);
        }
    }

    pub fn unread_stream(&self, index: OperationId, span: Span) {
        let label = self.operations[index].label();
        if self.reported.borrow_mut().insert(format!("stream of {label}")) {
            let message =
                format!("`{label}` answers with a stream of events: what became of the call is told by its end");
            let help = "say in a step which event that is, and what holds output: `stream: {end: $event.…}`";
            self.problem(Code::UnreadStream, span, message, help);
        }
    }

    /// What comes of the stream that a step reads.
    pub fn stream(&mut self, step: &MappedStep, index: OperationId) -> Option<Type> {
        let stream = step.call.stream.as_ref()?;
        let Some(events) = &self.operations[index].events else {
            // That it has none is told of the call.
            return Some(Type::any());
        };
        let (framing, event) = (events.framing, self.document.type_of(&events.schema));
        for (_, pieces) in stream.outputs() {
            self.pieces(pieces, index, framing, &event);
        }
        let end = self.told_by_event(&stream.end, index, &event);
        self.ends(&stream.end, &end, "end");
        if let Some(fail) = &stream.fail {
            let found = self.told_by_event(fail, index, &event);
            self.ends(fail, &found, "fail");
        }
        if let Some(code) = &stream.exit_code {
            self.exit_code(code, &end);
        }
        if let Some(timed_out) = &stream.timed_out {
            self.timed_out(timed_out, framing, &end, step);
        }
        Some(self.document.type_of(&answer(stream, &end)))
    }

    fn told_by_event(&mut self, told: &Told, index: OperationId, event: &Type) -> Type {
        let events = &mut self.uses.entry(index).or_default().events;
        for rule in &told.only {
            events.read(&rule.path.value, rule.path.span);
        }
        events.read(&told.path, told.span);
        self.states_in(&told.only, named(EVENT, event.clone()));
        let reference = Reference {
            root: Root::Step(EVENT.to_owned()),
            path: told.path.clone(),
        };
        self.walk(event.clone(), &reference, told.span, Code::UnknownResponseField)
    }

    fn pieces(&mut self, pieces: &Pieces, index: OperationId, framing: Framing, event: &Type) {
        let found = self.told_by_event(&pieces.told, index, event);
        // Data of a server-sent event is text, whatever that holds.
        let is_data = framing == Framing::Sse && pieces.told.path == [Segment::Field("data".to_owned())];
        if !is_data && !may_be_output(&found) {
            let message = format!("output is text, this is {}", found.describe());
            self.problem(
                Code::WrongType,
                pieces.told.span,
                message,
                "name the field that holds it",
            );
        }
    }

    /// An event ends the stream by what not every event has.
    fn ends(&self, told: &Told, found: &Type, key: &str) {
        let is_everywhere = told.path.is_empty() || (!found.nullable && found.kind != TypeKind::Any);
        if told.only.is_empty() && is_everywhere {
            let message = format!("every event has this, so the first one would be the `{key}`");
            let help = "name what that event alone has, or say which one it is: `{where: {type: [exit]}}`";
            self.problem(Code::NoStream, told.span, message, help);
        }
    }

    fn exit_code(&mut self, code: &ExitCode, end: &Type) {
        let end = Type {
            nullable: false,
            ..end.clone()
        };
        self.states_in(&code.zero, named(END, end.clone()));
        let reference = Reference {
            root: Root::Step(END.to_owned()),
            path: code.path.clone(),
        };
        let found = self.walk(end, &reference, code.span, Code::UnknownResponseField);
        if !matches!(found.kind, TypeKind::Integer | TypeKind::Number | TypeKind::Any) {
            let message = format!("an exit code is a whole number, this is {}", found.describe());
            self.problem(Code::WrongType, code.span, message, "name the field that holds it");
        }
    }

    fn timed_out(&mut self, timed_out: &TimedOut, framing: Framing, end: &Type, step: &MappedStep) {
        if let Some(code) = timed_out.error.first().filter(|_| framing != Framing::Connect) {
            let message = "only a Connect stream ends with a code";
            let help = "say what the end tells of it: `{end: {status: [killed]}}`";
            self.problem(Code::NoStream, code.span, message, help);
            return;
        }
        for code in timed_out
            .error
            .iter()
            .filter(|code| !CODES.contains(&code.value.as_str()))
        {
            let message = format!("Connect has no code `{}`", code.value);
            self.problem(
                Code::UnlistedValue,
                code.span,
                message,
                did_you_mean(&code.value, CODES),
            );
        }
        let end = Type {
            nullable: false,
            ..end.clone()
        };
        self.states_in(&timed_out.end, named(END, end));
        if !timed_out.end.is_empty() && step.deadline_ms.is_none() {
            let message = "an end tells that the time was over if it came no sooner, and nothing says how long that is";
            let help = "add `deadline_ms: $input.timeout_ms`";
            self.problem(Code::NoStream, timed_out.span, message, help);
        }
    }
}

/// A name for something whose type is known.
fn named(name: &str, ty: Type) -> Step<'_> {
    Step {
        name,
        operation: None,
        many: false,
        optional: None,
        answer: Some(ty),
    }
}

fn may_be_output(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::String | TypeKind::Binary | TypeKind::Any => true,
        TypeKind::Union(arms) => arms.iter().any(may_be_output),
        _ => false,
    }
}

/// The schema of what comes of a stream.
fn answer(stream: &Stream, end: &Type) -> serde_json::Value {
    let mut properties = json!({});
    let mut required = Vec::new();
    for (name, _) in stream.outputs() {
        properties[name] = json!({"type": "string"});
        properties[format!("{name}_truncated")] = json!({"type": "boolean"});
        required.extend([name.to_owned(), format!("{name}_truncated")]);
    }
    if stream.exit_code.is_some() {
        properties["exit_code"] = json!({"type": "integer"});
        required.push("exit_code".to_owned());
    }
    if stream.timed_out.is_some() {
        properties["timed_out"] = json!({"type": "boolean"});
        required.push("timed_out".to_owned());
    }
    let end = Type {
        nullable: false,
        ..end.clone()
    };
    properties["end"] = end.schema();
    // An error of the stream stands for the end of a program whose time was over.
    if stream
        .timed_out
        .as_ref()
        .is_none_or(|timed_out| timed_out.error.is_empty())
    {
        required.push("end".to_owned());
    }
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}
