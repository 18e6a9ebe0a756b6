//! Parameters that a mapping gives to every call of an API.

use std::collections::BTreeSet;

use crate::{
    diagnostic::Code,
    document::{Document, Location, Operations},
    mapping::{Call, Mapping, Reader, Shared},
};

use super::parameters::by_auth;

/// The parameters of one API.
struct OfApi {
    /// `None`: the main API.
    name: Option<String>,
    shared: Shared,
    is_called: bool,
    /// Where those stand that some operation takes.
    taken: BTreeSet<usize>,
}

/// Gives what an API shares to the calls whose operations take it and that do not give it themselves; what no call takes is
/// a mistake.
pub fn give(mapping: &mut Mapping, document: &Document, operations: &Operations, reader: &Reader) {
    let further = mapping.apis.iter();
    let further = further.map(|api| OfApi::new(Some(api.name.value.clone()), &api.shared));
    let mut apis: Vec<OfApi> = std::iter::once(OfApi::new(None, &mapping.api.shared))
        .chain(further)
        .collect();
    mapping.change_calls(&mut |call| {
        let name = call.target().0.map(str::to_owned);
        if let Some(api) = apis.iter_mut().find(|api| api.name == name) {
            api.give(call, operations);
        }
    });
    for api in apis.iter().filter(|api| api.is_called) {
        api.untaken(document, reader);
    }
}

impl OfApi {
    fn new(name: Option<String>, shared: &Shared) -> Self {
        Self {
            name,
            shared: shared.clone(),
            is_called: false,
            taken: BTreeSet::new(),
        }
    }

    fn give(&mut self, call: &mut Call, operations: &Operations) {
        let (api, name) = call.target();
        let Some(id) = operations.find(api, name) else { return };
        self.is_called = true;
        let operation = &operations[id];
        let places = [
            (Location::Path, &self.shared.path, &mut call.path),
            (Location::Query, &self.shared.query, &mut call.query),
            (Location::Header, &self.shared.header, &mut call.header),
        ];
        for (location, shared, given) in places {
            for (name, value) in shared {
                let Some(parameter) = operation.called(location, &name.value) else {
                    continue;
                };
                self.taken.insert(name.span.start);
                if !given.iter().any(|(name, _)| parameter.is_called(&name.value)) {
                    given.push((name.clone(), value.clone()));
                }
            }
        }
    }

    fn untaken(&self, document: &Document, reader: &Reader) {
        let places = [
            (Location::Path, "path parameter", &self.shared.path),
            (Location::Query, "query parameter", &self.shared.query),
            (Location::Header, "header", &self.shared.header),
        ];
        for (location, what, shared) in places {
            let untaken = shared.iter().filter(|(name, _)| !self.taken.contains(&name.span.start));
            for (name, _) in untaken {
                let message = format!("no call of this API takes the {what} `{}`", name.value);
                let api = self.name.as_deref();
                let help = match document.scheme_at(api, location, &name.value) {
                    Some(scheme) => by_auth(api, scheme),
                    None => "if the document leaves it out, add it in the overlay; else remove it here".to_owned(),
                };
                reader.problem(Code::NoEffect, name.span, message, help);
            }
        }
    }
}
