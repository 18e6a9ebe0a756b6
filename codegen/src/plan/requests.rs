//! The arguments of a request: a variable for each that the client's method takes.

use crate::{
    check::Sent,
    client::{Argument, Method, RustType},
    document::{Location, Parameter, Proof, Taken},
    mapping::{Call, Server, Value, ValueKind},
    naming::variable,
};

use super::{
    HelperPlan, Planner,
    caller::Caller,
    coercion::Given,
    expr::{Expr, Uses},
    expression::Names,
    literal, operators,
    parameters::Needs,
};

/// The variable of an argument. It must not hide the answer of a step, which later arguments may read.
fn local(argument: &str, names: &Names) -> String {
    let mut local = variable(argument);
    while names.steps.iter().any(|(step, _)| variable(step) == local) {
        local.push_str("_argument");
    }
    local
}

/// The pieces that every kind of call is made of.
pub struct Request {
    /// What makes the body, where it is an object with fields, and the client of a further API.
    pub helpers: Vec<HelperPlan>,
    pub bindings: Vec<String>,
    /// `cx.client().get(&id)`
    pub sent: String,
    /// Local variables that the closure borrows.
    pub locals: Vec<String>,
    /// Names of these that are ids in the path.
    pub ids: Vec<String>,
}

impl Request {
    /// What sends it, as often as it is called.
    pub fn closure(&self) -> String {
        format!("|| {}", self.sent)
    }
}

impl Planner<'_> {
    pub fn request(&self, call: &Call, caller: &Caller<'_>, names: &Names) -> Request {
        self.request_by(self.method(call), call, caller, names)
    }

    /// A request by a method of the client's, of those that the operation has.
    pub fn request_by(&self, method: &Method, call: &Call, caller: &Caller<'_>, names: &Names) -> Request {
        let mut helpers = Vec::new();
        let mut bindings = Vec::new();
        let mut passed = Vec::new();
        let mut locals = Vec::new();
        let mut ids = Vec::new();
        for argument in &method.arguments {
            let local = local(&argument.name, names);
            if let Some((plan, binding)) = self.made_body(call, argument, &local, caller, names) {
                helpers.push(plan);
                bindings.push(binding);
                passed.push(argument.passed_as(&local));
                locals.push(local);
                continue;
            }
            match self.binding(call, argument, &local, names) {
                Some(binding) => {
                    if self.is_in_path(call, argument) && argument.owned == "String" {
                        ids.push(local.clone());
                    }
                    bindings.push(binding);
                    passed.push(argument.passed_as(&local));
                    locals.push(local);
                }
                None => passed.push("None".to_owned()),
            }
        }
        let client = match &call.server {
            None => "cx.client()",
            Some(server) => {
                let (helper, binding) = self.api(server, caller, names);
                helpers.push(helper);
                bindings.push(binding);
                locals.push("api".to_owned());
                "api"
            }
        };
        let sent = format!("{client}.{}({})", method.name, passed.join(", "));
        Request {
            helpers,
            bindings,
            sent,
            locals,
            ids,
        }
    }

    /// A function that makes the client of a further API, and the statement that calls it.
    fn api(&self, server: &Server, caller: &Caller<'_>, names: &Names) -> (HelperPlan, String) {
        let url = self.value(&server.url, names);
        let url = match url.ty.bare() {
            RustType::Text | RustType::Json => url,
            _ => url.json(),
        };
        let needs = Needs::of(server.values());
        let name = format!("api_of_{}", caller.function_name());
        let arguments = self.arguments(&needs, names, Some(""));
        let binding = format!("let api = {name}(cx{arguments})?;");
        let helper = HelperPlan {
            doc: format!(
                "The client of the API `{}`, {}.",
                server.api,
                self.origin(server.url.span)
            ),
            kind: "Result<Client, Error>".to_owned(),
            lines: vec![self.client_of(server, &url, names)],
            parameters: self.parameters(&needs, names),
            cx: "cx".to_owned(),
            name,
        };
        (helper, binding)
    }

    /// The expression of the client for a server.
    fn client_of(&self, server: &Server, url: &Expr, names: &Names) -> String {
        let url = url.value();
        let Some((proof, secret)) = server
            .own_auth
            .as_ref()
            .and_then(|auth| Some((auth.proof()?, &auth.value)))
        else {
            let key = if server.keyed { "Key::Sent" } else { "Key::Kept" };
            return format!("cx.client_at({url}, {key})");
        };
        let proof = match proof {
            Proof::Header(name, prefix) => format!("Proof::Header({}, {})", literal(name), literal(prefix)),
            Proof::Basic => "Proof::Basic".to_owned(),
            Proof::Cookie(name) => format!("Proof::Cookie({})", literal(name)),
            Proof::Query(name) => format!("Proof::Query({})", literal(name)),
        };
        let secret = self.value(secret, names);
        let secret = match secret.ty.bare() {
            RustType::Text | RustType::Json => secret,
            _ => secret.json(),
        };
        format!("cx.client_with({url}, {proof}, {})", secret.value())
    }

    fn is_in_path(&self, call: &Call, argument: &Argument) -> bool {
        let mut sent = self.sent_by(call).into_iter();
        sent.any(|sent| sent.parameter.location == Location::Path && argument.is_of(&sent.argument))
    }

    /// The parameters of a call's operation, as they are sent.
    pub fn sent_by(&self, call: &Call) -> Vec<Sent<'_>> {
        let (id, operation) = (self.checked.operation_id(call), self.checked.operation(call));
        let used = self.checked.uses.get(&id);
        used.map_or_else(Vec::new, |used| used.parameters(operation))
    }

    /// The statement that makes an argument, or `None` for an optional one that the mapping does not give.
    fn binding(&self, call: &Call, argument: &Argument, local: &str, names: &Names) -> Option<String> {
        if let Some(sent) = self.sent_by(call).iter().find(|sent| argument.is_of(&sent.argument)) {
            let value = given(call, sent)?;
            if sent.parameter.location == Location::Path
                && argument.kind == RustType::Text
                && value.segments().is_none()
            {
                return Some(self.segment(local, sent.parameter, value, &sent.wire, names));
            }
            let value = self.taken(argument, sent, value, names);
            return Some(bound(local, argument, &value));
        }
        argument.is_body().then(|| {
            let empty = nothing(call);
            let value = call.body.as_ref().unwrap_or(&empty);
            let body = self.given(value, &argument.kind, &Given::Argument("body".to_owned()), names);
            bound(local, argument, &body)
        })
    }

    /// A function that makes a body which is an object with fields, and the statement that calls it.
    fn made_body(
        &self,
        call: &Call,
        argument: &Argument,
        local: &str,
        caller: &Caller<'_>,
        names: &Names,
    ) -> Option<(HelperPlan, String)> {
        let empty = nothing(call);
        let value = call.body.as_ref().unwrap_or(&empty);
        let is_object = matches!(value.kind, ValueKind::Object(_)) && !argument.kind.fields(self.index).is_empty();
        if !argument.is_body() || !is_object {
            return None;
        }
        let body = self.given(value, &argument.kind, &Given::Argument("body".to_owned()), names);
        let needs = Needs::of([value]);
        let name = format!("body_of_{}", caller.function_name());
        let operation = self.checked.operation(call);
        let line = self.origin(call.body.as_ref().map_or(call.operation.span, |body| body.span));
        let plan = HelperPlan {
            doc: format!("The body of `{}`, {line}.", operation.label()),
            kind: format!("Result<{}, Error>", argument.owned),
            lines: vec![format!("Ok({})", body.value())],
            parameters: self.parameters(&needs, names),
            cx: Uses::named(body.uses.call, "cx"),
            name: name.clone(),
        };
        let arguments = self.arguments(&needs, names, Some(""));
        Some((plan, format!("let {local} = {name}(cx{arguments})?;")))
    }

    /// An id that becomes one segment of the path.
    fn segment(&self, local: &str, parameter: &Parameter, value: &Value, name: &str, names: &Names) -> String {
        let value = match parameter.taken(&self.checked.document, None) {
            Taken::Text { converted: true } | Taken::Texts { converted: true } => {
                operators::text(self.value(value, names))
            }
            _ => self.value(value, names),
        };
        let value = match value.ty.bare() {
            RustType::Text | RustType::Json => value,
            _ => value.json(),
        };
        let value = value.value();
        format!("let {local} = cx.segment({}, {value})?;", literal(name))
    }

    /// A parameter's value as the client takes it.
    fn taken(&self, argument: &Argument, sent: &Sent<'_>, value: &Value, names: &Names) -> Expr {
        let at = Given::Argument(sent.wire.clone());
        let taken = match sent.parameter.taken(&self.checked.document, sent.key.as_deref()) {
            Taken::Text { converted: true } => operators::text(self.value(value, names)),
            Taken::Texts { converted: true } => operators::texts(self.value(value, names)),
            Taken::AsItIs | Taken::Text { .. } | Taken::Texts { .. } => {
                return self.given(value, &argument.kind, &at, names);
            }
        };
        self.coerced(taken, &argument.kind, &at)
    }
}

/// What a call gives for a parameter, or for a key of it.
fn given<'c>(call: &'c Call, sent: &Sent<'_>) -> Option<&'c Value> {
    let is_meant =
        |location: Location, name: &str| location == sent.parameter.location && sent.parameter.is_called(name);
    let mut parameters = call.parameters();
    let value = parameters.find_map(|(location, name, value)| is_meant(location, &name.value).then_some(value))?;
    let Some(key) = &sent.key else {
        return Some(value);
    };
    match &value.kind {
        ValueKind::Object(entries) => entries
            .iter()
            .find_map(|(name, value)| (name.value == *key).then_some(value)),
        _ => None,
    }
}

/// The body of a call that gives none and has to have one.
fn nothing(call: &Call) -> Value {
    Value {
        span: call.operation.span,
        kind: ValueKind::Object(Vec::new()),
    }
}

fn bound(local: &str, argument: &Argument, value: &Expr) -> String {
    let value = value.value();
    format!("let {local}: {} = {value};", argument.owned)
}
