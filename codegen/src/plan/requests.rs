//! The arguments of a request: a variable for each that the client's method takes.

use crate::{
    client::{Argument, Method, Type},
    document::{Location, Parameter, Taken},
    lower::deep_name,
    mapping::{Call, Value, ValueKind},
    naming::variable,
};

use super::{Planner, expression::Names, literal};

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
    pub bindings: Vec<String>,
    /// `|| cx.client().get(&id)`
    pub closure: String,
    /// Local variables that the closure borrows.
    pub locals: Vec<String>,
    /// Those of them that are ids in the path.
    pub ids: Vec<String>,
}

impl Planner<'_> {
    pub fn request(&self, call: &Call, names: &Names) -> Request {
        self.request_by(self.method(call), call, names)
    }

    /// A request by a method of the client's, of those that the operation has.
    pub fn request_by(&self, method: &Method, call: &Call, names: &Names) -> Request {
        let mut bindings = Vec::new();
        let mut passed = Vec::new();
        let mut locals = Vec::new();
        let mut ids = Vec::new();
        for argument in &method.arguments {
            let local = local(&argument.name, names);
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
                bindings.push(format!(
                    "let api = cx.client_at({}, {key})?;",
                    self.value(&server.url, names)
                ));
                locals.push("api".to_owned());
                "api"
            }
        };
        let closure = format!("|| {client}.{}({})", method.name, passed.join(", "));
        Request {
            bindings,
            closure,
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
                        let value = self.taken(parameter, Some(&key.value), value, names);
                        return Some(give("give", argument, local, &name, &value));
                    }
                }
            } else if argument.is_of(&name.value) {
                let segment = location == Location::Path && argument.owned == "String";
                let make = if segment { "segment" } else { "give" };
                let value = self.taken(parameter, None, value, names);
                return Some(give(make, argument, local, &name.value, &value));
            }
        }
        let body = argument.name == "body" || argument.name.ends_with("_body");
        (body && !argument.owned.starts_with("Option<")).then(|| self.body(call, argument, local, names))
    }

    /// A parameter's value as the client takes it.
    fn taken(&self, parameter: &Parameter, key: Option<&str>, value: &Value, names: &Names) -> String {
        let value = self.value(value, names);
        match parameter.taken(&self.checked.document, key) {
            Taken::Text { converted: true } => format!("value::text({value})?"),
            Taken::Texts { converted: true } => format!("value::texts({value})?"),
            Taken::AsItIs | Taken::Text { .. } | Taken::Texts { .. } => value,
        }
    }

    fn body(&self, call: &Call, argument: &Argument, local: &str, names: &Names) -> String {
        let empty = ValueKind::Object(Vec::new());
        let empty = Value {
            span: call.operation.span,
            kind: empty,
        };
        let value = call.body.as_ref().unwrap_or(&empty);
        let name = argument.owned.rsplit("::").next().unwrap_or_default();
        let kind = Type::Struct(name.to_owned());
        let made = self.written(value, &kind, "body", names);
        if self.has_fields(&kind) {
            format!("let {local} = {made};")
        } else {
            format!("let {local}: {} = {made};", argument.owned)
        }
    }

    /// Whether it is a struct with fields to be named: an object without known fields is a map in a wrapper.
    fn has_fields(&self, kind: &Type) -> bool {
        matches!(kind, Type::Struct(of) if self.index.fields(of).next().is_some())
    }

    /// A body, or a field of one: a struct literal as far as the types go, so that a wrong field does not compile.
    fn written(&self, value: &Value, kind: &Type, at: &str, names: &Names) -> String {
        match (&value.kind, kind) {
            (ValueKind::Object(entries), Type::Struct(of)) if self.has_fields(kind) => {
                let fields: Vec<String> = self
                    .index
                    .fields(of)
                    .map(|(wire, field)| {
                        let given = entries.iter().find(|(name, _)| name.value == *wire);
                        let made = match given {
                            Some((_, value)) => self.written(value, &field.kind, &format!("{at}.{wire}"), names),
                            None => "Default::default()".to_owned(),
                        };
                        format!("{}: {made}", field.ident)
                    })
                    .collect();
                format!("client::types::{of} {{ {} }}", fields.join(", "))
            }
            (ValueKind::Object(_), Type::Optional(inner)) if self.has_fields(inner) => {
                format!("Some({})", self.written(value, inner, at, names))
            }
            _ => format!("cx.give({}, {})?", literal(at), self.value(value, names)),
        }
    }
}

fn give(make: &str, argument: &Argument, local: &str, name: &str, value: &str) -> String {
    format!(
        "let {local}: {} = cx.{make}({}, {value})?;",
        argument.owned,
        literal(name)
    )
}
