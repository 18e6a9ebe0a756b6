//! An object of one key, where none is taken: it is written like an operator that there is not.

use crate::{
    diagnostic::{nearest, one_of},
    document::{Type, TypeKind},
    mapping::{Root, Value, ValueKind},
    operator::{self, Kind, OPERATORS, Operator},
};

/// What is wrong, and the operator that was meant or those that there are.
pub fn no_operator(value: &Value, wanted: &Type) -> Option<(String, String)> {
    let ValueKind::Object(entries) = &value.kind else {
        return None;
    };
    let ([(name, _)], false) = (entries.as_slice(), takes_objects(wanted)) else {
        return None;
    };
    let name = name.value.as_str();
    // A field of an `object` that is called as an operator is.
    if operator::find(name).is_some() {
        return None;
    }
    Some((format!("there is no operator `{name}`"), help(name, wanted)))
}

fn takes_objects(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Object(..) | TypeKind::Any => true,
        TypeKind::Union(arms) => arms.iter().any(takes_objects),
        _ => false,
    }
}

fn help(name: &str, wanted: &Type) -> String {
    if name == Root::Now.name() {
        return format!("the present moment is `$now`: write `{{rfc3339: ${name}}}` for it as text");
    }
    let fitting = OPERATORS.iter().filter(|operator| yields(operator, wanted));
    let names: Vec<&str> = fitting.map(|operator| operator.name).collect();
    let conversion = name.split_once("_to_");
    let near = match conversion {
        Some(units) => names.iter().copied().find(|known| converts(known, units)),
        None => names
            .iter()
            .copied()
            .find(|known| known.ends_with(&format!("_{name}")))
            .or_else(|| nearest(name, names.iter().copied())),
    };
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let kept = names
        .iter()
        .filter(|known| conversion.is_none() || known.contains("_to_"));
    one_of(kept.copied())
}

/// Units of time: one of them is never meant for another.
const UNITS: [&str; 8] = ["ns", "us", "ms", "secs", "mins", "hours", "days", "weeks"];

/// Whether an operator converts between units that are misspelt at most.
fn converts(known: &str, (from, to): (&str, &str)) -> bool {
    let is_meant = |given: &str, unit: &str| {
        given == unit || (!UNITS.contains(&given) && UNITS.contains(&unit) && nearest(given, UNITS) == Some(unit))
    };
    let units = known.split_once("_to_");
    units.is_some_and(|(own_from, own_to)| is_meant(from, own_from) && is_meant(to, own_to))
}

/// Whether what an operator yields may stand where a type is wanted.
fn yields(operator: &Operator, wanted: &Type) -> bool {
    match (&wanted.kind, operator.yields) {
        (_, Kind::Any | Kind::Same) => true,
        (TypeKind::Union(arms), _) => arms.iter().any(|arm| yields(operator, arm)),
        (TypeKind::String, kind) => kind == Kind::String,
        (TypeKind::Binary, kind) => kind == Kind::Base64,
        (TypeKind::Integer | TypeKind::Number, kind) => kind == Kind::Integer,
        (TypeKind::Boolean, kind) => kind == Kind::Boolean,
        (TypeKind::Array(_), kind) => matches!(kind, Kind::List | Kind::Integers | Kind::Texts | Kind::Words),
        _ => true,
    }
}
