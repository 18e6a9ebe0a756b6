//! YAML text becomes keys and typed values that know their line.
//!
//! The parser's events are read directly because nothing less shows what this file needs: a key that is given twice,
//! a number in quotes, the line of a value. Types are those of YAML 1.2, so `yes` and `no` are text. Aliases and tags
//! are refused: nothing here is worth a name of its own.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};

use super::problem::Problem;

/// Deeper than any key goes; a bound for a file made to exhaust the stack.
const MAX_DEPTH: usize = 8;

/// One `key: value` and the line of the key; none where there are no lines.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: Option<usize>,
    pub(super) value: Node,
}

/// A value and the line on which it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: Option<usize>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Nothing,
    Boolean(bool),
    /// As it was written: an integer or a fraction in decimal notation.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

impl Value {
    /// What was found instead of what is wanted. Text is not quoted: it may be a secret.
    pub(super) fn describe(&self) -> String {
        match self {
            Value::Nothing => "nothing".to_owned(),
            Value::Boolean(value) => value.to_string(),
            Value::Number(digits) if digits.len() <= 20 => digits.clone(),
            Value::Number(_) => "a very long number".to_owned(),
            Value::Text(text) if text.trim().is_empty() => "blank text".to_owned(),
            Value::Text(text) if is_number(text) => "a number in quotes".to_owned(),
            Value::Text(_) => "text".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// The only document of `text`; [`Value::Nothing`] if there is none.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    Reader {
        events: Parser::new_from_str(text),
    }
    .read()
}

struct Reader<'input> {
    events: Parser<'input, StrInput<'input>>,
}

impl<'input> Reader<'input> {
    fn read(mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    return Err(Problem::new("must be a single YAML document").on_line(line));
                }
                content => root = Some(self.node(content, span, 0)?),
            }
        }
        Ok(root.unwrap_or(Node {
            line: Some(1),
            value: Value::Nothing,
        }))
    }

    fn next(&mut self) -> Result<(Event<'input>, Span), Problem> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(invalid(error.info(), *error.marker())),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span, depth: usize) -> Result<Node, Problem> {
        let line = span.start.line();
        if depth > MAX_DEPTH {
            return Err(Problem::new("is nested too deeply").on_line(line));
        }
        let value = match event {
            Event::Scalar(text, style, _, None) => scalar(&text, style),
            Event::SequenceStart(_, None) => Value::List(self.list(depth)?),
            Event::MappingStart(_, None) => Value::Mapping(self.mapping(depth)?),
            Event::Alias(_) => return Err(Problem::new("must not have aliases").on_line(line)),
            _ => return Err(Problem::new("must not have tags").on_line(line)),
        };
        Ok(Node {
            line: Some(line),
            value,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(entries),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(Problem::new("has a key that is not text").on_line(line)),
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let text = format!("is set twice{}", on_line(", first", first.line));
                return Err(Problem::new(text).of_key(shown(&key)).on_line(line));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push(Entry {
                key,
                line: Some(line),
                value,
            });
        }
    }
}

/// Where something else stands, in the middle of a message; nothing where there are no lines.
pub(super) fn on_line(before: &str, line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("{before} on line {line}"))
}

/// A key as it may appear in a message: one that looks like anything else than a name is not quoted.
pub(super) fn shown(key: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.is_empty() && key.len() <= 40 && key.chars().all(is_name) {
        return key.to_owned();
    }
    "(unusual key)".to_owned()
}

fn invalid(info: &str, at: Marker) -> Problem {
    // One line, whatever the parser quotes.
    let info = info.replace(char::is_control, " ");
    Problem::new(format!("is not valid YAML: {info}")).on_line(at.line())
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Nothing,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// A decimal number of the YAML 1.2 core schema; its octal and hexadecimal forms count as text, which no number key
/// takes.
fn is_number(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    let starts_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let has_digit = unsigned.contains(|c: char| c.is_ascii_digit());
    starts_like_one && has_digit && text.parse::<f64>().is_ok()
}
