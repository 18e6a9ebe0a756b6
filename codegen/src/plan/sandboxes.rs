//! The calls by which the runtime finds, looks at and ends what it owns.

use serde::Serialize;

use crate::{
    client::Type,
    mapping::{Call, Lifetime, Listing, Sandboxes, Segment, Value},
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
    pub traced: bool,
    pub calls: Vec<CallPlan>,
    pub owned: Option<DescribedPlan>,
    pub one: Option<DescribedPlan>,
    /// Where a start gets the answer for a sandbox that it has started without being told: an `Option` of JSON.
    pub started: Option<&'static str>,
    /// Whether there is a call that ends one.
    pub end: bool,
    pub lifetime: Option<LifetimePlan>,
}

/// The call that sets a lifetime, and what its answer says.
#[derive(Debug, Serialize)]
pub struct LifetimePlan {
    /// A status may say that the sandbox is gone.
    pub accepts: bool,
    /// Fields of the runtime's `Given`, if the answer is the sandbox.
    pub given: Option<Vec<String>>,
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
        let mut call = |call: &Call, name| calls.push(self.section_call(call, "sandboxes", name));
        let owned = sandboxes.owned.as_ref().map(|owned| {
            call(&owned.call, "owned");
            let (items, kind) = self.listed(owned);
            self.described(sandboxes, items, kind)
        });
        let one = sandboxes.one.as_ref().map(|one| {
            call(one, "one");
            self.described(sandboxes, "found".to_owned(), self.method(one).answer.clone())
        });
        if let Some(end) = &sandboxes.end {
            call(end, "end");
        }
        let lifetime = sandboxes.lifetime.as_ref().map(|lifetime| {
            call(&lifetime.set, "lifetime");
            self.lifetime(sandboxes, lifetime)
        });
        SandboxesPlan {
            doc: format!(
                "How the worker finds, looks at and ends what it owns, {}.",
                self.origin(sandboxes.span)
            ),
            tagged: sandboxes.owner.is_some(),
            traced: sandboxes.attempt.is_some(),
            calls,
            owned,
            one,
            started: self.started(sandboxes),
            end: sandboxes.end.is_some(),
            lifetime,
        }
    }

    fn started(&self, sandboxes: &Sandboxes) -> Option<&'static str> {
        let mut steps = self
            .checked
            .mapping
            .functions
            .iter()
            .flat_map(|function| &function.steps);
        let one = sandboxes.one.as_ref().filter(|_| steps.any(|step| self.adopts(step)))?;
        Some(match one.accepts() {
            true => "Ok(call_one(&cx, &id).await?.map(|found| json(&found)))",
            false => "call_one(&cx, &id).await.map(|found| Some(json(&found)))",
        })
    }

    /// A call of `sandboxes` or `snapshots`.
    pub fn section_call(&self, call: &Call, section: &'static str, name: &'static str) -> CallPlan {
        let (_, operation) = self.checked.operation(call);
        let caller = Caller {
            name: format!("call_{name}"),
            function: section,
            step: name,
            doc: format!("`{}`, {}.", operation.label(), self.origin(call.operation.span)),
            makes: Vec::new(),
        };
        self.plain_call(call, &caller, &Names::default())
    }

    /// An iterator over references to what an answer lists, and the type of each.
    pub fn listed(&self, list: &Listing) -> (String, Type) {
        let path: &[Segment] = list.items.as_reference().map_or(&[], |reference| &reference.path);
        let answer = Place::new("&response", self.method(&list.call).answer.clone(), false);
        access::list(self.index, answer, path)
    }

    fn lifetime(&self, sandboxes: &Sandboxes, lifetime: &Lifetime) -> LifetimePlan {
        let names = of_each(self.method(&lifetime.set).answer.clone());
        let given = || {
            let id = self.value(&sandboxes.id, &names);
            vec![
                format!("id: Some(cx.answer(\"id\", {id})?)"),
                self.lives(Some(lifetime), &names),
            ]
        };
        LifetimePlan {
            accepts: lifetime.set.accepts(),
            given: self.checked.answers_lifetime.then(given),
        }
    }

    /// What a sandbox says of how long it lives.
    fn lives(&self, lifetime: Option<&Lifetime>, names: &Names) -> String {
        let Some(lifetime) = lifetime else {
            return "lifetime: Lifetime::default()".to_owned();
        };
        let described = lifetime.described();
        let fields: Vec<String> = described
            .map(|(name, value)| format!("{name}: {}", self.told(value, names)))
            .collect();
        let rest = if fields.len() < 3 { ", ..Default::default()" } else { "" };
        format!("lifetime: Lifetime {{ {}{rest} }}", fields.join(", "))
    }

    fn described(&self, sandboxes: &Sandboxes, items: String, kind: Type) -> DescribedPlan {
        let names = of_each(kind);
        let mut fields = vec![
            self.field("id", &sandboxes.id, &names),
            self.field("image", &sandboxes.image, &names),
            self.field("started_at", &sandboxes.started_at, &names),
        ];
        for (name, value) in [("owner", &sandboxes.owner), ("attempt", &sandboxes.attempt)] {
            fields.push(match value {
                Some(value) => format!("{name}: {}", self.told(value, &names)),
                None => format!("{name}: None"),
            });
        }
        fields.push(self.lives(sandboxes.lifetime.as_ref(), &names));
        let fact = |(name, value): &(Spanned<String>, Value)| {
            format!("({}, {})", literal(&name.value), self.told(value, &names))
        };
        DescribedPlan {
            items,
            fields,
            facts: sandboxes.facts.iter().map(fact).collect(),
        }
    }

    /// A field that must be there.
    pub fn field(&self, name: &str, value: &Value, names: &Names) -> String {
        format!("{name}: cx.answer(\"{name}\", {})?", self.value(value, names))
    }

    /// What one may say of itself, or not.
    pub fn told(&self, value: &Value, names: &Names) -> String {
        let code = self.value(value, names);
        match code.strip_suffix('?') {
            Some(result) => format!("value::told(|| {result})"),
            None => format!("value::told(|| Ok({code}))"),
        }
    }
}

/// The names where `$item` is one of a list.
pub fn of_each(kind: Type) -> Names {
    Names {
        item: Some(Place::new("&item", kind, false)),
        ..Names::default()
    }
}
