//! What the check hands on: the mapping, and everything that it has decided of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    contract::Signature,
    document::{Document, Operation, OperationId, Operations},
    mapping::{Call, CallId, Function, Kind, Mapping, Pages, Sandboxes, Segment, Value},
};

use super::{
    PositionKind, Use,
    inputs::{IDLE, used_facts, used_inputs},
};

/// The operation that each call of a mapping names.
pub type Calls = BTreeMap<CallId, OperationId>;

/// What is used of each operation.
pub type Uses = BTreeMap<OperationId, Use>;

/// By where an `undo` names what a call has made: the path from the call's answer to one such thing that is shown with
/// its tags. It goes through a list by `[*]` at its end, or not at all.
pub type Shown = BTreeMap<usize, Vec<Segment>>;

/// Of a call that polls: the kind of thing that it looks at, and the path parameter that says which.
pub type Identified = BTreeMap<CallId, (Kind, String)>;

/// By where a mapping says how a list goes on: what the position of a page is.
pub type Positions = BTreeMap<usize, PositionKind>;

/// Where an `undo` names ids of which some may be absent: of what has not been made.
pub type Partial = BTreeSet<usize>;

/// A mapping that holds, and what the check has decided of it: later stages read that and look nothing up by name.
#[derive(Debug)]
pub struct Resolved {
    pub mapping: Mapping,
    pub document: Document,
    pub operations: Operations,
    pub uses: Uses,
    /// Whether the answer to `sandboxes.lifetime.set` is the sandbox.
    pub answers_lifetime: bool,
    pub(super) calls: Calls,
    /// In the mapping's order.
    pub(super) functions: Vec<Interface>,
    pub(super) shown: Shown,
    pub(super) identified: Identified,
    pub(super) positions: Positions,
    pub(super) partial: Partial,
}

/// What a function takes and answers, and what it needs of that.
#[derive(Debug)]
pub struct Interface {
    pub signature: Signature,
    /// The inputs that its typed input has: those that it uses, and those that the runtime looks at. A function that is
    /// written in Rust, or served by the runtime, has all of them.
    pub inputs: Vec<String>,
    /// The facts of its sandbox that a look at it can tell and that it uses. A function that is written in Rust may use
    /// all of them.
    pub facts: Vec<String>,
    /// Whether a caller says to it how long what it starts may idle.
    pub idles: bool,
    /// The name by which a configuration asks for it, where a worker has it only then.
    pub optional: Option<String>,
}

impl Resolved {
    /// Each function of the mapping with its interface.
    pub fn functions(&self) -> impl Iterator<Item = (&Function, &Interface)> {
        self.mapping.functions.iter().zip(&self.functions)
    }

    /// The operation that a call names.
    pub fn operation(&self, call: &Call) -> &Operation {
        &self.operations[self.operation_id(call)]
    }

    pub fn operation_id(&self, call: &Call) -> OperationId {
        self.calls[&call.id]
    }

    /// The operations in use, each with what is used of it.
    pub fn used(&self) -> impl Iterator<Item = (&Operation, &Use)> {
        self.uses.iter().map(|(id, used)| (&self.operations[*id], used))
    }

    /// Where an answer shows what its call has made, with the tags by which that is known for the call's own; `ids` is
    /// what names it in an `undo`.
    pub fn shown(&self, ids: &Value) -> Option<&[Segment]> {
        self.shown.get(&ids.span.start).map(Vec::as_slice)
    }

    /// Whether some of the ids may be absent that an `undo` names.
    pub fn may_lack_some(&self, ids: &Value) -> bool {
        self.partial.contains(&ids.span.start)
    }

    /// What the position of a page is.
    pub fn position(&self, pages: &Pages) -> PositionKind {
        self.positions[&pages.span.start]
    }

    /// What a poll looks at, if its answer says which one that is: the kind, and the path parameter with its id.
    pub fn identified(&self, poll: &Call) -> Option<(Kind, &str)> {
        let found = self.identified.get(&poll.id);
        found.map(|(kind, parameter)| (*kind, parameter.as_str()))
    }
}

impl Interface {
    pub(super) fn of(function: &Function, signature: Signature, mapping: &Mapping) -> Self {
        let all = function.hook.is_some() || function.is_served();
        let mut inputs = if all {
            signature.inputs().map(str::to_owned).collect()
        } else {
            used_inputs(function)
        };
        for name in ["sandbox_id", "image"] {
            if signature.requires(name) && !inputs.iter().any(|known| known == name) {
                inputs.push(name.to_owned());
            }
        }
        let by = function.via.as_ref();
        let by = by.and_then(|via| mapping.functions.iter().find(|mapped| mapped.name.value == via.value));
        let acts = by.unwrap_or(function);
        let used = used_facts(acts);
        let kept = mapping.sandboxes.iter().flat_map(Sandboxes::all_facts);
        let kept = kept.map(|(name, _)| name.value.clone());
        Self {
            idles: signature.takes(IDLE) && inputs.iter().any(|name| name == IDLE),
            facts: kept.filter(|name| acts.hook.is_some() || used.contains(name)).collect(),
            inputs,
            optional: optional(function, &signature),
            signature,
        }
    }
}

/// What is served via another function is asked for together with its like: `fs` for `fs::read`.
fn optional(function: &Function, signature: &Signature) -> Option<String> {
    let name = &signature.name;
    let like = || name.split("::").next().unwrap_or(name).to_owned();
    match function.via {
        Some(_) => Some(like()),
        None => signature.optional.then(|| name.clone()),
    }
}
