//! YAML text to a tree in which every node knows where it stands.
//!
//! Serde-style readers stop at the first mistake and forget positions of keys; the checker needs both, so the tree is
//! built from the parser's events. JSON is read through the same door: it is YAML.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Number, Value};

use crate::{
    diagnostic::{Code, Diagnostic, Sink},
    source::{Source, Span, Spanned},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub span: Span,
    pub kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    String(String),
    List(Vec<Node>),
    /// In the order written; keys are unique.
    Mapping(Vec<(Spanned<String>, Node)>),
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find_map(|(k, node)| (k.value == key).then_some(node)),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of nodes, this one and all below.
    fn count(&self) -> usize {
        match &self.kind {
            NodeKind::List(items) => 1 + items.iter().map(Node::count).sum::<usize>(),
            NodeKind::Mapping(entries) => 1 + entries.iter().map(|(_, node)| node.count()).sum::<usize>(),
            _ => 1,
        }
    }

    /// What the node is, for a sentence such as "expected a list, found a string".
    pub fn describe(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Boolean(_) => "a boolean",
            NodeKind::Integer(_) => "a whole number",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }

    pub fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Boolean(b) => Value::Bool(*b),
            NodeKind::Integer(n) => Value::from(*n),
            NodeKind::Number(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
            NodeKind::String(text) => Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Node::to_json).collect(),
            NodeKind::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| (key.value.clone(), node.to_json()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

/// Parses one document. Problems go to the sink; `None` when there is no tree to go on with.
pub fn parse(source: &std::sync::Arc<Source>, sink: &mut Sink) -> Option<Node> {
    let mut builder = Builder {
        source,
        sink,
        parser: Parser::new_from_str(&source.text),
        anchors: HashMap::new(),
        depth: 0,
        copied: 0,
    };
    match builder.document() {
        Ok(node) => Some(node),
        Err(problem) => {
            builder.sink.push(problem);
            None
        }
    }
}

/// Deeper nesting than any document has; keeps a hostile one from exhausting the stack.
const MAX_DEPTH: usize = 128;

/// More than any file repeats; nine lines of aliases to aliases can stand for more nodes than fit into memory.
const MAX_COPIED: usize = 100_000;

struct Builder<'a> {
    source: &'a std::sync::Arc<Source>,
    sink: &'a mut Sink,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    depth: usize,
    /// Nodes that aliases have added.
    copied: usize,
}

type Step<T> = Result<T, Diagnostic>;

impl<'a> Builder<'a> {
    fn document(&mut self) -> Step<Node> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => {
                    return Err(self.problem(span, "the file is empty", "write a YAML mapping"));
                }
                other => {
                    let node = self.node(other, span)?;
                    self.end_of_document()?;
                    return Ok(node);
                }
            }
        }
    }

    fn end_of_document(&mut self) -> Step<()> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(_) => {
                    return Err(self.problem(
                        span,
                        "a second YAML document begins here",
                        "keep one document in the file",
                    ));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Step<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.source.offset(span.start.line(), span.start.col());
                let end = self.source.offset(span.end.line(), span.end.col());
                Ok((
                    event,
                    Span {
                        start,
                        end: end.max(start),
                    },
                ))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Err(self.problem(Span::default(), "the file ends too early", "complete it")),
        }
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = self.source.offset(error.marker().line(), error.marker().col());
        let message = format!("YAML syntax: {}", error.info());
        // `*` begins an alias, and `[` ends a plain word within brackets.
        let help = match self.source.text[..at].ends_with("[*") || self.source.text[at..].starts_with("*]") {
            true => "quote a path with `[*]` within brackets or braces: `'$step.items[*].id'`",
            false => "mend the YAML here",
        };
        self.problem(Span { start: at, end: at }, &message, help)
    }

    fn problem(&self, span: Span, message: &str, help: &str) -> Diagnostic {
        Diagnostic::new(Code::YamlSyntax, self.source, span, message).help(help)
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Step<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.problem(span, "nested too deeply", "flatten the file"));
        }
        let (anchor, node) = match event {
            Event::Alias(id) => (0, self.alias(id, span)?),
            Event::Scalar(text, style, anchor, tag) => {
                let node = match tag {
                    None => scalar(&text, style, span),
                    Some(tag) => self.tagged(&tag, &text, span)?,
                };
                (anchor, node)
            }
            Event::SequenceStart(anchor, _) => (anchor, self.list(span)?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping(span)?),
            _ => return Err(self.problem(span, "a value is missing here", "write one")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.depth -= 1;
        Ok(node)
    }

    /// A scalar of which a tag of YAML's own says what it is: `!!str 3.1` is a string, whatever it looks like.
    fn tagged(&self, tag: &Tag, text: &str, span: Span) -> Step<Node> {
        let is_plain = tag.handle.is_empty() && tag.suffix == "!";
        let name = match tag.is_yaml_core_schema() {
            true => tag.suffix.as_str(),
            false if is_plain => "str",
            false => return Err(self.problem(span, "this YAML tag is not known here", "remove the tag")),
        };
        let kind = plain(text);
        let kind = match (name, kind) {
            ("str" | "timestamp" | "binary", _) => NodeKind::String(text.to_owned()),
            ("float", NodeKind::Integer(number)) => NodeKind::Number(number as f64),
            ("float", kind @ NodeKind::Number(_))
            | ("int", kind @ NodeKind::Integer(_))
            | ("bool", kind @ NodeKind::Boolean(_))
            | ("null", kind @ NodeKind::Null) => kind,
            _ => {
                let message = format!("this is no value of the YAML tag `!!{name}`");
                return Err(self.problem(span, &message, "remove the tag, or write such a value"));
            }
        };
        Ok(Node { span, kind })
    }

    fn alias(&mut self, id: usize, span: Span) -> Step<Node> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(self.problem(span, "an alias to itself", "name an anchor that is complete"));
        };
        self.copied += node.count();
        if self.copied > MAX_COPIED {
            return Err(self.problem(span, "aliases repeat too much", "write out what they stand for"));
        }
        Ok(Node {
            span,
            kind: node.kind.clone(),
        })
    }

    fn list(&mut self, start: Span) -> Step<Node> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(self.closed(start, span, NodeKind::List(items)));
            }
            items.push(self.node(event, span)?);
        }
    }

    fn mapping(&mut self, start: Span) -> Step<Node> {
        let mut entries: Vec<(Spanned<String>, Node)> = Vec::new();
        let mut names = HashSet::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let (key, merge) = match event {
                Event::MappingEnd => {
                    self.merge(&mut entries, &mut names, merged)?;
                    return Ok(self.closed(start, span, NodeKind::Mapping(entries)));
                }
                Event::Scalar(text, style, ..) => {
                    let merge = text == "<<" && style == ScalarStyle::Plain;
                    (Spanned::new(text.into_owned(), span), merge)
                }
                _ => return Err(self.problem(span, "a key must be a plain word", "quote the key")),
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            if merge {
                merged.push(node);
            } else if names.insert(key.value.clone()) {
                entries.push((key, node));
            } else {
                self.duplicate(&key);
            }
        }
    }

    /// The merge key `<<`: the entries of other mappings, as far as they are not given here.
    fn merge(
        &self,
        entries: &mut Vec<(Spanned<String>, Node)>,
        names: &mut HashSet<String>,
        merged: Vec<Node>,
    ) -> Step<()> {
        let lists = merged.into_iter().map(|node| match node.kind {
            NodeKind::List(items) => items,
            _ => vec![node],
        });
        for node in lists.flatten() {
            let NodeKind::Mapping(more) = node.kind else {
                return Err(self.problem(
                    node.span,
                    "`<<` takes a mapping, or a list of them",
                    "quote it if it is a name",
                ));
            };
            entries.extend(more.into_iter().filter(|(key, _)| names.insert(key.value.clone())));
        }
        Ok(())
    }

    fn duplicate(&mut self, key: &Spanned<String>) {
        let message = format!("the key `{}` is given twice", key.value);
        self.sink
            .push(Diagnostic::new(Code::DuplicateKey, self.source, key.span, message).help("keep one of the two"));
    }

    /// A block collection's end event stands after its last line; the span ends with the last text.
    fn closed(&self, start: Span, end: Span, kind: NodeKind) -> Node {
        let text = &self.source.text[start.start..end.end.max(start.start)];
        let end = start.start + text.trim_end().len();
        Node {
            span: Span {
                start: start.start,
                end: end.max(start.start),
            },
            kind,
        }
    }
}

/// The YAML 1.2 core schema: only plain scalars can be anything but a string.
fn scalar(text: &str, style: ScalarStyle, span: Span) -> Node {
    let kind = if style == ScalarStyle::Plain {
        plain(text)
    } else {
        NodeKind::String(text.to_owned())
    };
    Node { span, kind }
}

fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" => return NodeKind::Boolean(true),
        "false" | "False" | "FALSE" => return NodeKind::Boolean(false),
        _ => {}
    }
    if let Ok(n) = text.parse::<i64>() {
        return NodeKind::Integer(n);
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    match text.parse::<f64>() {
        Ok(n) if numeric && n.is_finite() => NodeKind::Number(n),
        _ => NodeKind::String(text.to_owned()),
    }
}
