//! What is sound and still has to be known.

use crate::mapping::{Function, Reference, Root, Value, ValueKind};

use super::Resolved;

impl Resolved {
    /// One sentence each, with its place.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for function in &self.mapping.functions {
            for value in function.values() {
                value.walk(&mut |value| notes.extend(self.without_dollar(function, value)));
            }
        }
        notes.extend(self.doubts());
        notes.extend(self.offers());
        notes
    }

    /// A text that would be a reference, had it a dollar sign.
    fn without_dollar(&self, function: &Function, value: &Value) -> Option<String> {
        let ValueKind::String(text) = &value.kind else {
            return None;
        };
        let reference = Reference::parse(text)?;
        let known = match &reference.root {
            Root::Step(name) => function.steps.iter().any(|step| step.name.value == *name),
            Root::Input | Root::Config | Root::Sandbox => true,
            Root::Item => function.steps.iter().any(|step| step.for_each.is_some()),
            _ => false,
        };
        let is_name = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let plain = !reference.path.is_empty() && text.split('.').all(|part| is_name(part.trim_end_matches("[*]")));
        let (line, _) = self.mapping.source.line_column(value.span.start);
        (known && plain).then(|| {
            let file = &self.mapping.source.name;
            format!("{file}:{line}: `{text}` is sent as this text; if the value is meant, write `${text}`")
        })
    }
}
