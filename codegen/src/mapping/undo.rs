//! How a step is taken back.

use crate::{
    source::Span,
    yaml::{Node, NodeKind},
};

use super::{Call, Mapping, Reader, Value};

#[derive(Clone, Debug)]
pub enum Undo {
    /// End or delete what has these ids, as the section for its kind says.
    Made(Kind, Value),
    /// Delete the snapshots that carry the tag of the call: its answer does not name them.
    Tagged(Span),
    Call(Box<Call>),
}

/// Stands for the ids of what no answer names.
const TAGGED: &str = "tagged";

/// What is found by the tag of the call that has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sandbox,
    Snapshot,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Sandbox, Self::Snapshot];

    /// The mapping's section that says how it is found.
    pub fn section(self) -> &'static str {
        match self {
            Self::Sandbox => "sandboxes",
            Self::Snapshot => "snapshots",
        }
    }

    /// The key of the call that makes it go, in that section as in `undo`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Sandbox => "end",
            Self::Snapshot => "delete",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Snapshot => "snapshot",
        }
    }
}

impl Mapping {
    /// The call that makes such a thing go.
    pub fn ending(&self, kind: Kind) -> Option<&Call> {
        match kind {
            Kind::Sandbox => self.sandboxes.as_ref()?.end.as_ref(),
            Kind::Snapshot => self.snapshots.as_ref().map(|snapshots| &snapshots.delete),
        }
    }
}

impl Undo {
    /// The kind of what the step makes, where undoing it is ending or deleting that.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Made(kind, _) => Some(*kind),
            Self::Tagged(_) => Some(Kind::Snapshot),
            Self::Call(_) => None,
        }
    }

    /// Whether it has keys, and none that says how.
    fn is_misspelt(node: &Node) -> bool {
        let has_keys = matches!(&node.kind, NodeKind::Mapping(entries) if !entries.is_empty());
        has_keys && ["end", "delete", "call"].iter().all(|key| node.get(key).is_none())
    }

    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        if Self::is_misspelt(node) {
            let mut fields = reader.fields(node, "`undo`")?;
            for key in ["end", "delete", "call"] {
                fields.optional(key);
            }
            fields.done();
            return None;
        }
        let made = Kind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, node.get(kind.verb())?)));
        if let Some((kind, ids)) = made {
            let mut fields = reader.fields(node, "`undo`")?;
            fields.required(kind.verb());
            fields.done();
            return Some(match ids.as_str() {
                Some(TAGGED) if kind == Kind::Snapshot => Self::Tagged(ids.span),
                _ => Self::Made(kind, Value::read(reader, ids)),
            });
        }
        let call = Call::read_alone(reader, node, "`undo`")?;
        Some(Self::Call(Box::new(call)))
    }
}
