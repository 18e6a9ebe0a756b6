//! Base URLs, which the worker takes only if a path can be put after them.

use url::Url;

use crate::{
    diagnostic::Code,
    document::Type,
    mapping::{Call, Function, Sandboxes, Step, Undo, Value, ValueKind},
    source::Span,
};

use super::{
    Checker,
    scope::{Input, Scope},
    values::Place,
};

impl Checker<'_> {
    pub fn servers(&self) {
        let server = &self.mapping.api.server;
        self.base_url("the server's default", &server.value, server.span);
        for api in &self.mapping.apis {
            if let ValueKind::String(text) = &api.server.kind {
                self.base_url("the server", text, api.server.span);
            }
        }
    }

    /// A look at the sandbox tells nothing new to calls that use nothing of it.
    pub fn stale(&self) {
        let main = (None, &self.mapping.api.stale);
        let further = self
            .mapping
            .apis
            .iter()
            .map(|api| (Some(api.name.value.as_str()), &api.stale));
        for (name, stale) in std::iter::once(main).chain(further) {
            let mut calls = self.renewed().filter(|call| call.target().0 == name).peekable();
            let Some(stale) = stale.as_ref().filter(|_| calls.peek().is_some()) else {
                continue;
            };
            if calls.all(|call| call.facts().is_empty()) {
                let message = "no call of this API uses a fact of the sandbox, so a look at it would change nothing";
                let help = "remove `stale`, or take the server or a header from `$sandbox.…`";
                self.problem(Code::NoEffect, stale.span, message, help);
            }
        }
    }

    /// The calls that are made once more with other facts, as far as their kind goes: what steps ask for, and what the worker
    /// does with a sandbox by itself.
    fn renewed(&self) -> impl Iterator<Item = &Call> {
        let functions = self.mapping.functions.iter().flat_map(Function::calls);
        functions.chain(self.mapping.sandboxes.iter().flat_map(Sandboxes::calls))
    }

    /// What `stale` says holds for what a step asks for: other calls are not made once more.
    pub fn stale_elsewhere(&self, step: &Step) {
        let found = step
            .found
            .is_some()
            .then_some((&step.call, "is made until something is found"));
        let undos = step.undo.iter().filter_map(|undo| match undo {
            Undo::Call(call) => Some((&**call, "takes a step back")),
            Undo::Made(..) | Undo::Tagged(_) => None,
        });
        for (call, what) in found.into_iter().chain(undos).filter(|(call, _)| call.may_be_stale()) {
            let message =
                format!("this call {what}, and `stale` of its API does not hold for such: it is not made once more");
            let statuses: Vec<String> = call.stale().iter().map(u16::to_string).collect();
            let help = format!(
                "say what these statuses mean here: `outcomes: [{{status: [{}], code: S502}}]`",
                statuses.join(", ")
            );
            self.problem(Code::NoEffect, call.operation.span, message, help);
        }
    }

    /// The base URL of a further API, where it is called.
    pub fn server_of(&mut self, url: &Value, scope: &Scope<'_>) {
        let ty = Type::string();
        let place = Place {
            name: "server",
            ty: &ty,
            required: false,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.value(url, &place, scope);
    }

    /// The base URLs of further APIs that nothing calls yet, as if a function on a sandbox did.
    pub fn uncalled_servers(&mut self) {
        let scope = Scope {
            input: Input::Unknown,
            id: true,
            sandbox: true,
            ..Scope::default()
        };
        for api in &self.mapping.apis {
            let called = self.uses.keys().map(|used| self.operations[*used].api.as_deref());
            if !called.flatten().any(|called| called == api.name.value) {
                self.server_of(&api.server, &scope);
                self.own_secret(api.own_auth.as_ref(), &scope);
            }
        }
    }

    fn base_url(&self, what: &str, text: &str, span: Span) {
        if let Some(problem) = misfit(text) {
            let message = format!("{what} {problem}");
            self.problem(
                Code::WrongShape,
                span,
                message,
                "write for example `https://api.example.com/v1`",
            );
        }
    }
}

/// Why no path can be put after a text, as the end of a sentence.
fn misfit(text: &str) -> Option<&'static str> {
    // The parser would mend these, or take them for part of a name; a document means a variable, a person has made a slip.
    if text.contains(|c: char| "\"'`<>".contains(c)) {
        return Some("must be a URL without quotes");
    }
    if text.contains(|c: char| "{}\\".contains(c) || c.is_whitespace() || c.is_control()) {
        return Some("must be a URL without variables and spaces");
    }
    let has_host = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    let url = Url::parse(text).ok().filter(|_| has_host);
    let Some(url) = url.filter(|url| ["http", "https"].contains(&url.scheme())) else {
        return Some("must be an http or https URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must be a URL without a user");
    }
    let more = url.query().is_some() || url.fragment().is_some();
    more.then_some("must be a URL that ends with its path")
}
