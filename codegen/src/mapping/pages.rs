//! How a list goes on after its first page.

use crate::{
    diagnostic::Code,
    document::Location,
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Call, Fields, Reader, Reference, Root, Value, ValueKind};

/// What a mapping says of the pages of a list.
#[derive(Clone, Debug)]
pub enum Paging {
    /// Nothing: the list is one answer.
    Unsaid,
    /// That one page holds all, whatever the document shows, and why.
    None(Spanned<String>),
    Pages(Box<Pages>),
}

/// A list that is read page by page.
#[derive(Clone, Debug)]
pub struct Pages {
    pub span: Span,
    pub position: Position,
    /// Whether there is a page after this one, where the answer says so.
    pub more: Option<Value>,
    /// What takes the position: `None` is a field of the body.
    pub into: (Option<Location>, Spanned<String>),
    /// How many pages a list may have; one of more has failed.
    pub at_most: i64,
    /// By what the items of a step's list are told apart.
    pub id: Option<Value>,
}

/// Where a page begins.
#[derive(Clone, Debug)]
pub enum Position {
    /// Where the page before it says.
    Next(Value),
    /// The number of the page, from this one on.
    Number(i64),
    /// How many items come before it; the first page has this.
    Offset(i64),
}

/// How many pages a list may have, where the mapping does not say.
const AT_MOST: i64 = 100;

/// A list has no more pages than that.
const MOST: i64 = 10_000;

const KINDS: &str = "write `next: $response.…`, `next: $headers.…`, `next: $last.id`, `number: 1` or `offset: 0`";

impl Paging {
    /// What stands under `pages`; the position of a page becomes a part of what the call is given.
    pub fn read(reader: &Reader, fields: &mut Fields<'_>, call: Option<&mut Call>, of: PagesOf) -> Option<Self> {
        let Some(node) = fields.optional("pages") else {
            return Some(Self::Unsaid);
        };
        let given = Given::read(reader, node, of)?;
        if let Some(why) = given.none {
            return Some(Self::None(why));
        }
        let pages = given.pages(reader, node.span)?;
        if of == PagesOf::Step && !pages.can_be_told_apart(reader) {
            return None;
        }
        if let Some(call) = call {
            pages.give_to(call, reader);
        }
        Some(Self::Pages(Box::new(pages)))
    }

    pub fn pages(&self) -> Option<&Pages> {
        match self {
            Self::Pages(pages) => Some(pages),
            Self::Unsaid | Self::None(_) => None,
        }
    }
}

/// What comes in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesOf {
    /// What the worker owns, of which each has its id.
    Owned,
    /// A list in the answer of a step.
    Step,
}

impl PagesOf {
    fn name(self) -> &'static str {
        match self {
            Self::Owned => "`pages`",
            Self::Step => "`pages` of a step",
        }
    }
}

/// The keys of `pages` as they stand.
struct Given<'n> {
    none: Option<Spanned<String>>,
    next: Option<&'n Node>,
    number: Option<&'n Node>,
    offset: Option<&'n Node>,
    more: Option<&'n Node>,
    into: Option<&'n Node>,
    at_most: Option<&'n Node>,
    id: Option<&'n Node>,
}

impl<'n> Given<'n> {
    fn read(reader: &'n Reader, node: &'n Node, of: PagesOf) -> Option<Self> {
        let mut fields = reader.fields(node, of.name())?;
        let said = fields.optional("none");
        let given = Self {
            none: said.and_then(|node| reader.string(node, "`none`")),
            next: fields.optional("next"),
            number: fields.optional("number"),
            offset: fields.optional("offset"),
            more: fields.optional("while"),
            into: match said {
                Some(_) => fields.optional("into"),
                None => fields.required("into"),
            },
            at_most: fields.optional("at_most"),
            id: match of {
                PagesOf::Owned => None,
                PagesOf::Step => fields.optional("id"),
            },
        };
        let others = [
            given.next,
            given.number,
            given.offset,
            given.more,
            given.into,
            given.at_most,
            given.id,
        ];
        if !fields.done() || (said.is_some() && given.none.is_none()) {
            return None;
        }
        if said.is_some() && others.iter().any(Option::is_some) {
            let message = "`none` says that there are no pages to go on to, and other keys say how";
            reader.problem(Code::ExclusiveKeys, node.span, message, "keep `none`, or remove it");
            return None;
        }
        Some(given)
    }

    fn pages(self, reader: &Reader, span: Span) -> Option<Pages> {
        let position = self.position(reader, span);
        let into = self.into.and_then(|node| read_into(reader, node));
        let at_most = match self.at_most {
            Some(node) => whole(reader, node, 1),
            None => Some(AT_MOST),
        };
        Some(Pages {
            span,
            position: position?,
            more: self.more.map(|node| Value::read(reader, node)),
            into: into?,
            at_most: at_most?,
            id: self.id.map(|node| Value::read(reader, node)),
        })
    }

    fn position(&self, reader: &Reader, span: Span) -> Option<Position> {
        match (self.next, self.number, self.offset) {
            (Some(next), None, None) => Some(Position::Next(Value::read(reader, next))),
            (None, Some(number), None) => whole(reader, number, 0).map(Position::Number),
            (None, None, Some(offset)) => whole(reader, offset, 0).map(Position::Offset),
            _ => {
                let message = "`pages` says in one way where a page begins";
                reader.problem(Code::ExclusiveKeys, span, message, KINDS);
                None
            }
        }
    }
}

impl Pages {
    /// Makes the position a parameter of the call, or a field of its body.
    fn give_to(&self, call: &mut Call, reader: &Reader) {
        let (location, name) = &self.into;
        let value = Value {
            span: name.span,
            kind: ValueKind::Reference(Reference {
                root: Root::Position,
                path: Vec::new(),
            }),
        };
        let given = (name.clone(), value);
        match location {
            Some(Location::Header) => call.header.push(given),
            Some(_) => call.query.push(given),
            None => give_to_body(call, given, reader),
        }
    }

    /// Whether items that move while they are counted would be noticed; it is reported if not.
    fn can_be_told_apart(&self, reader: &Reader) -> bool {
        let is_counted = !matches!(self.position, Position::Next(_));
        if is_counted && self.id.is_none() {
            let message =
                "a list that is counted has to have items that can be told apart, or one that moves would be missed";
            let help = "add `id: $item.…`, which no two of them have alike";
            reader.problem(Code::MissingKey, self.span, message, help);
        }
        !is_counted || self.id.is_some()
    }

    /// What it reads of a page.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let next = match &self.position {
            Position::Next(next) => Some(next),
            Position::Number(_) | Position::Offset(_) => None,
        };
        next.into_iter().chain(&self.more)
    }

    /// Whether it reads something of this root.
    pub fn reads(&self, root: &Root) -> bool {
        let mut found = false;
        let mut note = |value: &Value| found |= value.as_reference().is_some_and(|reference| reference.root == *root);
        self.values().for_each(|value| value.walk(&mut note));
        found
    }
}

fn give_to_body(call: &mut Call, given: (Spanned<String>, Value), reader: &Reader) {
    let (name, value) = given;
    let body = call.body.get_or_insert(Value {
        span: name.span,
        kind: ValueKind::Object(Vec::new()),
    });
    match &mut body.kind {
        ValueKind::Object(fields) if fields.iter().any(|(known, _)| known.value == name.value) => {
            let message = format!("the field `{}` of the body is given twice", name.value);
            reader.problem(Code::DuplicateKey, name.span, message, "keep one of the two");
        }
        ValueKind::Object(fields) => fields.push((name, value)),
        _ => {
            let message = "the position of a page becomes a field of the body, and this one is given as a whole";
            reader.problem(Code::DuplicateKey, name.span, message, "write the fields of `body`");
        }
    }
}

fn read_into(reader: &Reader, node: &Node) -> Option<(Option<Location>, Spanned<String>)> {
    let mut fields = reader.fields(node, "`into`")?;
    let given = [
        (Some(Location::Query), fields.optional_string("query")),
        (Some(Location::Header), fields.optional_string("header")),
        (None, fields.optional_string("body")),
    ];
    let mut given = given.into_iter().filter_map(|(location, name)| Some((location, name?)));
    let (first, second) = (given.next(), given.next());
    if fields.done() && (first.is_none() || second.is_some()) {
        let message = "`into` names the one parameter or field that takes the position of a page";
        let help = "write `{query: cursor}`, `{header: X-Cursor}` or `{body: cursor}`";
        reader.problem(Code::ExclusiveKeys, node.span, message, help);
        return None;
    }
    first
}

/// A number of pages, or of items.
fn whole(reader: &Reader, node: &Node, least: i64) -> Option<i64> {
    match node.kind {
        NodeKind::Integer(number) if (least..=MOST).contains(&number) => Some(number),
        _ => {
            let message = format!("this must be a whole number, {least} to {MOST}");
            reader.problem(Code::WrongShape, node.span, message, "write such a number");
            None
        }
    }
}
