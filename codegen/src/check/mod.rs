//! The mapping held against document and contract.
//!
//! Every mistake is reported where it was written. What comes out is [`Checked`]: the mapping again, with the operations
//! it names found, the signature of each function, and what of each operation is used.

mod calls;
mod capabilities;
mod choices;
mod collisions;
mod config;
mod ends;
mod facts;
mod found;
mod functions;
mod inputs;
mod lifetime;
mod listings;
mod literals;
mod lookup;
mod notes;
mod operators;
mod outcomes;
mod pages;
mod parameters;
mod paths;
mod polls;
mod provenance;
mod sandboxes;
mod scope;
mod served;
mod servers;
mod signature;
mod slots;
mod snapshots;
mod starts;
mod steps;
mod tags;
mod types;
mod units;
mod uses;
mod values;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

pub use inputs::{IDLE, used_facts, used_inputs};
pub use lookup::find;
pub use types::{Typed, alike};
pub use uses::{BodyUse, Reads, Sent, Use};

use crate::{
    contract::{Contract, Signature},
    diagnostic::{Code, Sink},
    document::{Document, Operation, Type},
    mapping::{Call, Kind, Mapping, Reader, Segment, Value},
    naming::is_word,
    source::Span,
};

/// A mapping that holds, with what it relies on.
#[derive(Debug)]
pub struct Checked {
    pub mapping: Mapping,
    pub document: Document,
    pub operations: Vec<Operation>,
    pub signatures: Vec<Signature>,
    /// By index into `operations`.
    pub uses: BTreeMap<usize, Use>,
    shown: Shown,
    identified: Identified,
    /// Whether the answer to `sandboxes.lifetime.set` is the sandbox.
    pub answers_lifetime: bool,
}

/// By where an `undo` names what a call has made: the path from the call's answer to one such thing that is shown with
/// its tags. It goes through a list by `[*]` at its end, or not at all.
type Shown = BTreeMap<usize, Vec<Segment>>;

/// By where a poll names its operation: the kind of thing that it looks at, and the path parameter that says which.
type Identified = BTreeMap<usize, (Kind, String)>;

impl Checked {
    /// Where an answer shows what its call has made, with the tags by which that is known for the call's own; `ids` is
    /// what names it in an `undo`.
    pub fn shown(&self, ids: &Value) -> Option<&[Segment]> {
        self.shown.get(&ids.span.start).map(Vec::as_slice)
    }

    /// What a poll looks at, if its answer says which one that is: the kind, and the path parameter with its id.
    pub fn identified(&self, poll: &Call) -> Option<(Kind, &str)> {
        let found = self.identified.get(&poll.operation.span.start);
        found.map(|(kind, parameter)| (*kind, parameter.as_str()))
    }

    /// The operation that a call names; the check has found it.
    pub fn operation(&self, call: &Call) -> (usize, &Operation) {
        let (api, name) = call.target();
        let index = find(&self.operations, api, name).unwrap_or_default();
        (index, &self.operations[index])
    }

    /// Index of the operation and its use.
    pub fn used(&self) -> impl Iterator<Item = (&Operation, &Use)> {
        self.uses.iter().map(|(index, used)| (&self.operations[*index], used))
    }
}

pub fn check(mut mapping: Mapping, document: Document, contract: &Contract, sink: &mut Sink) -> Checked {
    let operations = document.operations();
    let source = mapping.source.clone();
    let reader = Reader::new(&source);
    served::add(&mut mapping, contract, &reader);
    let mut checker = Checker {
        reader: &reader,
        mapping: &mapping,
        document: &document,
        contract,
        operations: &operations,
        uses: BTreeMap::new(),
        shown: Shown::new(),
        identified: Identified::new(),
        facts: BTreeMap::new(),
        firsts: Vec::new(),
        looks: Vec::new(),
        reported: RefCell::default(),
        configured: RefCell::default(),
        answers_lifetime: false,
    };
    checker.provider();
    checker.config_keys();
    let before = reader.found();
    checker.sandboxes();
    let sound = reader.found() == before;
    checker.snapshots();
    let signatures = checker.functions();
    checker.passed_on();
    checker.read_of_looks();
    checker.uncalled_servers();
    // What is wrong with the call itself may be why it asks for something else.
    if sound {
        checker.listed_by_owner();
    }
    checker.capabilities();
    checker.collisions();
    // What could not be read may have read it.
    if sink.is_empty() {
        checker.unread_config();
    }
    let (uses, shown, identified) = (checker.uses, checker.shown, checker.identified);
    let answers_lifetime = checker.answers_lifetime;
    sink.extend(reader.finish());
    Checked {
        mapping,
        document,
        operations,
        signatures,
        uses,
        shown,
        identified,
        answers_lifetime,
    }
}

struct Checker<'a> {
    reader: &'a Reader,
    mapping: &'a Mapping,
    document: &'a Document,
    contract: &'a Contract,
    operations: &'a [Operation],
    uses: BTreeMap<usize, Use>,
    shown: Shown,
    identified: Identified,
    /// What is kept of each sandbox, with its type.
    facts: BTreeMap<String, Type>,
    /// What the polls begin with.
    firsts: Vec<polls::First>,
    /// Operations, each with the look whose answer may take its answer's place.
    looks: Vec<(usize, usize)>,
    /// Constructs of the document that have been named.
    reported: RefCell<BTreeSet<String>>,
    /// The configuration keys that are read.
    configured: RefCell<BTreeSet<String>>,
    answers_lifetime: bool,
}

impl Checker<'_> {
    fn problem(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.reader.problem(code, span, message, help);
    }

    fn provider(&self) {
        let name = &self.mapping.provider;
        if !is_word(&name.value.replace('-', "_")) {
            let message = format!("`{}` cannot name a provider", name.value);
            self.problem(
                Code::InvalidName,
                name.span,
                message,
                "use lower case letters, digits, `-` and `_`, a letter first",
            );
        }
        self.servers();
        self.rules(&self.mapping.codes, &[]);
    }
}
