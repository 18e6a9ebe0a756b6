//! Values of an example: what is sent and answered, with a few words for what is not known before.

use crate::{
    diagnostic::Code,
    document::Type,
    mapping::{Arguments, Example, Part, Reference, Root, Sample, Segment, Value, ValueKind},
    operator,
};

use super::{
    Checker,
    scope::{Item, Scope},
};

/// Whether a value is what the example says is there, or what it wants to find.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A value of the configuration, which refers to no other.
    Configured,
    Written,
    Expected,
}

/// What may stand for anything is `$item` to the check of values.
pub fn scope() -> Scope<'static> {
    Scope {
        item: Some(Item::Of(Type::any())),
        ..Scope::default()
    }
}

impl Checker<'_> {
    /// The value as the check of values knows it; `None` if it says something that an example cannot.
    pub fn samples(&self, value: &Value, side: Side, example: &Example) -> Option<Value> {
        let before = self.reader.found();
        let judged = self.judged(value, side, example);
        (self.reader.found() == before).then_some(judged)
    }

    /// Its configuration has keys that there are.
    pub fn configuration(&self, example: &Example) {
        for (name, value) in &example.config {
            self.samples(value, Side::Configured, example);
            self.is_configurable(name);
        }
    }

    fn judged(&self, value: &Value, side: Side, example: &Example) -> Value {
        let inner = |value: &Value| self.judged(value, side, example);
        let kind = match &value.kind {
            _ if Sample::contained(value).is_some() => {
                if side != Side::Expected {
                    self.only_expected(value, "contains");
                }
                any_text()
            }
            ValueKind::Reference(reference) => self.word(value, reference, side, example),
            ValueKind::Operator(operator, Arguments::Values(values)) => {
                ValueKind::Operator(operator, Arguments::Values(values.iter().map(inner).collect()))
            }
            ValueKind::Operator(operator, Arguments::Template(parts)) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => Part::Text(text.clone()),
                    Part::Value(value) => Part::Value(self.piece(value, side, example)),
                });
                ValueKind::Operator(operator, Arguments::Template(parts.collect()))
            }
            ValueKind::Object(entries) => {
                let entries = entries.iter().map(|(name, value)| (name.clone(), inner(value)));
                ValueKind::Object(entries.collect())
            }
            ValueKind::List(items) => ValueKind::List(items.iter().map(inner).collect()),
            plain => plain.clone(),
        };
        Value { span: value.span, kind }
    }

    /// A part of a text is known before the test runs, but for the call's tag and where the provider is.
    fn piece(&self, value: &Value, side: Side, example: &Example) -> Value {
        let before = self.reader.found();
        let judged = self.judged(value, side, example);
        let sample = example.sample(value, &self.mapping.config);
        if self.reader.found() == before && sample.pieces().is_none() {
            let message = "this cannot stand in a text of an example";
            let help =
                "write a literal, `$attempt`, `$server` or `$config.key`; for the whole `$any` or `{contains: …}`";
            self.problem(Code::MisfitExample, value.span, message, help);
        }
        judged
    }

    fn only_expected(&self, value: &Value, what: &str) {
        let message = format!("`{what}` is for what a request or an output is expected to have");
        self.problem(Code::MisfitExample, value.span, message, "write a value");
    }

    /// `$any`, `$attempt`, `$server`, `$config.key`.
    fn word(&self, value: &Value, reference: &Reference, side: Side, example: &Example) -> ValueKind {
        match (&reference.root, reference.path.as_slice()) {
            (Root::Step(name), []) if name == "any" => {
                if side != Side::Expected {
                    self.only_expected(value, "$any");
                }
                any()
            }
            (Root::Step(name), []) if name == "server" => any_text(),
            (Root::Attempt, []) => value.kind.clone(),
            (Root::Config, [Segment::Field(name)]) if side != Side::Configured => {
                if example.configured(name, &self.mapping.config).is_none() {
                    let message = format!("the example does not say what `{name}` is");
                    let help = format!("add `config: {{{name}: …}}` to it");
                    self.problem(Code::MisfitExample, value.span, message, help);
                }
                value.kind.clone()
            }
            _ => {
                let message = format!("`{reference}` is not known in an example");
                let help = "write a value, `$any`, `$attempt`, `$server` or `$config.key`";
                self.problem(Code::UnknownReference, value.span, message, help);
                any()
            }
        }
    }
}

fn any() -> ValueKind {
    ValueKind::Reference(Reference {
        root: Root::Item,
        path: Vec::new(),
    })
}

/// A text of which nothing is known.
fn any_text() -> ValueKind {
    match operator::find("template") {
        Some(template) => ValueKind::Operator(template, Arguments::Template(Vec::new())),
        None => any(),
    }
}
