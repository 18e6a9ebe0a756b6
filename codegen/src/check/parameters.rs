//! The parameters that a call gives, held against those that its operation has.

use crate::{
    diagnostic::{Code, did_you_mean, nearest},
    document::{IGNORED_HEADERS, Location, Operation, OperationId, Parameter, Taken, Type, TypeKind},
    mapping::{Call, Value, ValueKind},
    source::Spanned,
};

use super::{Checker, scope::Scope, values::Place};

impl Checker<'_> {
    pub fn parameters(
        &mut self,
        index: OperationId,
        location: Location,
        given: &[(Spanned<String>, Value)],
        call: &Call,
        scope: &Scope<'_>,
    ) {
        let operations = self.operations;
        let operation = &operations[index];
        // The worker itself gives the header that carries the key.
        let is_key = |parameter: &Parameter| {
            let sent = call.server.as_ref().is_none_or(|server| server.keyed);
            let own = call.server.as_ref().and_then(|server| server.own_auth.as_ref());
            let is_own = own.is_some_and(|auth| auth.is_in_header(&parameter.name));
            let is_key = is_own || sent && parameter.is_called(&self.mapping.api.auth.header);
            location == Location::Header && is_key
        };
        for (at, (name, value)) in given.iter().enumerate() {
            match operation.called(location, &name.value) {
                Some(parameter) if given[..at].iter().any(|(name, _)| parameter.is_called(&name.value)) => {
                    let message = format!("the {} `{}` is given twice", said(location), parameter.name);
                    self.problem(Code::DuplicateKey, name.span, message, "keep one of the two");
                }
                Some(parameter) if is_key(parameter) => {
                    let message = format!("the header `{}` carries what `auth` says", parameter.name);
                    self.problem(
                        Code::DuplicateKey,
                        name.span,
                        message,
                        "leave it out: the worker sends it",
                    );
                }
                Some(parameter) => self.parameter(index, parameter, name, value, scope),
                None => self.unknown_parameter(operation, location, name),
            }
        }
        let needed = |parameter: &&Parameter| parameter.required && !is_key(parameter);
        for parameter in operation.at(location).filter(needed) {
            let misspelt = || {
                call.given()
                    .any(|name| self.stands_for(operation, location, name, &parameter.name))
            };
            if !given.iter().any(|(name, _)| parameter.is_called(&name.value)) && !misspelt() {
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
    }

    fn parameter(
        &mut self,
        index: OperationId,
        parameter: &Parameter,
        name: &Spanned<String>,
        value: &Value,
        scope: &Scope<'_>,
    ) {
        if let Some(construct) = &parameter.construct {
            self.construct(construct, name.span);
            return;
        }
        if parameter.spread.is_some() && !matches!(value.kind, ValueKind::Object(_)) {
            let sent = parameter.name_of("key");
            let message = format!("`{}` is sent as `{sent}=value` and takes a mapping", name.value);
            self.problem(Code::WrongType, value.span, message, "write `{key: value}`");
            return;
        }
        let place = Place {
            name: &name.value,
            ty: &parameter.ty,
            required: parameter.required,
            unknown: Code::UnknownParameter,
            missing: Code::MissingParameter,
        };
        let before = self.reader.found();
        let of_segments = value.segments().filter(|_| parameter.location == Location::Path);
        match of_segments {
            Some(path) => self.of_segments(index, parameter, path, scope),
            None => drop(self.value(value, &place, scope)),
        }
        if of_segments.is_none() && self.reader.found() == before {
            self.texts(parameter, name, value, scope);
            self.sendable(parameter, value);
        }
        let keys = match &value.kind {
            ValueKind::Object(entries) if parameter.spread.is_some() => {
                entries.iter().map(|(key, _)| key.value.clone()).collect()
            }
            _ => Vec::new(),
        };
        let used = self.uses.entry(index).or_default();
        match parameter.location {
            _ if parameter.spread.is_some() => used.keys.entry(parameter.name.clone()).or_default().extend(keys),
            Location::Query => drop(used.query.insert(parameter.name.clone())),
            Location::Header => drop(used.header.insert(parameter.name.clone())),
            Location::Path | Location::Cookie => {}
        }
    }

    /// What is sent as text must be plain, whatever else the document would take.
    fn texts(&mut self, parameter: &Parameter, name: &Spanned<String>, value: &Value, scope: &Scope<'_>) {
        match (&value.kind, parameter.taken(self.document, None)) {
            (_, Taken::AsItIs) => {}
            (ValueKind::Object(entries), _) if parameter.spread.is_some() => {
                for (key, value) in entries {
                    self.key(parameter, &key.value, value, scope);
                }
            }
            (ValueKind::List(items), Taken::Texts { .. }) => {
                items.iter().for_each(|item| self.text(&name.value, item, scope));
            }
            (_, Taken::Texts { .. }) => {
                let found = self.infer(value, scope);
                if let TypeKind::Array(items) = &found.kind {
                    self.plain_text(&name.value, value, &self.document.type_of(items));
                }
            }
            (_, Taken::Text { .. }) => self.text(&name.value, value, scope),
        }
    }

    /// A key of an object that is sent key by key. OpenAPI leaves open what a list or an object is sent as there.
    fn key(&mut self, parameter: &Parameter, key: &str, value: &Value, scope: &Scope<'_>) {
        let found = self.infer(value, scope);
        if !found.may_be_nested() {
            return;
        }
        let sent = parameter.name_of(key);
        let kind = match found.kind {
            TypeKind::Array(_) => "{type: array, items: {type: string}}",
            _ => "{type: string}",
        };
        let own = match found.kind {
            TypeKind::Array(_) => format!("{sent}[]"),
            _ => format!("{sent}[…]"),
        };
        let message = format!(
            "`{}.{key}` is sent as text, this is {}",
            parameter.name,
            found.describe()
        );
        let help = format!(
            "OpenAPI does not say what it is sent as: describe it in the overlay as a parameter of its own, as the API \
             takes it, such as `{{name: '{own}', in: query, schema: {kind}}}`, and give that"
        );
        self.problem(Code::WrongType, value.span, message, help);
    }

    fn text(&mut self, name: &str, value: &Value, scope: &Scope<'_>) {
        let found = self.infer(value, scope);
        self.plain_text(name, value, &found);
    }

    fn plain_text(&self, name: &str, value: &Value, found: &Type) {
        if found.may_be_nested() {
            let message = format!("`{name}` is sent as text, this is {}", found.describe());
            let help = "give a string, a number or a boolean";
            self.problem(Code::WrongType, value.span, message, help);
        }
    }

    /// Whether a name that the operation does not have where it is given was meant for this parameter.
    fn stands_for(&self, operation: &Operation, location: Location, given: (Location, &str), wanted: &str) -> bool {
        let (at, name) = given;
        let unknown = !operation.at(at).any(|parameter| parameter.is_called(name));
        let near = || nearest(name, operation.at(location).map(|p| p.name.as_str())) == Some(wanted);
        unknown && (name == wanted || (at == location && near()))
    }

    pub(super) fn unknown_parameter(&self, operation: &Operation, location: Location, name: &Spanned<String>) {
        // A parameter that could not be read, which is reported, may be the one.
        if !operation.constructs.is_empty() {
            return;
        }
        let elsewhere = operation.parameters.iter().find(|p| p.is_called(&name.value));
        let api = operation.api.as_deref();
        let help = match (elsewhere, self.document.scheme_at(api, location, &name.value)) {
            (Some(parameter), _) => format!("it is a {} parameter", parameter.location.name()),
            (None, Some(scheme)) => by_auth(api, scheme),
            (None, None) if location == Location::Header && is_ignored(&name.value) => NOT_A_PARAMETER.to_owned(),
            (None, None) => did_you_mean(&name.value, operation.at(location).map(|p| p.name.as_str())),
        };
        let message = format!(
            "`{}` has no {} parameter `{}`",
            operation.label(),
            location.name(),
            name.value
        );
        self.problem(Code::UnknownParameter, name.span, message, help);
    }
}

/// Why a header that frames a request, or says who calls or in what media type, is none that a call gives.
const NOT_A_PARAMETER: &str = "this header is no parameter in OpenAPI: media types are those of the document's `content`, the \
                               key is that of `auth`, and the rest is the connection's";

fn is_ignored(header: &str) -> bool {
    IGNORED_HEADERS
        .iter()
        .any(|ignored| ignored.eq_ignore_ascii_case(header))
}

/// What to write for a parameter that is how the document is told who calls.
pub fn by_auth(api: Option<&str>, scheme: &str) -> String {
    let what = format!("it is the document's own security scheme `{scheme}`");
    match api {
        None => format!("{what}, which the worker sends: say it below `api` by `auth`, and leave it out here"),
        Some(api) => {
            format!("{what}: write `auth: {{scheme: {scheme}, value: …}}` below `apis.{api}`, and leave it out here")
        }
    }
}

/// What a parameter is called at its place.
fn said(location: Location) -> String {
    match location {
        Location::Header => "header".to_owned(),
        other => format!("{} parameter", other.name()),
    }
}
