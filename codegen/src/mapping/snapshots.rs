//! What the mapping says of the snapshots that functions make.

use crate::{source::Span, yaml::Node};

use super::{Call, Listing, Reader, Value};

/// How the worker finds a snapshot of whose making it was not told, and deletes one that nobody was told of.
#[derive(Debug)]
pub struct Snapshots {
    pub span: Span,
    /// What a snapshot says of itself, as values of `$item`.
    pub id: Value,
    pub attempt: Value,
    /// Lists those that a call has made, others perhaps among them.
    pub made: Listing,
    pub delete: Call,
}

impl Snapshots {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`snapshots`")?;
        let id = fields.required("id").map(|node| Value::read(reader, node));
        let attempt = fields.required("attempt").map(|node| Value::read(reader, node));
        let made = fields.required("made");
        let made = made.and_then(|node| Listing::read(reader, node, "`made`"));
        let delete = fields.required("delete");
        let delete = delete.and_then(|node| Call::read_alone(reader, node, "`delete`"));
        fields.done();
        Some(Self {
            span: node.span,
            id: id?,
            attempt: attempt?,
            made: made?,
            delete: delete?,
        })
    }
}
