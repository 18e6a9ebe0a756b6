//! How long a sandbox lives: where it says so, and the call that sets it.

use crate::{source::Span, yaml::Node};

use super::{Call, Reader, Value};

/// What a sandbox says of how long it lives, as values of `$item`, and the call that lets it live for `$secs` from now.
#[derive(Debug)]
pub struct Lifetime {
    pub span: Span,
    pub ends_at: Value,
    /// What it was given when its lifetime was set last.
    pub secs: Option<Value>,
    /// The idle timeout that it was started with.
    pub idle_secs: Option<Value>,
    pub set: Call,
}

impl Lifetime {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`lifetime`")?;
        let ends_at = fields.required("ends_at").map(|node| Value::read(reader, node));
        let secs = fields.optional("secs").map(|node| Value::read(reader, node));
        let idle_secs = fields.said("idle_secs").map(|node| Value::read(reader, node));
        let set = fields.required("set");
        let set = set.and_then(|node| Call::read_alone(reader, node, "`set`"));
        fields.done();
        Some(Self {
            span: node.span,
            ends_at: ends_at?,
            secs,
            idle_secs,
            set: set?,
        })
    }

    /// What a sandbox says of itself here.
    pub fn described(&self) -> impl Iterator<Item = (&str, &Value)> {
        let optional = [("secs", self.secs.as_ref()), ("idle_secs", self.idle_secs.as_ref())];
        let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        [("ends_at", &self.ends_at)].into_iter().chain(optional)
    }
}
