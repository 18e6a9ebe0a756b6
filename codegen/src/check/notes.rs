//! What is sound and still has to be known.

use crate::mapping::{Function, Reference, Root, Step, Value, ValueKind};

use super::{Paged, Resolved};

impl Resolved {
    /// One sentence each, with its place.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for function in &self.mapping.functions {
            notes.extend(function.steps.iter().filter_map(|step| self.one_page(step)));
            for value in function.values() {
                value.walk(&mut |value| notes.extend(self.without_dollar(function, value)));
            }
        }
        notes.extend(self.doubts());
        notes
    }

    /// A list of which a step reads one page.
    fn one_page(&self, step: &Step) -> Option<String> {
        let operation = self.operation(&step.call);
        let reads = self
            .uses
            .get(&self.operation_id(&step.call))
            .is_some_and(|used| used.reads.goes_through_a_list());
        let paged = Paged::of(&self.document, operation).filter(|_| reads)?;
        let (line, _) = self.mapping.source.line_column(step.call.operation.span.start);
        Some(format!(
            "{}:{line}: `{}` answers in pages ({}), and a step reads one",
            self.mapping.source.name,
            operation.label(),
            paged.signs.join(", ")
        ))
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
