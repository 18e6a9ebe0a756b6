//! The arguments of a request: a variable for each that the client's method takes.

use crate::{
    client::{Argument, Method, RustType},
    document::{Location, Parameter, Taken},
    lower::deep_name,
    mapping::{Call, Value, ValueKind},
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
    /// What makes the body, where it is an object with fields.
    pub body: Option<HelperPlan>,
    pub bindings: Vec<String>,
    /// `cx.client().get(&id)`
    pub sent: String,
    /// Local variables that the closure borrows.
    pub locals: Vec<String>,
    /// Those of them that are ids in the path.
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
        let mut body = None;
        let mut bindings = Vec::new();
        let mut passed = Vec::new();
        let mut locals = Vec::new();
        let mut ids = Vec::new();
        for argument in &method.arguments {
            let local = local(&argument.name, names);
            if let Some((plan, binding)) = self.made_body(call, argument, &local, caller, names) {
                body = Some(plan);
                bindings.push(binding);
                passed.push(argument.passed_as(&local));
                locals.push(local);
                continue;
            }
            match self.binding(call, argument, &local, names) {
                Some(binding) => {
                    let is_in_path = call.path.iter().any(|(name, _)| argument.is_of(&name.value));
                    if is_in_path && argument.owned == "String" {
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
                let key = if server.keyed { "Key::Sent" } else { "Key::Kept" };
                let url = self.value(&server.url, names);
                let url = match url.ty.bare() {
                    RustType::Text | RustType::Json => url,
                    _ => url.json(),
                };
                bindings.push(format!("let api = cx.client_at({}, {key})?;", url.value()));
                locals.push("api".to_owned());
                "api"
            }
        };
        let sent = format!("{client}.{}({})", method.name, passed.join(", "));
        Request {
            body,
            bindings,
            sent,
            locals,
            ids,
        }
    }

    /// The statement that makes an argument, or `None` for an optional one that the mapping does not give.
    fn binding(&self, call: &Call, argument: &Argument, local: &str, names: &Names) -> Option<String> {
        let (_, operation) = self.checked.operation(call);
        for (location, name, value) in call.parameters() {
            let parameter = operation
                .at(location)
                .find(|parameter| parameter.is_called(&name.value))?;
            if let (true, ValueKind::Object(entries)) = (parameter.deep, &value.kind) {
                for (key, value) in entries {
                    let name = deep_name(&parameter.name, &key.value);
                    if argument.is_of(&name) {
                        let value = self.taken(argument, parameter, Some(&key.value), value, &name, names);
                        return Some(bound(local, argument, &value));
                    }
                }
            } else if argument.is_of(&name.value) {
                if location == Location::Path && argument.kind == RustType::Text {
                    return Some(self.segment(local, parameter, value, &name.value, names));
                }
                let value = self.taken(argument, parameter, None, value, &name.value, names);
                return Some(bound(local, argument, &value));
            }
        }
        is_body(argument).then(|| {
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
        if !is_body(argument) || !is_object {
            return None;
        }
        let body = self.given(value, &argument.kind, &Given::Argument("body".to_owned()), names);
        let needs = Needs::of([value]);
        let name = format!("body_of_{}", caller.function_name());
        let (_, operation) = self.checked.operation(call);
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
    fn taken(
        &self,
        argument: &Argument,
        parameter: &Parameter,
        key: Option<&str>,
        value: &Value,
        name: &str,
        names: &Names,
    ) -> Expr {
        let at = Given::Argument(name.to_owned());
        let taken = match parameter.taken(&self.checked.document, key) {
            Taken::Text { converted: true } => operators::text(self.value(value, names)),
            Taken::Texts { converted: true } => operators::texts(self.value(value, names)),
            Taken::AsItIs | Taken::Text { .. } | Taken::Texts { .. } => {
                return self.given(value, &argument.kind, &at, names);
            }
        };
        self.coerced(taken, &argument.kind, &at)
    }
}

fn is_body(argument: &Argument) -> bool {
    let named = argument.name == "body" || argument.name.ends_with("_body");
    named && !matches!(argument.kind, RustType::Optional(_))
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
