//! Reading one YAML node key by key; every key that nobody asked for is a mistake.

#[cfg(test)]
pub mod asked;

use std::{
    cell::{Cell, OnceCell, RefCell},
    sync::Arc,
};

use crate::{
    diagnostic::{Code, Diagnostic, Sink, nearest, one_of},
    source::{Source, Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{CallId, FurtherApi, Stale};

/// Gathers the problems of one file.
pub struct Reader {
    pub source: Arc<Source>,
    /// The APIs whose names calls may use, once they have been read.
    pub apis: OnceCell<Vec<FurtherApi>>,
    /// When a refusal of the main API may come of facts that have changed.
    pub stale: OnceCell<Option<Stale>>,
    calls: Cell<usize>,
    sink: RefCell<Sink>,
}

impl Reader {
    pub fn new(source: &Arc<Source>) -> Self {
        Self {
            source: source.clone(),
            apis: OnceCell::new(),
            stale: OnceCell::new(),
            calls: Cell::new(0),
            sink: RefCell::default(),
        }
    }

    /// What was found.
    pub fn finish(self) -> Sink {
        self.sink.into_inner()
    }

    /// The id of the call that is read next.
    pub fn next_call(&self) -> CallId {
        CallId(self.calls.replace(self.calls.get() + 1))
    }

    /// The further API that an operation's name begins with.
    pub fn api_of(&self, operation: &str) -> Option<&FurtherApi> {
        let (name, _) = operation.split_once(':')?;
        self.apis.get()?.iter().find(|api| api.name.value == name)
    }

    pub fn problem(&self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let problem = Diagnostic::new(code, &self.source, span, message).help(help);
        self.sink.borrow_mut().push(problem);
    }

    /// How many problems there are so far: a part that adds to them is broken, and not looked at any further.
    pub fn found(&self) -> usize {
        self.sink.borrow().len()
    }

    /// The kinds of the problems from one on.
    pub fn codes_from(&self, first: usize) -> Vec<Code> {
        self.sink.borrow().codes().skip(first).collect()
    }

    /// Takes back the problems from one on: something was only tried.
    pub fn take_from(&self, first: usize) -> Sink {
        self.sink.borrow_mut().split_off(first)
    }

    /// Takes over what another stage has found.
    pub fn extend(&self, found: Sink) {
        self.sink.borrow_mut().extend(found);
    }

    /// The node as a mapping whose keys are then asked for; a problem if it is none.
    pub fn fields<'n>(&'n self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Mapping(entries) => Some(Fields {
                reader: self,
                span: node.span,
                entries,
                what,
                asked: Vec::new(),
                missing: Vec::new(),
                extensible: false,
            }),
            _ => {
                let message = format!("{what} must be a mapping, found {}", node.describe());
                self.problem(Code::WrongShape, node.span, message, "write `key: value` lines");
                None
            }
        }
    }

    pub fn string(&self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match node.as_str() {
            Some(text) if !text.trim().is_empty() => Some(Spanned::new(text.to_owned(), node.span)),
            Some(_) => {
                self.problem(
                    Code::WrongShape,
                    node.span,
                    format!("{what} is empty"),
                    "write a string",
                );
                None
            }
            _ => {
                let message = format!("{what} must be a string, found {}", node.describe());
                self.problem(Code::WrongShape, node.span, message, "write a string");
                None
            }
        }
    }

    /// A list, or a single thing in place of a list of one.
    pub fn one_or_many<'n>(&self, node: &'n Node) -> Vec<&'n Node> {
        match &node.kind {
            NodeKind::List(items) => items.iter().collect(),
            _ => vec![node],
        }
    }

    pub fn strings(&self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        self.one_or_many(node)
            .into_iter()
            .filter_map(|item| self.string(item, what))
            .collect()
    }

    pub fn entries<'n>(&self, node: &'n Node, what: &str) -> &'n [(Spanned<String>, Node)] {
        match &node.kind {
            NodeKind::Mapping(entries) => entries,
            _ => {
                let message = format!("{what} must be a mapping, found {}", node.describe());
                self.problem(Code::WrongShape, node.span, message, "write `key: value` lines");
                &[]
            }
        }
    }
}

/// The keys of one mapping node. [`Fields::done`] reports those that nobody asked for.
pub struct Fields<'n> {
    pub reader: &'n Reader,
    pub span: Span,
    entries: &'n [(Spanned<String>, Node)],
    what: &'static str,
    asked: Vec<&'static str>,
    /// Required and not there: told once it is known that no other key was meant for it.
    missing: Vec<&'static str>,
    /// Whether keys that begin with `x-` are for others.
    extensible: bool,
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        let span = self.entries.first().map_or(self.span, |(name, _)| name.span);
        for key in std::mem::take(&mut self.missing) {
            let message = format!("{} has no `{key}`", self.what);
            self.reader
                .problem(Code::MissingKey, span, message, format!("add `{key}:`"));
        }
    }
}

impl<'n> Fields<'n> {
    /// Keys that begin with `x-` are for other tools.
    pub fn extensible(mut self) -> Self {
        self.extensible = true;
        self
    }

    pub fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        self.entries
            .iter()
            .find_map(|(name, node)| (name.value == key).then_some(node))
    }

    pub fn required(&mut self, key: &'static str) -> Option<&'n Node> {
        let found = self.optional(key);
        if found.is_none() {
            self.missing.push(key);
        }
        found
    }

    /// A key that says something: with nothing after it, it is a mistake.
    pub fn said(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.optional(key)?;
        self.is_said(key, node).then_some(node)
    }

    fn is_said(&self, key: &str, node: &Node) -> bool {
        let said = !matches!(node.kind, NodeKind::Null);
        if !said {
            let message = format!("`{key}` has nothing after it");
            let help = format!("write a value after `{key}:`, or remove the key");
            self.reader.problem(Code::WrongShape, node.span, message, help);
        }
        said
    }

    /// The same for one that must be there.
    pub fn required_said(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.required(key)?;
        self.is_said(key, node).then_some(node)
    }

    pub fn required_string(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let node = self.required(key)?;
        self.reader.string(node, &format!("`{key}`"))
    }

    pub fn optional_string(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let node = self.optional(key)?;
        self.reader.string(node, &format!("`{key}`"))
    }

    /// False if the key is absent.
    pub fn flag(&mut self, key: &'static str) -> bool {
        self.optional_flag(key).unwrap_or_default()
    }

    pub fn optional_flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.optional(key)?;
        match node.kind {
            NodeKind::Boolean(value) => Some(value),
            _ => {
                let message = format!("`{key}` must be true or false, found {}", node.describe());
                self.reader
                    .problem(Code::WrongShape, node.span, message, "write true or false");
                None
            }
        }
    }

    /// The entries of a mapping under `key`; none if the key is absent.
    pub fn entries(&mut self, key: &'static str) -> &'n [(Spanned<String>, Node)] {
        match self.optional(key) {
            Some(node) => self.reader.entries(node, &format!("`{key}`")),
            None => &[],
        }
    }

    /// The items under `key`; a single thing stands for a list of one.
    pub fn items(&mut self, key: &'static str) -> Vec<&'n Node> {
        match self.optional(key) {
            Some(node) => self.reader.one_or_many(node),
            None => Vec::new(),
        }
    }

    /// The key that a name was meant for: few letters are wrong. Another word says something else.
    fn meant(&self, name: &str) -> Option<&'static str> {
        let is_slip = |key: &&str| {
            let wrong = strsim::osa_distance(key, name);
            wrong <= 1 || wrong * 3 < name.chars().count()
        };
        nearest(name, self.asked.iter().copied().filter(is_slip))
    }

    /// True if there are no others.
    pub fn done(mut self) -> bool {
        let before = self.reader.found();
        #[cfg(test)]
        asked::note(self.what, &self.asked);
        let is_foreign = |name: &str| self.extensible && name.starts_with("x-");
        for (name, _) in self.entries.iter().filter(|(name, _)| !is_foreign(&name.value)) {
            if !self.asked.contains(&name.value.as_str()) {
                let message = format!("{} has no key `{}`", self.what, name.value);
                let meant = self.meant(&name.value);
                let help = match meant {
                    Some(key) => format!("did you mean `{key}`?"),
                    None => one_of(self.asked.iter().copied()),
                };
                self.missing.retain(|missing| Some(*missing) != meant);
                self.reader.problem(Code::UnknownKey, name.span, message, help);
            }
        }
        let reader = self.reader;
        drop(self);
        reader.found() == before
    }
}
