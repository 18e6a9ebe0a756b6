//! What the mapping already says of parameters: which one names a sandbox, and which header carries the key.

use serde_json::Value;

use crate::{
    check::{collection, starts},
    document::{Location, Operation, Operations, Parameter},
    mapping::{Call, Mapping, Root, Segment, Value as Given},
    scalar::scalar,
};

#[derive(Default)]
pub struct Known {
    /// The beginnings of paths up to the parameter that names a sandbox: `/instance/{instance_id}`.
    sandboxes: Vec<String>,
    /// The header with the API key.
    key: String,
    /// The further APIs that the key does not go to.
    keyless: Vec<String>,
    /// The operation that ends a sandbox, as a call names it.
    end: Option<String>,
    /// Paths below which each sandbox has its own.
    collections: Vec<String>,
    /// The field by which a sandbox says its id.
    pub id: Option<String>,
    /// What a sandbox is, where a look tells it.
    pub sandbox: Option<Value>,
    pub tags: Option<Tags>,
    /// Whether there is a list by its owner's tag.
    pub lists: bool,
}

/// The tags by which what is started is found again.
pub struct Tags {
    /// The map that has them: `metadata`.
    pub within: String,
    /// `iii-owner: $config.owner, iii-attempt: $attempt`
    pub given: String,
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
            ..Self::of_sandboxes(mapping, operations)
        }
    }

    fn of_sandboxes(mapping: &Mapping, operations: &Operations) -> Self {
        let Some(section) = &mapping.sandboxes else {
            return Self::default();
        };
        let main = |call: &Call| {
            let (api, name) = call.target();
            operations
                .find(api, name)
                .filter(|_| api.is_none())
                .map(|index| &operations[index])
        };
        let called = [&section.one, &section.end].into_iter().flatten().filter_map(main);
        let one = section.one.as_ref().and_then(main);
        let end = section.end.as_ref().and_then(main);
        Self {
            end: end.map(Operation::label),
            collections: called.filter_map(|operation| collection(&operation.path)).collect(),
            id: field(&section.id),
            sandbox: one.and_then(|operation| operation.success.schema().cloned()),
            tags: section
                .owner
                .as_ref()
                .and_then(|owner| Tags::of(owner, section.attempt.as_ref())),
            lists: section.owned.is_some() && section.owner.is_some(),
            ..Self::default()
        }
    }

    /// Whether an operation starts a sandbox, by all that the mapping shows.
    pub fn starts(&self, operation: &Operation) -> bool {
        starts(operation, &self.collections)
    }

    /// Whether an operation ends the sandbox that it is given.
    pub fn ends(&self, operation: &Operation) -> bool {
        self.end.as_ref() == Some(&operation.label())
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

impl Tags {
    fn of(owner: &Given, attempt: Option<&Given>) -> Option<Self> {
        let [Segment::Field(within), Segment::Field(key)] = owner.as_reference()?.path.as_slice() else {
            return None;
        };
        let attempt = attempt.and_then(field);
        let attempt = attempt.map_or_else(String::new, |key| format!(", {}: $attempt", scalar(&key)));
        Some(Self {
            within: within.clone(),
            given: format!("{}: $config.owner{attempt}", scalar(key)),
        })
    }
}

/// The last field that a value names.
fn field(value: &Given) -> Option<String> {
    match value.as_reference()?.path.last()? {
        Segment::Field(name) => Some(name.clone()),
        Segment::Each => None,
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
