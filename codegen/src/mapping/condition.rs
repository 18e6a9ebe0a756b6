//! Conditions: what has to hold of a value.

use crate::{
    diagnostic::Code,
    source::Spanned,
    yaml::{Node, NodeKind},
};

use super::{Reader, Root, SINGLE_STEP, Segment, Value, reference::parse_path};

/// What is asked of one value.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is one of these.
    Is(Vec<Spanned<String>>),
    Present,
    Absent,
    /// It is a text that has one of these in it.
    Contains(Vec<Spanned<String>>),
    Not(Box<Self>),
}

/// A path in an answer, and what is asked of what is there. Of a list it holds if it holds of one of its items.
#[derive(Clone, Debug)]
pub struct StateRule {
    pub path: Spanned<Vec<Segment>>,
    pub test: Test,
}

/// A reference, and what is asked of what it names.
#[derive(Clone, Debug)]
pub struct Condition {
    pub subject: Value,
    pub test: Test,
}

const TESTS: &str =
    "write the values that count, `present`, `absent`, `{contains: text}`, or `{not: …}` of one of these";

impl Test {
    /// The values of which it has to be one.
    pub fn values(&self) -> &[Spanned<String>] {
        match self {
            Self::Is(values) => values,
            _ => &[],
        }
    }

    /// The values that it is compared with, whether it has to be one of them or none.
    pub fn compared(&self) -> &[Spanned<String>] {
        match self {
            Self::Not(test) => test.compared(),
            test => test.values(),
        }
    }

    /// Whether what passes it is there.
    pub fn implies_presence(&self) -> bool {
        match self {
            Self::Is(_) | Self::Contains(_) | Self::Present => true,
            Self::Absent => false,
            Self::Not(test) => matches!(**test, Self::Absent),
        }
    }

    fn read(reader: &Reader, node: &Node, of: &str) -> Option<Self> {
        match &node.kind {
            NodeKind::String(word) if word == "present" => return Some(Self::Present),
            NodeKind::String(word) if word == "absent" => return Some(Self::Absent),
            NodeKind::Mapping(entries) => return Self::read_mapping(reader, node, entries, of),
            _ => {}
        }
        let found = reader.found();
        let values = reader.strings(node, "a state");
        if values.is_empty() && reader.found() == found {
            let message = format!("`{of}` names no state");
            reader.problem(
                Code::WrongShape,
                node.span,
                message,
                "write for example `status: [error]`",
            );
        }
        Some(Self::Is(values))
    }

    fn read_mapping(reader: &Reader, node: &Node, entries: &[(Spanned<String>, Node)], of: &str) -> Option<Self> {
        let mut fields = reader.fields(node, "a test")?;
        let not = fields.optional("not");
        let contains = fields.optional("contains");
        if !fields.done() {
            return None;
        }
        match (not, contains) {
            (Some(not), None) => {
                let test = Self::read(reader, not, of)?;
                if let Self::Not(_) = test {
                    let message = "`not` of `not` is the test itself";
                    reader.problem(Code::NoEffect, not.span, message, "remove both");
                    return None;
                }
                Some(Self::Not(Box::new(test)))
            }
            (None, Some(contains)) => {
                let texts = reader.strings(contains, "what a text contains");
                (!texts.is_empty()).then_some(Self::Contains(texts))
            }
            _ => {
                let span = entries.first().map_or(node.span, |(name, _)| name.span);
                let message = format!("a test of `{of}` asks one thing");
                reader.problem(Code::ExclusiveKeys, span, message, TESTS);
                None
            }
        }
    }
}

impl StateRule {
    pub fn read_all(reader: &Reader, node: &Node, what: &str) -> Vec<Self> {
        let entries = reader.entries(node, what);
        let read = |(name, node): &(Spanned<String>, Node)| {
            let Some(path) = parse_path(&name.value) else {
                let message = format!("`{}` is not a path in the answer", name.value);
                reader.problem(
                    Code::UnknownResponseField,
                    name.span,
                    message,
                    "write for example `status`",
                );
                return None;
            };
            Some(Self {
                path: Spanned::new(path, name.span),
                test: Test::read(reader, node, &name.value)?,
            })
        };
        entries.iter().filter_map(read).collect()
    }
}

impl Condition {
    /// Whether it is about what the provider answers to the call that it belongs to.
    pub fn is_of_the_answer(&self) -> bool {
        let root = self.subject.as_reference().map(|reference| &reference.root);
        match root {
            Some(Root::Headers) => true,
            Some(Root::Step(name)) => name == SINGLE_STEP,
            _ => false,
        }
    }

    /// `{$input.mode: present, $step.state: [ready]}`: all of them have to hold.
    pub fn read_all(reader: &Reader, node: &Node) -> Option<Vec<Self>> {
        let before = reader.found();
        let entries = reader.entries(node, "`when`");
        if entries.is_empty() && reader.found() == before {
            let help = "write for example `when: {$input.mode: present}`";
            reader.problem(Code::WrongShape, node.span, "`when` names no condition", help);
        }
        let read = |(name, node): &(Spanned<String>, Node)| {
            let subject = Value::read(
                reader,
                &Node {
                    span: name.span,
                    kind: NodeKind::String(name.value.clone()),
                },
            );
            if subject.as_reference().is_none() && reader.found() == before {
                let message = format!("`{}` is no reference", name.value);
                let help = "name what is asked: `$input.name`, or `$step.field`";
                reader.problem(Code::UnknownReference, name.span, message, help);
            }
            Some(Self {
                subject,
                test: Test::read(reader, node, &name.value)?,
            })
        };
        let conditions: Vec<Self> = entries.iter().filter_map(read).collect();
        (reader.found() == before).then_some(conditions)
    }
}
