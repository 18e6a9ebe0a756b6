//! One HTTP request.

use crate::{source::Spanned, yaml::Node};

use super::{Fields, Outcome, Reader, Then, Value};

/// One HTTP request: which operation, what it is given, what its statuses mean.
#[derive(Clone, Debug)]
pub struct Call {
    /// `METHOD /path`, or an operationId of the document.
    pub operation: Spanned<String>,
    pub path: Vec<(Spanned<String>, Value)>,
    pub query: Vec<(Spanned<String>, Value)>,
    pub header: Vec<(Spanned<String>, Value)>,
    pub body: Option<Value>,
    pub outcomes: Vec<Outcome>,
}

impl Call {
    /// The keys of a call, out of a node that may have others.
    pub fn read(reader: &Reader, fields: &mut Fields<'_>) -> Option<Self> {
        let operation = fields.required_string("call");
        let path = Value::read_entries(reader, fields.entries("path"));
        let query = Value::read_entries(reader, fields.entries("query"));
        let header = Value::read_entries(reader, fields.entries("header"));
        let body = fields.optional("body").map(|node| Value::read(reader, node));
        let outcomes = Outcome::read_all(reader, fields.items("outcomes"));
        Some(Self {
            operation: operation?,
            path,
            query,
            header,
            body,
            outcomes,
        })
    }

    /// A node that is a call and nothing else.
    pub fn read_alone(reader: &Reader, node: &Node, what: &'static str) -> Option<Self> {
        let mut fields = reader.fields(node, what)?;
        let call = Self::read(reader, &mut fields);
        fields.done();
        call
    }
}

impl Call {
    /// Every value that the call is given, those of its confirmations included.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        let parameters = [&self.path, &self.query, &self.header];
        values.extend(parameters.into_iter().flatten().map(|(_, value)| value));
        values.extend(&self.body);
        for outcome in &self.outcomes {
            if let Then::Confirm(confirm) = &outcome.then {
                confirm.call.collect(values);
            }
        }
    }
}
