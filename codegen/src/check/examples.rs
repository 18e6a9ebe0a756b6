//! Examples held against their functions and the document: one that could not come true is a mistake of its own.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    contract::Signature,
    diagnostic::{Code, did_you_mean},
    document::{Location, Operation, OperationId, Success, Type},
    mapping::{Call, End, Example, Exchange, Function, Mapping, Reader, Response, Sandboxes, Snapshots, Value},
    source::{Span, Spanned},
};

use super::{
    Checker,
    samples::{Side, scope},
    values::Place,
};

/// Gives each function its examples of the file beside the mapping, and reads on there.
pub fn give(mapping: &mut Mapping) -> Option<Reader> {
    let beside = mapping.beside.take()?;
    let reader = Reader::new(&beside.source);
    for (name, examples) in beside.examples {
        let mut functions = mapping.functions.iter_mut();
        match functions.find(|function| function.name.value == name.value) {
            Some(function) => function.examples.extend(examples),
            None => {
                let message = format!("examples of `{}`, which is not mapped", name.value);
                let known = mapping.functions.iter().map(|function| function.name.value.as_str());
                reader.problem(
                    Code::MisfitExample,
                    name.span,
                    message,
                    did_you_mean(&name.value, known),
                );
            }
        }
    }
    Some(reader)
}

impl<'a> Checker<'a> {
    /// All examples; those of the file beside the mapping are reported to its own reader.
    pub fn examples(&mut self, beside: &'a Reader) {
        let (uses, configured) = (self.uses.clone(), self.configured.borrow().clone());
        let own = self.reader;
        let mapping = self.mapping;
        for function in &mapping.functions {
            let signature = self.signature(function);
            let operations = self.operations_of(function);
            for (at, example) in function.examples.iter().enumerate() {
                let is_own = Arc::ptr_eq(&example.source, &mapping.source);
                self.reader = if is_own { own } else { beside };
                self.summed_up(example, &function.examples[..at]);
                self.example(example, &signature, &operations);
                self.reader = own;
            }
        }
        // An example is no use of anything.
        self.uses = uses;
        self.configured.replace(configured);
    }

    /// Two of one name would be one test.
    fn summed_up(&self, example: &Example, before: &[Example]) {
        let same = |other: &&Example| other.test() == example.test();
        if let Some(first) = before.iter().find(same) {
            let message = format!("there is an example `{}` already", first.summary.value);
            let help = "sum this one up in other words";
            self.problem(Code::DuplicateKey, example.summary.span, message, help);
        }
    }

    /// What a call of the function may ask of the provider; everything, of one that is written in Rust.
    fn operations_of(&self, function: &Function) -> BTreeSet<OperationId> {
        if function.hook.is_some() {
            return self.operations.with_ids().map(|(id, _)| id).collect();
        }
        let sandboxes = self.mapping.sandboxes.iter().flat_map(Sandboxes::calls);
        let snapshots = self.mapping.snapshots.iter().flat_map(Snapshots::calls);
        let by = function.via.as_ref();
        let by = by.and_then(|via| self.mapping.functions.iter().find(|by| by.name.value == via.value));
        let calls = by.unwrap_or(function).calls().chain(sandboxes).chain(snapshots);
        calls.filter_map(|call: &Call| self.operation(call)).collect()
    }

    fn example(&mut self, example: &Example, signature: &Signature, operations: &BTreeSet<OperationId>) {
        self.configuration(example);
        for exchange in example.given.iter().chain(&example.exchanges) {
            self.exchange(exchange, example, operations);
        }
        let refused = matches!(&example.end, End::Error { code, .. } if code.value == "S001");
        match self.samples(&example.input, Side::Written, example) {
            Some(input) if !refused => {
                let ty = self.document.type_of(&signature.closed_input());
                self.sample(&input, "input", &ty, [Code::MisfitExample; 2]);
            }
            _ => {}
        }
        match &example.end {
            End::Output(output) => {
                if let Some(output) = self.samples(output, Side::Expected, example) {
                    let ty = self.document.type_of(&signature.closed_output());
                    self.sample(&output, "output", &ty, [Code::UnknownOutput, Code::MissingOutput]);
                }
            }
            End::Error { code, .. } => self.known_code(code),
        }
    }

    fn known_code(&self, code: &Spanned<String>) {
        if !self.contract.codes.contains_key(&code.value) {
            let message = format!("no code `{}`", code.value);
            let help = did_you_mean(&code.value, self.contract.codes.keys().map(String::as_str));
            self.problem(Code::UnknownCode, code.span, message, help);
        }
    }

    fn exchange(&mut self, exchange: &Exchange, example: &Example, known: &BTreeSet<OperationId>) {
        let (api, name) = exchange.target();
        let operations = self.operations;
        let Some(id) = operations.find(api, name).filter(|id| known.contains(id)) else {
            let message = format!("no call of this function is `{}`", exchange.call.value);
            let labels: Vec<String> = known.iter().map(|id| operations[*id].label()).collect();
            let help = did_you_mean(&exchange.call.value, labels.iter().map(String::as_str));
            self.problem(Code::MisfitExample, exchange.call.span, message, help);
            return;
        };
        let operation = &operations[id];
        for (location, given) in [
            (Location::Path, &exchange.path),
            (Location::Query, &exchange.query),
            (Location::Header, &exchange.header),
        ] {
            self.parameters_of_an_example(operation, location, given, example);
            self.all_needed(operation, location, given, exchange.call.span);
        }
        self.body_of_an_example(operation, exchange, example);
        self.response(operation, &exchange.response, exchange.call.span, example);
    }

    fn parameters_of_an_example(
        &mut self,
        operation: &Operation,
        location: Location,
        given: &[(Spanned<String>, Value)],
        example: &Example,
    ) {
        for (name, value) in given {
            let value = self.samples(value, Side::Expected, example);
            match (operation.called(location, &name.value), value) {
                (Some(parameter), Some(value)) => {
                    self.sample(&value, &name.value, &parameter.ty, [Code::UnknownParameter; 2]);
                }
                // The key and the media types go in headers that the document need not have.
                (None, _) if location != Location::Header => self.unknown_parameter(operation, location, name),
                _ => {}
            }
        }
    }

    /// What has to be sent is sent; of headers only those are looked at that are written.
    fn all_needed(&self, operation: &Operation, location: Location, given: &[(Spanned<String>, Value)], span: Span) {
        let is_given = |name: &str| given.iter().any(|(given, _)| given.value == name);
        let needed = operation.at(location).filter(|parameter| parameter.required);
        for parameter in needed.filter(|_| location != Location::Header) {
            if !is_given(&parameter.name) {
                let (label, place) = (operation.label(), location.name());
                let message = format!("`{label}` needs the {place} parameter `{}`", parameter.name);
                let help = format!("add `{place}: {{{}: …}}`, or `$any` for its value", parameter.name);
                self.problem(Code::MissingParameter, span, message, help);
            }
        }
    }

    fn body_of_an_example(&mut self, operation: &Operation, exchange: &Exchange, example: &Example) {
        match (&operation.body, &exchange.body) {
            (None, Some(given)) => {
                let message = format!("`{}` takes no body", operation.label());
                self.problem(Code::UnknownBodyField, given.span, message, "remove `body`");
            }
            (Some(body), None) if body.required => {
                let message = format!("`{}` needs a body", operation.label());
                let help = "add `body: {…}`, or `body: $any` for whatever it is";
                self.problem(Code::MissingBodyField, exchange.call.span, message, help);
            }
            (Some(body), Some(given)) => {
                let schema = body.schema.as_ref();
                if let (Some(schema), Some(given)) = (schema, self.samples(given, Side::Expected, example)) {
                    let ty = self.document.type_of(schema);
                    self.sample(&given, "body", &ty, [Code::UnknownBodyField, Code::MissingBodyField]);
                }
            }
            _ => {}
        }
    }

    /// An answer is one that the document describes; a refusal may be anything.
    fn response(&mut self, operation: &Operation, response: &Response, span: Span, example: &Example) {
        for (_, value) in &response.header {
            self.samples(value, Side::Written, example);
        }
        let body = response.body.as_ref();
        let body = body.and_then(|body| self.samples(body, Side::Written, example));
        let events = response.events.iter().flat_map(|events| &events.value);
        let events: Vec<Value> = events
            .filter_map(|event| self.samples(event, Side::Written, example))
            .collect();
        let status = response.status_of(operation, self.document);
        if let Some(listed) = &response.events {
            self.events(operation, &events, listed.span);
        } else if status < 300 && body.is_some() == response.body.is_some() {
            self.success(operation, status, body.as_ref(), span);
        }
    }

    fn events(&mut self, operation: &Operation, events: &[Value], span: Span) {
        let Some(stream) = &operation.events else {
            let message = format!("`{}` answers no stream of events", operation.label());
            self.problem(Code::NoStream, span, message, "write `body: {…}`");
            return;
        };
        let ty = self.document.type_of(&stream.schema);
        for event in events {
            self.sample(event, "event", &ty, [Code::UnknownResponseField; 2]);
        }
    }

    fn success(&mut self, operation: &Operation, status: u16, body: Option<&Value>, span: Span) {
        let is_bare = operation.bare.iter().any(|range| range.contains(&status));
        let schema = operation.success.schema().filter(|_| !is_bare);
        match (schema, body) {
            (Some(schema), Some(body)) => {
                let ty = self.document.type_of(schema);
                self.sample(body, "body", &ty, [Code::UnknownResponseField, Code::MissingBodyField]);
            }
            (Some(_), None) if !matches!(operation.success, Success::Events) => {
                let message = format!("`{}` answers with a body", operation.label());
                let help = "add `response: {body: {…}}`, as the document describes it";
                self.problem(Code::MissingBodyField, span, message, help);
            }
            (None, Some(body)) if matches!(operation.success, Success::Empty) || is_bare => {
                let message = format!("`{}` answers nothing that is read", operation.label());
                self.problem(Code::UnknownResponseField, body.span, message, "remove `body`");
            }
            _ => {}
        }
    }

    fn sample(&mut self, value: &Value, name: &str, ty: &Type, [unknown, missing]: [Code; 2]) {
        let place = Place {
            name,
            ty,
            required: true,
            unknown,
            missing,
        };
        self.value(value, &place, &scope());
    }
}
