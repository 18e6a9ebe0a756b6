//! Calls held against the operations they name.

use crate::{
    diagnostic::{Code, did_you_mean, nearest},
    document::{Location, Method, Operation, Parameter, Success},
    mapping::{Call, Confirm, Poll, StateRule, Step, Then, Undo, Value, ValueKind, Within},
    source::Spanned,
};

use super::{
    Checker,
    scope::{Item, Scope},
    types,
    uses::BodyUse,
    values::Place,
};

/// Finds an operation by `METHOD /path` or by its id, as published or with runs of `_` made one.
pub fn find(operations: &[Operation], name: &str) -> Option<usize> {
    let collapsed = |id: &str| {
        let words: Vec<&str> = id.split('_').filter(|word| !word.is_empty()).collect();
        words.join("_")
    };
    operations.iter().position(|operation| {
        operation.label() == name
            || operation.published_id.as_deref() == Some(name)
            || operation.id == name
            || operation
                .published_id
                .as_deref()
                .is_some_and(|id| collapsed(id) == collapsed(name))
    })
}

impl Checker<'_> {
    /// Checks one call; the index of its operation, if there is one.
    pub fn call(&mut self, call: &Call, scope: &Scope<'_>) -> Option<usize> {
        let index = self.operation(&call.operation)?;
        self.uses.entry(index).or_default();
        for (location, given) in [
            (Location::Path, &call.path),
            (Location::Query, &call.query),
            (Location::Header, &call.header),
        ] {
            self.parameters(index, location, given, call, scope);
        }
        self.body(index, call, scope);
        self.rules(&call.outcomes, &[]);
        for outcome in &call.outcomes {
            if let Then::Confirm(confirm) = &outcome.then {
                self.confirm(confirm, scope);
            }
        }
        self.readable(index, call);
        Some(index)
    }

    fn operation(&self, name: &Spanned<String>) -> Option<usize> {
        if let Some(index) = find(self.operations, &name.value) {
            return Some(index);
        }
        let message = format!("the document has no operation `{}`", name.value);
        self.problem(
            Code::UnknownOperation,
            name.span,
            message,
            self.operation_help(&name.value),
        );
        None
    }

    fn operation_help(&self, name: &str) -> String {
        let labels: Vec<String> = self.operations.iter().map(Operation::label).collect();
        if let Some((method, path)) = name.split_once(' ') {
            let methods: Vec<&str> = self
                .operations
                .iter()
                .filter(|operation| operation.path == path)
                .map(|operation| operation.method.name())
                .collect();
            if !methods.is_empty() {
                return format!("`{path}` has {}", methods.join(", "));
            }
            // The same method on a path like it is likelier meant than another method.
            let same = labels
                .iter()
                .map(String::as_str)
                .filter(|label| label.starts_with(method));
            if let Some(label) = nearest(name, same) {
                return format!("did you mean `{label}`?");
            }
        }
        let ids = self
            .operations
            .iter()
            .filter_map(|operation| operation.published_id.as_deref());
        match nearest(name, labels.iter().map(String::as_str).chain(ids)) {
            Some(label) => format!("did you mean `{label}`?"),
            None => "write `METHOD /path` or an operationId of the document".to_owned(),
        }
    }

    fn parameters(
        &mut self,
        index: usize,
        location: Location,
        given: &[(Spanned<String>, Value)],
        call: &Call,
        scope: &Scope<'_>,
    ) {
        let operations = self.operations;
        let operation = &operations[index];
        for (name, value) in given {
            match operation
                .at(location)
                .find(|parameter| parameter.name == name.value)
            {
                Some(parameter) => self.parameter(index, parameter, name, value, scope),
                None => self.unknown_parameter(operation, location, name),
            }
        }
        for parameter in operation
            .at(location)
            .filter(|parameter| parameter.required)
        {
            if !given.iter().any(|(name, _)| name.value == parameter.name) {
                let message = format!(
                    "`{}` needs the {} parameter `{}`",
                    operation.label(),
                    location.name(),
                    parameter.name
                );
                let help = format!("add `{}: {{{}: …}}`", location.name(), parameter.name);
                self.problem(Code::MissingParameter, call.operation.span, message, help);
            }
        }
        if location == Location::Query
            && operation
                .at(Location::Cookie)
                .any(|parameter| parameter.required)
        {
            let message = format!(
                "`{}` needs a cookie parameter, which no call can send",
                operation.label()
            );
            let help = format!(
                "remove it in the overlay: target `$.paths['{}']`",
                operation.path
            );
            self.problem(
                Code::UnsupportedConstruct,
                call.operation.span,
                message,
                help,
            );
        }
    }

    fn parameter(
        &mut self,
        index: usize,
        parameter: &Parameter,
        name: &Spanned<String>,
        value: &Value,
        scope: &Scope<'_>,
    ) {
        let place = Place {
            name: &name.value,
            shape: &parameter.shape,
            required: parameter.required,
            unknown: Code::UnknownParameter,
            missing: Code::MissingParameter,
        };
        self.value(value, &place, scope);
        let keys = match &value.kind {
            ValueKind::Object(entries) if parameter.deep => {
                entries.iter().map(|(key, _)| key.value.clone()).collect()
            }
            _ if parameter.deep => {
                let message = format!(
                    "`{}` is sent as `{0}[key]=value` and takes a mapping",
                    name.value
                );
                self.problem(Code::WrongType, value.span, message, "write `{key: value}`");
                return;
            }
            _ => Vec::new(),
        };
        let used = self.uses.entry(index).or_default();
        match parameter.location {
            _ if parameter.deep => used
                .deep
                .entry(name.value.clone())
                .or_default()
                .extend(keys),
            Location::Query => drop(used.query.insert(name.value.clone())),
            Location::Header => drop(used.header.insert(name.value.clone())),
            Location::Path | Location::Cookie => {}
        }
    }

    fn unknown_parameter(&self, operation: &Operation, location: Location, name: &Spanned<String>) {
        let elsewhere = operation.parameters.iter().find(|p| p.name == name.value);
        let help = match elsewhere {
            Some(parameter) => format!("it is a {} parameter", parameter.location.name()),
            None => did_you_mean(&name.value, operation.at(location).map(|p| p.name.as_str())),
        };
        let message = format!(
            "`{}` has no {} parameter `{}`",
            operation.label(),
            location.name(),
            name.value
        );
        self.problem(Code::UnknownParameter, name.span, message, help);
    }

    fn body(&mut self, index: usize, call: &Call, scope: &Scope<'_>) {
        let operations = self.operations;
        let operation = &operations[index];
        match (&operation.body, &call.body) {
            (None, None) => {}
            (None, Some(body)) => {
                let message = format!("`{}` takes no body", operation.label());
                self.problem(Code::UnknownBodyField, body.span, message, "remove `body`");
            }
            (Some(body), None) if body.required => {
                let message = format!("`{}` needs a body", operation.label());
                self.problem(
                    Code::MissingBodyField,
                    call.operation.span,
                    message,
                    "add `body:`",
                );
            }
            (Some(_), None) => {}
            (Some(body), Some(given)) => {
                let Some(schema) = &body.schema else {
                    let message = format!(
                        "`{}` takes {}, which no call can send",
                        operation.label(),
                        body.media_types.join(", ")
                    );
                    let help = format!(
                        "add `application/json` in the overlay at `$.paths['{}'].{}.requestBody.content`",
                        operation.path,
                        operation.method.name().to_lowercase()
                    );
                    self.problem(Code::UnsupportedConstruct, given.span, message, help);
                    return;
                };
                let shape = self.document.shape(schema);
                let place = Place {
                    name: "body",
                    shape: &shape,
                    required: true,
                    unknown: Code::UnknownBodyField,
                    missing: Code::MissingBodyField,
                };
                let written = self.value(given, &place, scope);
                self.write(index, written);
            }
        }
    }

    fn write(&mut self, index: usize, written: BodyUse) {
        let used = self.uses.entry(index).or_default();
        match &mut used.body {
            Some(body) => body.merge(written),
            None => used.body = Some(written),
        }
    }

    /// An answer that is not JSON cannot be read; one that nobody reads does no harm.
    fn readable(&self, index: usize, call: &Call) {
        let operation = &self.operations[index];
        if let Success::Other(types) = &operation.success
            && types.iter().any(|name| name.contains("event-stream"))
        {
            let message = format!(
                "`{}` answers with {}, which cannot be read",
                operation.label(),
                types.join(", ")
            );
            self.problem(
                Code::UnsupportedConstruct,
                call.operation.span,
                message,
                "call an operation that answers with JSON",
            );
        }
    }

    fn confirm(&mut self, confirm: &Confirm, scope: &Scope<'_>) {
        self.call(&confirm.call, scope);
        if let Some(index) = find(self.operations, &confirm.call.operation.value)
            && self.operations[index].method != Method::Get
        {
            let message = "a confirmation only looks: it must be a GET";
            self.problem(
                Code::UnknownOperation,
                confirm.call.operation.span,
                message,
                "name a GET operation",
            );
        }
    }

    /// Everything of a step that is not the call itself.
    pub fn step_extras(&mut self, step: &Step, index: usize, scope: &Scope<'_>) {
        if let Some(deadline) = &step.deadline_ms {
            let shape = types::of(crate::document::ShapeKind::Integer);
            let place = Place {
                name: "deadline_ms",
                shape: &shape,
                required: false,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.value(deadline, &place, scope);
        }
        self.states(&step.reject, index);
        if let Some(poll) = &step.poll {
            self.poll(poll, index, scope);
        }
    }

    fn poll(&mut self, poll: &Poll, index: usize, scope: &Scope<'_>) {
        self.states(&poll.until, index);
        self.states(&poll.fail, index);
        if poll.fail.is_empty() {
            let message = "the poll names no state in which it fails, so a failed start would wait for the deadline";
            self.problem(
                Code::PollWithoutFail,
                poll.span,
                message,
                "add `fail: {status: [error]}`",
            );
        }
        if let Within::Config(reference) = &poll.within {
            let value = Value {
                span: reference.span,
                kind: ValueKind::Reference(reference.value.clone()),
            };
            let shape = types::of(crate::document::ShapeKind::Integer);
            let place = Place {
                name: "within",
                shape: &shape,
                required: true,
                unknown: Code::WrongType,
                missing: Code::WrongType,
            };
            self.value(&value, &place, scope);
        }
    }

    fn states(&mut self, rules: &[StateRule], index: usize) {
        for rule in rules {
            let item = Item::Answer {
                operation: index,
                path: Vec::new(),
            };
            let scope = Scope {
                item: Some(item),
                ..Scope::default()
            };
            let reference = crate::mapping::Reference {
                root: crate::mapping::Root::Item,
                path: rule.path.value.clone(),
            };
            let shape = self.reference(&reference, rule.path.span, &scope);
            for value in &rule.values {
                let literal = serde_json::Value::from(value.value.as_str());
                if let Some(known) = types::unlisted(&literal, &shape) {
                    let names: Vec<&str> = known.iter().filter_map(|v| v.as_str()).collect();
                    let message = format!("the document knows no state `{}` here", value.value);
                    self.problem(
                        Code::WrongType,
                        value.span,
                        message,
                        did_you_mean(&value.value, names),
                    );
                }
            }
        }
    }

    /// What takes a step back may use its answer and what came before.
    pub fn undo(&mut self, undo: &Undo, scope: &Scope<'_>) {
        match undo {
            Undo::Call(call) => drop(self.call(call, scope)),
            Undo::End(ids) => {
                self.infer(ids, scope);
                if self
                    .mapping
                    .sandboxes
                    .as_ref()
                    .is_none_or(|s| s.end.is_none())
                {
                    let message = "`end` needs `sandboxes.end`, which says how a sandbox is ended";
                    self.problem(
                        Code::UnknownTag,
                        ids.span,
                        message,
                        "add `sandboxes: {end: {call: …}}`",
                    );
                }
            }
        }
    }
}
