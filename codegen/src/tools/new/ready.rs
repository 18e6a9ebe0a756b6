//! What follows the call that starts a sandbox: waiting until it is ready, where the document says what states there are,
//! or a look at it, where the first answer does not say all.

use crate::{
    document::{Document, Operation, Type, TypeKind},
    naming::letters,
    scalar::{in_flow, scalar},
};

use super::{
    answer::{Sought, find, type_of},
    filling,
    output::{SANDBOX_ID, STARTED_AT},
    place,
    ranking::Candidates,
    text::indented,
};

const READY: [&str; 7] = [
    "ready",
    "running",
    "started",
    "active",
    "available",
    "online",
    "deployed",
];
const FAILED: [&str; 8] = [
    "error",
    "fail",
    "destroyed",
    "terminated",
    "deleted",
    "dead",
    "crashed",
    "killed",
];

/// A step after the one that starts.
pub struct Ready {
    /// Below the step's name, without indentation.
    pub lines: Vec<String>,
    /// What the last look answers.
    pub answer: Type,
}

impl Ready {
    /// `None` if it is not needed, or if no operation looks at one sandbox.
    pub fn of(document: &Document, candidates: &Candidates<'_>, start: &Operation) -> Option<Self> {
        let started = type_of(document, start)?;
        let one = candidates.of("one").best?;
        let answer = type_of(document, one)?;
        let says = |answer: &Type, sought: &Sought<'_>| find(document, answer, "$start", sought).always();
        let id = says(&started, &SANDBOX_ID)?;
        let (places, _) = filling::filled(candidates, one, "one", &id);
        let mut lines = vec![format!("call: {}", scalar(&one.label()))];
        lines.extend(place::lines(one, &places));
        match states(document, &answer) {
            Some(states) => lines.extend(poll(&states)),
            // Enough is known from the first answer.
            None if says(&started, &STARTED_AT).is_some() || says(&answer, &STARTED_AT).is_none() => return None,
            None => {}
        }
        Some(Self { lines, answer })
    }
}

/// The field that tells the state, and values of it in YAML.
struct States {
    field: String,
    good: String,
    /// Final, and not good.
    bad: String,
}

fn poll(states: &States) -> Vec<String> {
    let States { field, good, bad } = states;
    let lines = [
        format!("until: {{{field}: [{good}]}}"),
        format!("fail: {{{field}: [{bad}]}}"),
        "every: [200ms, 2s]".to_owned(),
        "within: $config.ready_timeout_secs".to_owned(),
    ];
    std::iter::once("poll:".to_owned()).chain(indented(2, lines)).collect()
}

/// The states of the answer, or of an object in it, such as `sandbox.status`.
fn states(document: &Document, answer: &Type) -> Option<States> {
    let own = states_of(document, answer);
    own.or_else(|| {
        let names = answer.property_names().into_iter();
        let mut plain = names.filter(|name| !name.contains(['.', '[']));
        plain.find_map(|name| {
            let (schema, _) = answer.property(&name)?;
            let within = states_of(document, &document.type_of(&schema))?;
            let field = format!("{name}.{}", within.field);
            Some(States { field, ..within })
        })
    })
}

fn states_of(document: &Document, answer: &Type) -> Option<States> {
    let TypeKind::Object(properties, _) = &answer.kind else {
        return None;
    };
    let field = properties
        .keys()
        .find(|name| ["state", "status"].contains(&name.as_str()))?;
    let (schema, _) = answer.property(field)?;
    let values = document.type_of(&schema).values?;
    let values: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let those = |of: &dyn Fn(&str) -> bool| {
        let found = values.iter().filter(|value| of(&letters(value)));
        found.map(|value| in_flow(value)).collect::<Vec<_>>().join(", ")
    };
    let good = those(&|value| READY.contains(&value));
    let bad = those(&|value| FAILED.iter().any(|word| value.contains(word)));
    let field = field.clone();
    (!good.is_empty() && !bad.is_empty()).then_some(States { field, good, bad })
}
