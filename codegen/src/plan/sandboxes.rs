//! The calls by which the runtime finds, looks at and ends what it owns.

use serde::Serialize;

use crate::{
    client::Type,
    mapping::{Call, Owned, Sandboxes, Segment, Value},
    source::Spanned,
};

use super::{
    CallPlan, Planner,
    access::{self, Place},
    calls::Caller,
    expression::Names,
    literal,
};

#[derive(Debug, Serialize)]
pub struct SandboxesPlan {
    pub doc: String,
    pub tagged: bool,
    pub calls: Vec<CallPlan>,
    pub owned: Option<DescribedPlan>,
    pub one: Option<DescribedPlan>,
    /// Whether there is a call that ends one.
    pub end: bool,
}

/// Where sandboxes stand in an answer, and what each says of itself.
#[derive(Debug, Serialize)]
pub struct DescribedPlan {
    /// An iterator over references to them, or the answer itself.
    pub items: String,
    /// Fields of the runtime's `Sandbox`.
    pub fields: Vec<String>,
    pub facts: Vec<String>,
}

impl Planner<'_> {
    pub fn sandboxes(&self, sandboxes: &Sandboxes) -> SandboxesPlan {
        let mut calls = Vec::new();
        let owned = sandboxes.owned.as_ref().map(|owned| {
            calls.push(self.sandbox_call(&owned.call, "owned"));
            self.owned(sandboxes, owned)
        });
        let one = sandboxes.one.as_ref().map(|call| {
            calls.push(self.sandbox_call(call, "one"));
            self.described(sandboxes, "found".to_owned(), self.method(call).answer.clone())
        });
        if let Some(call) = &sandboxes.end {
            calls.push(self.sandbox_call(call, "end"));
        }
        SandboxesPlan {
            doc: format!(
                "How the worker finds, looks at and ends what it owns, {}.",
                self.origin(sandboxes.span)
            ),
            tagged: sandboxes.owner.is_some(),
            calls,
            owned,
            one,
            end: sandboxes.end.is_some(),
        }
    }

    fn sandbox_call(&self, call: &Call, name: &'static str) -> CallPlan {
        let (_, operation) = self.checked.operation(call);
        let caller = Caller {
            name: format!("call_{name}"),
            function: "sandboxes",
            step: name,
            doc: format!("`{}`, {}.", operation.label(), self.origin(call.operation.span)),
            starts: false,
        };
        self.plain_call(call, &caller, &Names::default())
    }

    fn owned(&self, sandboxes: &Sandboxes, owned: &Owned) -> DescribedPlan {
        let path: &[Segment] = owned.items.as_reference().map_or(&[], |reference| &reference.path);
        let answer = Place::new("&response", self.method(&owned.call).answer.clone(), false);
        match access::down(self.index, answer.clone(), path) {
            Ok(Place {
                code,
                kind: Type::List(item),
                optional,
                ..
            }) => {
                let list = if optional {
                    format!("{code}.into_iter().flatten()")
                } else {
                    format!("{}.iter()", code.trim_start_matches('&'))
                };
                self.described(sandboxes, list, *item)
            }
            // The client has no type for it.
            _ => {
                let found = access::read(self.index, answer, path);
                self.described(sandboxes, format!("cx.items({found})?"), Type::Json)
            }
        }
    }

    fn described(&self, sandboxes: &Sandboxes, items: String, kind: Type) -> DescribedPlan {
        let names = Names {
            item: Some(Place::new("&item", kind, false)),
            ..Names::default()
        };
        let field =
            |name: &str, value: &Value| format!("{name}: cx.answer(\"{name}\", {})?", self.value(value, &names));
        let mut fields = vec![
            field("id", &sandboxes.id),
            field("image", &sandboxes.image),
            field("started_at", &sandboxes.started_at),
        ];
        for (name, value) in [("owner", &sandboxes.owner), ("attempt", &sandboxes.attempt)] {
            fields.push(match value {
                Some(value) => format!("{name}: {}", self.told(value, &names)),
                None => format!("{name}: None"),
            });
        }
        let fact = |(name, value): &(Spanned<String>, Value)| {
            format!("({}, {})", literal(&name.value), self.told(value, &names))
        };
        DescribedPlan {
            items,
            fields,
            facts: sandboxes.facts.iter().map(fact).collect(),
        }
    }

    /// What a sandbox may say of itself, or not.
    fn told(&self, value: &Value, names: &Names) -> String {
        let code = self.value(value, names);
        match code.strip_suffix('?') {
            Some(result) => format!("value::told(|| {result})"),
            None => format!("value::told(|| Ok({code}))"),
        }
    }
}
