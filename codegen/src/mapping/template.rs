//! Templates: text with references in braces, and with names of values that stand beside it.

use crate::{
    diagnostic::{Code, did_you_mean},
    naming::{WORD, is_word},
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{
    Reader,
    value::{Known, Part, Value, string},
};

/// The text of a template that names values beside it.
const TEXT: &str = "text";

/// `port-{$input.port}`, or `{text: 'port-{mode}', mode: {to_octal: …}}`.
pub fn read(known: Known, reader: &Reader, span: Span, node: &Node) -> Option<Vec<Part>> {
    let NodeKind::Mapping(entries) = &node.kind else {
        let text = reader.string(node, "a template")?;
        return Pieces::new(reader, &[]).read(&text);
    };
    let Some((_, text)) = entries.iter().find(|(name, _)| name.value == TEXT) else {
        let message = "`template` needs `text`, which the values beside it are put into";
        let help = "write `{template: {text: 'port-{mode}', mode: {to_octal: …}}}`";
        reader.problem(Code::WrongArguments, span, message, help);
        return None;
    };
    let text = reader.string(text, "a template")?;
    let named = entries.iter().filter(|(name, _)| name.value != TEXT);
    let named: Vec<(Spanned<String>, Value)> = named
        .map(|(name, node)| (name.clone(), Value::read_by(known, reader, node)))
        .collect();
    if let Some((name, _)) = named.iter().find(|(name, _)| !is_word(&name.value)) {
        let message = format!("`{}` cannot be named in a template", name.value);
        reader.problem(Code::InvalidName, name.span, message, WORD);
        return None;
    }
    let mut pieces = Pieces::new(reader, &named);
    let parts = pieces.read(&text)?;
    pieces.all_used().then_some(parts)
}

/// A text that is taken apart.
struct Pieces<'r> {
    reader: &'r Reader,
    named: &'r [(Spanned<String>, Value)],
    used: Vec<&'r str>,
}

impl<'r> Pieces<'r> {
    fn new(reader: &'r Reader, named: &'r [(Spanned<String>, Value)]) -> Self {
        Self {
            reader,
            named,
            used: Vec::new(),
        }
    }

    /// Text and values in turn; a doubled brace is a brace.
    fn read(&mut self, text: &Spanned<String>) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.value.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if from.starts_with("{{") || from.starts_with("}}") {
                plain.push_str(&from[..1]);
                rest = &from[2..];
                continue;
            }
            let Some((inside, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
                return self.stray(text.span);
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Value(self.inside(inside, text.span)?));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Some(parts)
    }

    /// What braces stand for: a reference, or a value by its name.
    fn inside(&mut self, inside: &str, span: Span) -> Option<Value> {
        if inside.starts_with('$') {
            let kind = string(self.reader, span, inside);
            return Some(Value { span, kind });
        }
        if self.named.is_empty() {
            return self.stray(span);
        }
        let Some((name, value)) = self.named.iter().find(|(name, _)| name.value == inside) else {
            let message = format!("there is no `{inside}` beside the text of the template");
            let help = did_you_mean(inside, self.named.iter().map(|(name, _)| name.value.as_str()));
            self.reader.problem(Code::WrongArguments, span, message, help);
            return None;
        };
        self.used.push(&name.value);
        Some(value.clone())
    }

    fn stray<T>(&self, span: Span) -> Option<T> {
        let message = "a brace in the template is not a reference";
        let help = "write `{$input.name}`, and `{{` or `}}` for a brace";
        self.reader.problem(Code::WrongArguments, span, message, help);
        None
    }

    /// Whether every value is put in somewhere; one that is not is reported.
    fn all_used(&self) -> bool {
        let unused = self
            .named
            .iter()
            .find(|(name, _)| !self.used.contains(&name.value.as_str()));
        if let Some((name, _)) = unused {
            let message = format!("the text of the template does not name `{}`", name.value);
            let help = format!("write `{{{}}}` where it belongs, or remove it", name.value);
            self.reader.problem(Code::WrongArguments, name.span, message, help);
        }
        unused.is_none()
    }
}
