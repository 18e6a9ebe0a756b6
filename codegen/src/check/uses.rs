//! What of each operation the mapping uses; everything else is pruned.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::{
    document::{Location, Operation, Parameter},
    mapping::Segment,
    naming::letters,
    source::Span,
};

#[derive(Clone, Debug, Default)]
pub struct Use {
    /// Where the mapping first calls it.
    pub place: Option<Span>,
    /// The calls that give it no body, though it takes one.
    pub without_body: Vec<Span>,
    pub query: BTreeSet<String>,
    pub header: BTreeSet<String>,
    /// Parameters of the path that are given several segments.
    pub segments: BTreeSet<String>,
    /// Keys given to each parameter that is an object.
    pub keys: BTreeMap<String, BTreeSet<String>>,
    pub body: Option<BodyUse>,
    pub reads: Reads,
    /// Whether its answer is read as a stream of events.
    pub streamed: bool,
    /// What is read of each event of such a stream.
    pub events: Reads,
}

impl Use {
    /// The parameters that are given somewhere: an object that is spread is one for each key.
    pub fn parameters<'o>(&self, operation: &'o Operation) -> Vec<Sent<'o>> {
        let mut sent = Vec::new();
        for parameter in &operation.parameters {
            let name = &parameter.name;
            let given = match parameter.location {
                Location::Path => true,
                Location::Query => self.query.contains(name),
                Location::Header => self.header.contains(name),
                Location::Cookie => false,
            };
            if parameter.spread.is_some() {
                let keys = self.keys.get(name).into_iter().flatten();
                sent.extend(keys.map(|key| Sent::of(parameter, Some(key))));
            } else if given {
                sent.push(Sent::of(parameter, None));
            }
        }
        self.name(&mut sent);
        sent
    }

    /// The client has one argument for names that differ in case, punctuation or place only, and none for those without
    /// letters: such parameters are called otherwise there.
    fn name(&self, sent: &mut [Sent<'_>]) {
        let mut taken: BTreeSet<String> = self.body.iter().map(|_| "body".to_owned()).collect();
        for sent in sent {
            let plain = letters(&sent.wire);
            let is_named = plain.starts_with(|c: char| c.is_ascii_alphabetic());
            if is_named && taken.insert(plain.clone()) {
                continue;
            }
            let base = format!("{}_{plain}", sent.parameter.location.name());
            let names = (1..).map(|n| if n == 1 { base.clone() } else { format!("{base}_{n}") });
            let free = names.into_iter().find(|name| taken.insert(letters(name)));
            sent.argument = free.unwrap_or(base);
        }
    }
}

/// A parameter as it is sent.
#[derive(Debug)]
pub struct Sent<'o> {
    pub parameter: &'o Parameter,
    /// Of an object that is spread.
    pub key: Option<String>,
    /// What it is called in the request.
    pub wire: String,
    /// What the client calls it.
    pub argument: String,
}

impl<'o> Sent<'o> {
    fn of(parameter: &'o Parameter, key: Option<&String>) -> Self {
        let wire = key.map_or_else(|| parameter.name.clone(), |key| parameter.name_of(key));
        Self {
            parameter,
            key: key.cloned(),
            argument: wire.clone(),
            wire,
        }
    }
}

/// Which fields of a body are written.
#[derive(Clone, Debug)]
pub enum BodyUse {
    /// Given as one value.
    Whole,
    /// Given as null somewhere, which says more than to leave it out: in a merge patch it removes something.
    Null,
    Fields(IndexMap<String, BodyUse>),
}

impl BodyUse {
    pub fn merge(&mut self, other: BodyUse) {
        match (&mut *self, other) {
            (BodyUse::Fields(mine), BodyUse::Fields(theirs)) => {
                for (name, used) in theirs {
                    match mine.get_mut(&name) {
                        Some(existing) => existing.merge(used),
                        None => {
                            mine.insert(name, used);
                        }
                    }
                }
            }
            (BodyUse::Null, _) | (_, BodyUse::Null) => *self = BodyUse::Null,
            // A body that is one value somewhere must be taken as it is everywhere.
            (_, _) => *self = BodyUse::Whole,
        }
    }
}

/// Which paths of an answer are read.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Read as it stands, whatever it holds.
    pub whole: bool,
    /// Where in the mapping it is read as it stands.
    pub places: Vec<Span>,
    /// Read only if it is there: by a poll that begins with the answer, and looks if it does not say enough.
    pub passed: bool,
    /// A map of tags, to which anybody may have written.
    pub tags: bool,
    pub fields: IndexMap<String, Reads>,
    pub each: Option<Box<Reads>>,
}

impl Reads {
    /// Marks a path and returns the node at its end.
    pub fn at(&mut self, path: &[Segment]) -> &mut Reads {
        let mut node = self;
        for segment in path {
            node = match segment {
                Segment::Field(name) => node.fields.entry(name.clone()).or_default(),
                Segment::Each => node.each.get_or_insert_default(),
            };
        }
        node
    }

    pub fn read(&mut self, path: &[Segment], place: Span) {
        let end = self.at(path);
        end.whole = true;
        end.passed = false;
        end.places.push(place);
    }

    /// What a path leads to is read if it is there, whatever it is.
    pub fn glance(&mut self, path: &[Segment]) {
        let end = self.at(path);
        if end.is_empty() {
            *end = Self::as_it_is();
        }
    }

    /// What a path leads to, which is read, is a tag.
    pub fn has_tag(&mut self, path: &[Segment]) {
        if let Some((_, map)) = path.split_last() {
            self.at(map).tags = true;
        }
    }

    /// What is read of another answer is read of this one first, if it has it.
    pub fn pass_on(&mut self, wanted: &Reads) {
        if self.whole {
            return;
        }
        if wanted.whole || self.is_empty() {
            self.whole = !wanted.is_empty();
            return;
        }
        for (name, wanted) in &wanted.fields {
            match self.fields.get_mut(name) {
                Some(known) => known.pass_on(wanted),
                None => drop(self.fields.insert(name.clone(), Self::as_it_is())),
            }
        }
        if let (Some(each), Some(wanted)) = (&mut self.each, &wanted.each) {
            each.pass_on(wanted);
        }
    }

    fn as_it_is() -> Self {
        Self {
            whole: true,
            passed: true,
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        !self.whole && self.fields.is_empty() && self.each.is_none()
    }
}
