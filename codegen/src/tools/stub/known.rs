//! What the mapping already says of parameters: which one names a sandbox, and which header carries the key.

use crate::{
    document::{Location, Operation, Operations, Parameter},
    mapping::{Call, Mapping, Root},
};

#[derive(Default)]
pub struct Known {
    /// The beginnings of paths up to the parameter that names a sandbox: `/instance/{instance_id}`.
    sandboxes: Vec<String>,
    /// The header with the API key.
    key: String,
    /// The further APIs that the key does not go to.
    keyless: Vec<String>,
}

impl Known {
    pub fn of(mapping: &Mapping, operations: &Operations) -> Self {
        let sandboxes = mapping.sandboxes.iter();
        let calls = sandboxes
            .flat_map(|sandboxes| [&sandboxes.one, &sandboxes.end])
            .flatten();
        let keyless = mapping.apis.iter().filter(|api| !api.keyed);
        Self {
            sandboxes: calls.flat_map(|call| named(call, operations)).collect(),
            key: mapping.api.auth.header.clone(),
            keyless: keyless.map(|api| api.name.value.clone()).collect(),
        }
    }

    /// Whether the worker itself gives it.
    pub fn is_key(&self, operation: &Operation, parameter: &Parameter) -> bool {
        let keyless = operation.api.as_ref().is_some_and(|api| self.keyless.contains(api));
        parameter.location == Location::Header && parameter.is_called(&self.key) && !keyless
    }

    /// Whether it is the id of a sandbox, in the path of an operation of the main API.
    pub fn is_sandbox(&self, operation: &Operation, parameter: &Parameter) -> bool {
        let begins = |to: &String| {
            let same = beginning(&operation.path, &parameter.name);
            same.as_ref() == Some(to)
        };
        parameter.location == Location::Path && operation.api.is_none() && self.sandboxes.iter().any(begins)
    }
}

/// The beginnings of a call's path up to what it gives the sandbox's id to.
fn named(call: &Call, operations: &Operations) -> Vec<String> {
    let (api, name) = call.target();
    let Some(index) = operations.find(api, name).filter(|_| api.is_none()) else {
        return Vec::new();
    };
    let ids = call
        .path
        .iter()
        .filter(|(_, value)| value.as_reference().is_some_and(|reference| reference.root == Root::Id));
    ids.filter_map(|(name, _)| beginning(&operations[index].path, &name.value))
        .collect()
}

fn beginning(path: &str, parameter: &str) -> Option<String> {
    let braced = format!("{{{parameter}}}");
    let at = path.find(&braced)?;
    Some(path[..at + braced.len()].to_owned())
}
