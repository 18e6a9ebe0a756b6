//! The places of an operation, filled with the inputs of a function.

use serde_json::Value;

use crate::{
    document::{Location, Operation},
    scalar::scalar,
};

use super::{
    inputs::{Given, synonyms},
    place::{Place, places, wanted},
    ranking::Candidates,
    scoring::noun_points,
};

/// Fills the places of an operation with the inputs of a function; `id` is the value that names the sandbox.
pub fn filled(candidates: &Candidates<'_>, operation: &Operation, function: &str, id: &str) -> (Vec<Place>, Given) {
    let mut places = places(candidates.document, operation);
    let is_shared = |place: &Place| {
        let mut shared = candidates.shared.iter();
        operation.api.is_none() && shared.any(|shared| shared.is(place.location, place.name()))
    };
    places.retain(|place| !is_shared(place));
    let mut given = Given::new();
    name_sandbox(operation, &mut places, id);
    for input in synonyms(function) {
        let called = |name: &&str| {
            places
                .iter()
                .position(|place| place.value.is_none() && (input.fits)(place) && place.is_called(name))
        };
        if let Some(at) = input.names.iter().find_map(called) {
            let (value, note) = (input.value)(&places[at], &mut given);
            places[at].value = Some(value);
            places[at].note = note.map(str::to_owned);
            given.insert(input.input);
        }
    }
    given.remove("");
    places.iter_mut().for_each(sole_value);
    (places, given)
}

/// The parameter that follows what sandboxes are called in the path, else the first that is called like the id of one.
fn name_sandbox(operation: &Operation, places: &mut [Place], id: &str) {
    const IDS: [&str; 8] = [
        "sandboxid",
        "sandboxidorname",
        "sandbox",
        "instanceid",
        "machineid",
        "devboxid",
        "vmid",
        "boxid",
    ];
    let item = item_of_sandboxes(&operation.path);
    let in_path = |place: &Place| place.location == Some(Location::Path) && item == Some(place.name());
    let called = |place: &Place| place.location.is_some() && IDS.iter().any(|name| place.is_called(name));
    let found = places.iter().position(in_path);
    if let Some(at) = found.or_else(|| places.iter().position(called)) {
        places[at].value = Some(id.to_owned());
    }
}

/// `/accounts/{account}/machines/{id}/files/{path}` has it in `id`: any other parameter is of something else.
fn item_of_sandboxes(path: &str) -> Option<&str> {
    let parameters = path.rmatch_indices("/{").filter_map(|(at, _)| {
        let (name, rest) = path[at + 2..].split_once('}')?;
        let whole = rest.is_empty() || rest.starts_with(['/', ':']);
        Some((noun_points(&path[..at]), name)).filter(|(points, _)| whole && *points > 0)
    });
    // Of equals the first.
    parameters.max_by_key(|(points, _)| *points).map(|(_, name)| name)
}

/// What must be given and can be one thing only, or is one thing where nothing else is said.
fn sole_value(place: &mut Place) {
    if !place.is_missing() {
        return;
    }
    if let Some([sole]) = place.ty.values.as_deref() {
        place.value = sole.as_str().map(scalar);
    } else if let Some(default) = place.default.as_ref().and_then(plain) {
        place.value = Some(default);
        place.note = Some(format!("{}; this is the document's default", wanted(&place.ty)));
    }
}

/// A default in YAML, where it is one word or number.
fn plain(default: &Value) -> Option<String> {
    match default {
        Value::String(text) if !text.starts_with('$') => Some(scalar(text)),
        Value::Number(_) | Value::Bool(_) => Some(default.to_string()),
        _ => None,
    }
}
