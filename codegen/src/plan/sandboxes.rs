//! The calls by which the runtime finds, looks at and ends what it owns.

use std::collections::BTreeSet;

use quote::quote;
use serde::Serialize;

use crate::{
    client::RustType,
    mapping::{Call, Lifetime, Listing, Root, Sandboxes, Value, path_text},
    source::Spanned,
};

use super::{
    CallPlan, Planner,
    caller::{Caller, Role},
    coercion::Given,
    expr::{Expr, Uses},
    expression::Names,
    listed::ListedPlan,
    parameters::Needs,
    place::Place,
};

/// A list of which only what is needed is kept.
const LISTED: &str = "Kept<Listed>";

#[derive(Debug, Serialize)]
pub struct SandboxesPlan {
    pub doc: String,
    /// `mapping.yaml:27`
    pub origin: String,
    pub tagged: bool,
    pub traced: bool,
    pub calls: Vec<CallPlan>,
    pub owned: Option<ListedPlan>,
    pub made: Option<ListedPlan>,
    pub one: Option<ByIdPlan>,
    /// Where in the answer to that it is, as `.machine`; the answer itself is it, if there is none.
    pub item_of_one: Option<String>,
    /// What is asked of an `item` that is gone though it is described, if something is.
    pub except_of_one: Option<String>,
    /// The facts of a sandbox with which it is looked at.
    pub looks_by: Vec<String>,
    /// The facts of a sandbox with which it is ended and told how long to live.
    pub acts_by: Vec<String>,
    /// All facts that are told of one.
    pub tells: Vec<String>,
    /// Whether copies carry the tags of their parents.
    pub inherits: bool,
    /// What a sandbox says of itself, where some call describes one.
    pub described: Option<DescribedPlan>,
    /// Where a start gets the answer for a sandbox that it has started without being told: an `Option` of JSON.
    pub started: Option<&'static str>,
    /// The call that ends one.
    pub end: Option<ByIdPlan>,
    pub lifetime: Option<LifetimePlan>,
}

/// A call for one sandbox.
#[derive(Debug, Serialize)]
pub struct ByIdPlan {
    /// The name of the parameter for its id: `_` where it is called with facts alone.
    pub id: &'static str,
    /// `&cx, &id`
    pub arguments: &'static str,
}

impl ByIdPlan {
    fn of(call: &Call) -> Self {
        match Needs::of_call(call).id {
            true => Self {
                id: "id",
                arguments: "&cx, &id",
            },
            false => Self {
                id: "_",
                arguments: "&cx",
            },
        }
    }
}

/// The call that sets a lifetime, and what its answer says.
#[derive(Debug, Serialize)]
pub struct LifetimePlan {
    pub by: ByIdPlan,
    /// A status may say that the sandbox is gone.
    pub accepts: bool,
    /// Fields of the runtime's `Given`, if the answer is the sandbox.
    pub given: Option<Vec<String>>,
}

/// What each of them says of itself, read of `item`.
#[derive(Debug, Serialize)]
pub struct DescribedPlan {
    /// The name of the parameter for the call: `_` where nothing is read of it.
    pub cx: &'static str,
    /// Fields of the runtime's type.
    pub fields: Vec<String>,
    pub facts: Vec<String>,
    /// Facts that a look at one tells, and no list: a function of their own, if there are any.
    pub facts_of_one: Vec<String>,
    pub cx_of_one: &'static str,
}

impl Planner<'_> {
    pub fn sandboxes(&self, sandboxes: &Sandboxes) -> SandboxesPlan {
        let mut calls = Vec::new();
        let listings = [("owned", &sandboxes.owned), ("made", &sandboxes.made)];
        let [mut owned, made] = listings.map(|(name, list)| {
            let list = list.as_ref()?;
            calls.push(self.listing_call(list, "sandboxes", name));
            Some(self.listed(list, name, sandboxes.values()))
        });
        let mut call = |call: &Call, name, answer| calls.push(self.section_call(call, "sandboxes", name, answer));
        if let (Some(owned), Some(made)) = (&mut owned, &made) {
            owned.needed.extend(made.needed.iter().cloned());
        }
        if let Some(one) = &sandboxes.one {
            call(one, "one", "Value");
        }
        if let Some(end) = &sandboxes.end {
            call(end, "end", "()");
        }
        let lifetime = sandboxes.lifetime.as_ref().map(|lifetime| {
            call(&lifetime.set, "lifetime", "Value");
            self.lifetime(sandboxes, lifetime)
        });
        SandboxesPlan {
            doc: format!(
                "How the worker finds, looks at and ends what it owns, {}.",
                self.origin(sandboxes.span)
            ),
            origin: self.origin(sandboxes.span),
            tagged: sandboxes.owner.is_some(),
            traced: sandboxes.attempt.is_some(),
            calls,
            owned,
            made,
            one: sandboxes.one.as_ref().map(ByIdPlan::of),
            item_of_one: {
                let item = sandboxes.item_of_one.as_ref().and_then(Value::as_reference);
                item.map(|item| path_text(&item.path)).filter(|path| !path.is_empty())
            },
            except_of_one: (!sandboxes.except_of_one.is_empty())
                .then(|| self.states_of("item", &sandboxes.except_of_one, &RustType::Json)),
            looks_by: sandboxes.one.iter().flat_map(Call::facts).collect(),
            inherits: self
                .checked
                .mapping
                .functions
                .iter()
                .flat_map(|function| &function.steps)
                .any(|step| step.inherited.is_some()),
            tells: sandboxes.all_facts().map(|(name, _)| name.value.clone()).collect(),
            acts_by: {
                let set = sandboxes.lifetime.as_ref().map(|lifetime| &lifetime.set);
                let facts = sandboxes.end.iter().chain(set).flat_map(Call::facts);
                facts.collect::<BTreeSet<String>>().into_iter().collect()
            },
            described: sandboxes.are_described().then(|| self.described(sandboxes)),
            started: self.started(sandboxes),
            end: sandboxes.end.as_ref().map(ByIdPlan::of),
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
        let one = sandboxes
            .one
            .as_ref()
            .filter(|_| steps.any(|step| self.recovers(step)))?;
        Some(match one.accepts() {
            true => "call_one(&cx, &id).await",
            false => "call_one(&cx, &id).await.map(Some)",
        })
    }

    /// A call of `sandboxes` or `snapshots`, whose answer is taken as this type.
    pub fn section_call(&self, call: &Call, section: &'static str, name: &'static str, answer: &str) -> CallPlan {
        let caller = self.section_caller(call, section, name);
        self.plain_call(call, &caller, &Names::default(), answer, false)
    }

    /// A call that lists, or the one that asks for a page.
    pub fn listing_call(&self, list: &Listing, section: &'static str, name: &'static str) -> CallPlan {
        let caller = self.section_caller(&list.call, section, name);
        let headed = list.pages().is_some_and(|pages| pages.reads(&Root::Headers));
        self.plain_call(&list.call, &caller, &self.of_request(list), LISTED, headed)
    }

    fn section_caller(&self, call: &Call, section: &'static str, name: &'static str) -> Caller<'static> {
        let operation = self.checked.operation(call);
        Caller {
            role: Role::Call,
            name: name.to_owned(),
            function: section,
            step: name,
            doc: format!("`{}`, {}.", operation.label(), self.origin(call.operation.span)),
            creates: Vec::new(),
            tells: false,
        }
    }

    fn lifetime(&self, sandboxes: &Sandboxes, lifetime: &Lifetime) -> LifetimePlan {
        let names = of_each(Place::variable("item", RustType::Json));
        let given = || {
            let id = self.given(&sandboxes.id, &RustType::Text, &Given::Answer("id".to_owned()), &names);
            let id = id.map(RustType::Text.optional(), |id| quote!(Some(#id)));
            let fields = [self.field("id", id), self.lives(Some(lifetime), &names)];
            fields.map(|field| field.value().to_string()).to_vec()
        };
        LifetimePlan {
            by: ByIdPlan::of(&lifetime.set),
            accepts: lifetime.set.accepts(),
            given: self.checked.answers_lifetime.then(given),
        }
    }

    /// What a sandbox says of how long it lives.
    fn lives(&self, lifetime: Option<&Lifetime>, names: &Names) -> Expr {
        let Some(lifetime) = lifetime else {
            return self.field("lifetime", Expr::new(quote!(Lifetime::default()), RustType::Other));
        };
        let described = lifetime.described();
        let fields: Vec<Expr> = described
            .map(|(name, value)| self.field(name, self.told(value, &RustType::Json, names)))
            .collect();
        let rest = (fields.len() < 3).then(|| quote!(, ..Default::default()));
        let lives = Expr::join(
            fields,
            RustType::Other,
            |fields| quote!(Lifetime { #(#fields),* #rest }),
        );
        self.field("lifetime", lives)
    }

    fn described(&self, sandboxes: &Sandboxes) -> DescribedPlan {
        let names = of_item();
        let text = RustType::Text.optional();
        let mut fields = vec![
            self.field("id", self.id(&sandboxes.id, &names)),
            self.field("image", self.told(&sandboxes.image, &RustType::Text, &names)),
            self.field("started_at", self.told(&sandboxes.started_at, &RustType::Text, &names)),
        ];
        for (name, value) in [("owner", &sandboxes.owner), ("attempt", &sandboxes.attempt)] {
            let told = match value {
                Some(value) => self.told(value, &text, &names),
                None => Expr::new(quote!(None), text.clone()),
            };
            fields.push(self.field(name, told));
        }
        fields.push(self.lives(sandboxes.lifetime.as_ref(), &names));
        let fact = |(name, value): &(Spanned<String>, Value)| {
            let name = proc_macro2::Literal::string(&name.value);
            let told = self.told(value, &RustType::Json, &names);
            told.map(RustType::Other, |told| quote!((#name, #told)))
        };
        let plan = DescribedPlan::new(fields, sandboxes.facts.iter().map(fact).collect());
        plan.with_facts_of_one(sandboxes.facts_of_one.iter().map(fact).collect())
    }
}

impl DescribedPlan {
    pub fn new(fields: Vec<Expr>, facts: Vec<Expr>) -> Self {
        let reads_call = Uses::of(fields.iter().chain(&facts)).call;
        let text = |expressions: Vec<Expr>| expressions.iter().map(|part| part.value().to_string()).collect();
        Self {
            cx: if reads_call { "cx" } else { "_" },
            fields: text(fields),
            facts: text(facts),
            facts_of_one: Vec::new(),
            cx_of_one: "_",
        }
    }

    fn with_facts_of_one(self, facts: Vec<Expr>) -> Self {
        Self {
            cx_of_one: if Uses::of(&facts).call { "cx" } else { "_" },
            facts_of_one: facts.iter().map(|fact| fact.value().to_string()).collect(),
            ..self
        }
    }
}

/// The names where `$item` is any JSON, as a reference to it.
pub fn of_item() -> Names {
    of_each(Place::reference("item", RustType::Json))
}

/// The names where `$item` is at a place.
pub fn of_each(item: Place) -> Names {
    Names {
        item: Some(item),
        ..Names::default()
    }
}
