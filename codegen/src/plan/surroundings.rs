//! What the runtime is told of a function beside its handler: which sandbox it is about, which slots it takes or frees, what
//! it remembers.

use quote::quote;
use serde::Serialize;

use crate::{
    check::{IDLE, Interface},
    client::RustType,
    mapping::{Function, Kind, SlotRule, Value},
    source::Spanned,
};

use super::{
    Planner,
    expr::{Expr, Uses},
    expression::Names,
    literal,
};

/// What is remembered of the sandboxes that start.
#[derive(Debug, Serialize)]
pub struct FactsPlan {
    pub doc: String,
    /// How the parameters are named: `_` for one that is not used.
    pub cx: String,
    pub input: String,
    /// `("fact", value)`
    pub facts: Vec<String>,
}

impl Planner<'_> {
    /// What the runtime does around the handler.
    pub fn traits(&self, function: &Function, interface: &Interface) -> Vec<String> {
        let signature = &interface.signature;
        let mut traits = Vec::new();
        if function.steps.is_empty() && function.hook.is_none() && !function.is_served() {
            traits.push(".offline()".to_owned());
        }
        if function.via.is_some() {
            traits.push(".by_programs()".to_owned());
        }
        if signature.requires("sandbox_id") {
            traits.push(".acts_on(|input| &input.sandbox_id)".to_owned());
            traits.extend(needed(&interface.facts));
        }
        if signature.requires("image") {
            traits.push(".starts_from(|input| &input.image)".to_owned());
        }
        match &function.slots {
            Some(SlotRule::Take(count)) => {
                if interface.idles {
                    traits.push(format!(".idles(|input| value::fit(input.{IDLE}))"));
                }
                let names = self.at_the_start(interface);
                let count = self.told(count, &RustType::Natural.optional(), &names);
                let reads = Uses::named(count.uses.input, "input");
                traits.push(format!(".takes(|{reads}| {})", count.value()));
                let ids = if signature.answers("sandbox_ids") {
                    "output.sandbox_ids.clone()"
                } else {
                    "vec![output.sandbox_id.clone()]"
                };
                traits.push(format!(".started(|output| {ids})"));
            }
            Some(SlotRule::Free(_)) => traits.push(".releases_slot()".to_owned()),
            Some(SlotRule::None(_)) | None => {}
        }
        if function.steps.iter().any(|step| step.creates(Kind::Snapshot)) {
            traits.push(".creates()".to_owned());
        }
        if self.refusals(function, &self.at_the_start(interface)).is_some() {
            traits.push(".refuses(refuse)".to_owned());
        }
        if !function.remember.is_empty() {
            traits.push(".remembers(facts)".to_owned());
        }
        traits
    }

    /// `("fact", value)` of each.
    pub fn facts(&self, facts: &[(Spanned<String>, Value)], names: &Names) -> Vec<Expr> {
        let fact = |(name, value): &(Spanned<String>, Value)| {
            let name = proc_macro2::Literal::string(&name.value);
            let value = self.value(value, names).json();
            value.map(RustType::Other, |value| quote!((#name, #value)))
        };
        facts.iter().map(fact).collect()
    }

    pub fn remembered(&self, function: &Function, names: &Names) -> Option<FactsPlan> {
        let facts = self.facts(&function.remember, names);
        let uses = Uses::of(&facts);
        (!facts.is_empty()).then(|| FactsPlan {
            doc: format!(
                "What is kept of the sandboxes that it starts, {}.",
                self.origin(
                    function
                        .remember
                        .first()
                        .map_or(function.name.span, |(name, _)| name.span)
                )
            ),
            cx: Uses::named(uses.call, "cx"),
            input: Uses::named(uses.input, "input"),
            facts: facts.iter().map(|fact| fact.value().to_string()).collect(),
        })
    }
}

/// The facts that a look at the function's sandbox has to tell.
fn needed(facts: &[String]) -> Option<String> {
    let names: Vec<String> = facts.iter().map(|name| literal(name)).collect();
    (!names.is_empty()).then(|| format!(".needs(&[{}])", names.join(", ")))
}
