//! What of each operation the mapping uses; everything else is pruned.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::mapping::Segment;

#[derive(Debug, Default)]
pub struct Use {
    pub query: BTreeSet<String>,
    pub header: BTreeSet<String>,
    /// Keys given to each `deepObject` parameter.
    pub deep: BTreeMap<String, BTreeSet<String>>,
    pub body: Option<BodyUse>,
    pub reads: Reads,
}

/// Which fields of a body are written.
#[derive(Clone, Debug)]
pub enum BodyUse {
    /// Given as one value.
    Whole,
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
            (_, other) => *self = other,
        }
    }
}

/// Which paths of an answer are read.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Read as it stands, whatever it holds.
    pub whole: bool,
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

    pub fn read(&mut self, path: &[Segment]) {
        self.at(path).whole = true;
    }

    pub fn is_empty(&self) -> bool {
        !self.whole && self.fields.is_empty() && self.each.is_none()
    }
}
