//! The mapping held against document and contract.
//!
//! Every mistake is reported where it was written. What comes out is [`Resolved`]: the mapping with the
//! operation of each call, the signature of each function, and what of each operation is used.

mod absence;
mod alternatives;
mod calls;
mod capabilities;
mod choices;
mod collisions;
mod combinations;
mod conditions;
mod config;
mod doubtful;
mod encodings;
mod ends;
mod examples;
mod facts;
mod follow_ups;
mod found;
mod functions;
mod inputs;
mod lifetime;
mod listings;
mod literals;
mod made;
mod no_operator;
mod notes;
mod offered;
mod operations;
mod operators;
mod outcomes;
mod paged;
mod pages;
mod parameters;
mod paths;
mod places;
mod polls;
mod programs;
mod provenance;
mod resolved;
mod samples;
mod sandboxes;
mod saves;
mod schemes;
mod scope;
mod segments;
mod served;
mod servers;
mod shared;
mod signature;
mod slots;
mod snapshots;
mod started;
mod starts;
mod statuses;
mod step_pages;
mod steps;
mod streams;
mod tags;
mod types;
mod units;
mod unread;
mod uses;
mod values;
mod via;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

pub use config::is_config_key;
pub use inputs::IDLE;
pub use paged::Paged;
pub use pages::PositionKind;
use resolved::{Calls, Identified, Partial, Positions, Shown, Uses};
pub use resolved::{Interface, Resolved};
pub use shared::give as share;
pub use started::{collection, starts};
pub use types::{Typed, alike};
pub use uses::{BodyUse, Reads, Sent, Use};
pub use via::line_bytes;

use crate::{
    contract::Contract,
    diagnostic::{Code, Report, Sink},
    document::{Document, OperationId, Operations, Type},
    mapping::{Mapping, Reader},
    naming::is_word,
    source::Span,
};

/// Holds a mapping against document and contract, and decides what later stages rely on.
///
/// # Errors
/// All that is wrong, with what `sink` has from the reading.
pub fn check(
    mut mapping: Mapping,
    document: Document,
    contract: &Contract,
    mut sink: Sink,
) -> Result<Resolved, Report> {
    let operations = document.operations();
    let source = mapping.source.clone();
    let unread = sink.places().filter(|(of, _)| of.name == source.name);
    let unread = unread.map(|(_, span)| span).collect();
    let reader = Reader::new(&source);
    served::add(&mut mapping, contract, &reader);
    let beside = examples::give(&mut mapping);
    shared::give(&mut mapping, &document, &operations, &reader);
    schemes::settle(&mut mapping, &document, &reader);
    let mut checker = Checker {
        reader: &reader,
        mapping: &mapping,
        document: &document,
        contract,
        operations: &operations,
        calls: Calls::new(),
        uses: BTreeMap::new(),
        shown: Shown::new(),
        identified: Identified::new(),
        positions: Positions::new(),
        partial: Partial::new(),
        facts: BTreeMap::new(),
        firsts: Vec::new(),
        looks: Vec::new(),
        unread,
        absences: BTreeMap::new(),
        reported: RefCell::default(),
        configured: RefCell::default(),
        answers_lifetime: false,
    };
    checker.find_operations();
    checker.provider();
    checker.config_keys();
    let before = reader.found();
    checker.sandboxes();
    checker.follow_ups(before, mapping.is_broken("sandboxes"));
    let sound = reader.found() == before;
    checker.snapshots();
    let signatures = checker.functions();
    checker.passed_on();
    checker.read_of_looks();
    checker.uncalled_servers();
    checker.stale();
    // What is wrong with the call itself may be why it asks for something else.
    if sound {
        checker.listed_by_owner();
    }
    if !mapping.is_broken("capabilities") {
        checker.capabilities();
    }
    checker.collisions();
    // What an example is an example of has to be sound first.
    if sink.is_empty() && reader.found() == 0 {
        checker.examples(beside.as_ref().unwrap_or(&reader));
    }
    // What could not be read may have read it.
    if sink.is_empty() {
        checker.unread_config();
    }
    let Checker {
        uses,
        shown,
        identified,
        positions,
        partial,
        calls,
        answers_lifetime,
        ..
    } = checker;
    sink.extend(reader.finish());
    // An example of what is broken may be broken by that.
    if let Some(beside) = beside.filter(|_| sink.is_empty()) {
        sink.extend(beside.finish());
    }
    sink.gate()?;
    let functions = mapping.functions.iter().zip(signatures);
    Ok(Resolved {
        functions: functions
            .map(|(function, signature)| Interface::of(function, signature, &mapping))
            .collect(),
        mapping,
        document,
        operations,
        calls,
        uses,
        shown,
        identified,
        positions,
        partial,
        answers_lifetime,
    })
}

struct Checker<'a> {
    reader: &'a Reader,
    mapping: &'a Mapping,
    document: &'a Document,
    contract: &'a Contract,
    operations: &'a Operations,
    calls: Calls,
    uses: Uses,
    shown: Shown,
    identified: Identified,
    positions: Positions,
    partial: Partial,
    /// What is kept of each sandbox, with its type.
    facts: BTreeMap<String, Type>,
    /// What the polls begin with.
    firsts: Vec<polls::First>,
    /// Operations, each with the look whose answer may take its answer's place.
    looks: Vec<(OperationId, OperationId)>,
    /// Where the mapping could not be read.
    unread: Vec<Span>,
    /// By where it stands: why a reference may lead to nothing, where that is for the mapping to say.
    absences: BTreeMap<usize, &'static str>,
    /// What is told once, however often it is met.
    reported: RefCell<BTreeSet<String>>,
    /// The configuration keys that are read.
    configured: RefCell<BTreeSet<String>>,
    answers_lifetime: bool,
}

impl Checker<'_> {
    fn problem(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.reader.problem(code, span, message, help);
    }

    fn provider(&mut self) {
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
        let mapping = self.mapping;
        self.rules(&mapping.codes, None);
    }
}
