//! Calls held against the operations they name.

use crate::{
    diagnostic::Code,
    document::{Form, Location, Method, Operation, OperationId, Unsupported},
    mapping::{Call, Confirm, Then, ValueKind},
    source::Span,
};

use super::{Checker, scope::Scope, uses::BodyUse, values::Place};

impl Checker<'_> {
    /// Checks one call; the index of its operation, if there is one.
    pub fn call(&mut self, call: &Call, scope: &Scope<'_>) -> Option<OperationId> {
        let index = self.operation(call)?;
        let used = self.uses.entry(index).or_default();
        used.place.get_or_insert(call.operation.span);
        for (location, given) in [
            (Location::Path, &call.path),
            (Location::Query, &call.query),
            (Location::Header, &call.header),
        ] {
            self.parameters(index, location, given, call, scope);
        }
        self.body(index, call, scope);
        self.is_read(index, call);
        self.server(index, call, scope);
        self.rules(&call.outcomes, Some(scope));
        let mut confirmed = false;
        for outcome in &call.outcomes {
            if let Then::Confirm(confirm) = &outcome.then {
                self.confirm(confirm, scope);
                if confirmed {
                    let message = "a call is confirmed in one way";
                    let help = "give one rule all the statuses: `status: [409, 410]`";
                    self.problem(Code::DuplicateKey, outcome.span, message, help);
                }
                confirmed = true;
            }
        }
        self.constructs(index, call);
        Some(index)
    }

    /// The base URL of a further API.
    fn server(&mut self, index: OperationId, call: &Call, scope: &Scope<'_>) {
        let operations = self.operations;
        let operation = &operations[index];
        if let Some(server) = &call.server {
            self.server_of(&server.url, scope);
            self.secret_of(server, scope);
        }
        let same = |other: &&Operation| other.request_line() == operation.request_line() && other.api != operation.api;
        if let Some(other) = self.uses.keys().map(|used| &operations[*used]).find(same) {
            let message = format!(
                "`{}` and `{}` are one request of two APIs",
                operation.label(),
                other.label()
            );
            self.problem(
                Code::UnsupportedConstruct,
                call.operation.span,
                message,
                "call only one of them",
            );
        }
    }

    fn body(&mut self, index: OperationId, call: &Call, scope: &Scope<'_>) {
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
                self.problem(Code::MissingBodyField, call.operation.span, message, "add `body:`");
            }
            (Some(_), None) => self
                .uses
                .entry(index)
                .or_default()
                .without_body
                .push(call.operation.span),
            (Some(body), Some(given)) => {
                let Some(schema) = &body.schema else {
                    if let Some(construct) = &body.construct {
                        self.construct(construct, given.span);
                    }
                    return;
                };
                let ty = self.document.type_of(schema);
                if body.form == Form::Parts && !matches!(given.kind, ValueKind::Object(_)) {
                    let message = format!("`{}` takes a body of parts, and this is one value", operation.label());
                    let help = "give the parts one by one: `body: {part: …}`";
                    self.problem(Code::WrongType, given.span, message, help);
                    return;
                }
                let place = Place {
                    name: "body",
                    ty: &ty,
                    required: true,
                    unknown: Code::UnknownBodyField,
                    missing: Code::MissingBodyField,
                };
                let written = self.value(given, &place, scope);
                self.write(index, written);
            }
        }
    }

    fn write(&mut self, index: OperationId, written: BodyUse) {
        let used = self.uses.entry(index).or_default();
        match &mut used.body {
            Some(body) => body.merge(written),
            None => used.body = Some(written),
        }
    }

    /// What of the operation itself cannot be called.
    fn constructs(&self, index: OperationId, call: &Call) {
        let operation = &self.operations[index];
        let cookies = operation.at(Location::Cookie).filter(|parameter| parameter.required);
        let cookies = cookies.filter_map(|parameter| parameter.construct.as_ref());
        for construct in operation.constructs.iter().chain(cookies) {
            self.construct(construct, call.operation.span);
        }
    }

    pub fn construct(&self, construct: &Unsupported, span: Span) {
        let message = format!("{} cannot be used: {}", construct.pointer, construct.what);
        // One construct is one problem, however often it is used.
        if !self.reported.borrow_mut().insert(message.clone()) {
            return;
        }
        self.problem(Code::UnsupportedConstruct, span, message, construct.mend.as_str());
    }

    /// Only the calls of steps are confirmed.
    pub fn no_confirm(&self, call: &Call) {
        for outcome in &call.outcomes {
            if matches!(outcome.then, Then::Confirm(_)) {
                let message = "only the call of a step can be confirmed";
                self.problem(Code::ExclusiveKeys, outcome.span, message, "write `ok: true` or a code");
            }
        }
    }

    /// What ends or takes something back is not done by looking at it.
    pub fn changes_something(&self, index: Option<OperationId>, call: &Call) {
        if index.is_some_and(|index| self.only_looks(index)) {
            let message = "this call only looks: it changes nothing";
            let help = "name an operation that changes something, such as a DELETE";
            self.problem(Code::UnknownOperation, call.operation.span, message, help);
        }
    }

    pub fn only_looks(&self, operation: OperationId) -> bool {
        let method = self.operations[operation].method;
        matches!(method, Method::Get | Method::Head | Method::Options)
    }

    fn confirm(&mut self, confirm: &Confirm, scope: &Scope<'_>) {
        let index = self.call(&confirm.call, scope);
        self.no_confirm(&confirm.call);
        if let Some(index) = index
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
}
