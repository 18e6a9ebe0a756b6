//! What has to be found in a step's answer, or by a look, before the step is done.

use std::time::Duration;

use crate::{source::Span, yaml::Node};

use super::{
    Call, Reader, Value,
    duration::{duration, interval},
};

#[derive(Clone, Debug)]
pub struct Found {
    pub span: Span,
    /// Of the step's own answer, or of what the look answers in its place.
    pub value: Value,
    /// The look, which is answered like the step's call.
    pub call: Call,
    pub every: (Duration, Duration),
    pub within: Duration,
}

impl Found {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`found`")?;
        let value = fields.required("value").map(|node| Value::read(reader, node));
        let call = Call::read(reader, &mut fields);
        let every = fields.required("every").and_then(|node| interval(reader, node));
        let within = fields.required("within").and_then(|node| duration(reader, node));
        fields.done();
        Some(Self {
            span: node.span,
            value: value?,
            call: call?,
            every: every?,
            within: within?,
        })
    }

    /// Its value, and those of its look.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        values.push(&self.value);
        self.call.collect(values);
    }
}
