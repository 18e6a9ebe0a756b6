//! The places of an operation, filled with the inputs of a function.

use crate::document::{Document, Location, Operation};

use super::{
    inputs::{Given, wishes},
    place::{Place, places},
    words::{Segment, segments},
};

/// Fills the places of an operation with the inputs of a function; `id` is the value that names the sandbox.
pub fn filled(document: &Document, operation: &Operation, function: &str, id: &str) -> (Vec<Place>, Given) {
    let mut places = places(document, operation);
    let mut given = Given::new();
    name_sandbox(operation, &mut places, id);
    for wish in wishes(function) {
        let called = |name: &&str| {
            places
                .iter()
                .position(|place| place.value.is_none() && (wish.fits)(place) && place.is_called(name))
        };
        if let Some(at) = wish.names.iter().find_map(called) {
            let (value, note) = (wish.value)(&places[at], &mut given);
            places[at].value = Some(value);
            places[at].note = note.map(str::to_owned);
            given.insert(wish.input);
        }
    }
    given.remove("");
    places.iter_mut().for_each(sole_value);
    (places, given)
}

/// The one parameter of the path, else the first that is called like the id of a sandbox.
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
    let segments = segments(&operation.path);
    let parameters = segments.iter().filter(|segment| **segment == Segment::Parameter);
    let sole = parameters.count() == 1 && operation.api.is_none();
    let in_path = |place: &Place| place.location == Some(Location::Path);
    let found = places.iter_mut().find(|place| match sole {
        true => in_path(place),
        false => place.location.is_some() && IDS.iter().any(|name| place.is_called(name)),
    });
    if let Some(place) = found {
        place.value = Some(id.to_owned());
    }
}

/// What must be given and can be one thing only.
fn sole_value(place: &mut Place) {
    if let (true, Some([sole])) = (place.is_missing(), place.shape.values.as_deref()) {
        place.value = sole.as_str().map(crate::scalar::scalar);
    }
}
