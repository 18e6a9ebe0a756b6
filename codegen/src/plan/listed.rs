//! Lists of what the worker owns: where in an answer they stand, what of each item is read, how they go on.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    check::PositionKind,
    client::RustType,
    mapping::{Listing, Pages, Position, Root, Segment, Value, path_text},
};

use super::{Planner, coercion::Given, expression::Names, literal, place::Place};

#[derive(Debug, Serialize)]
pub struct ListedPlan {
    /// The name of the function: `owned`.
    pub name: &'static str,
    /// An expression of a value that may be the list.
    pub items: String,
    /// What is asked of an `item` that is left out, if some are.
    pub except: Option<String>,
    /// The paths of the answer that are read.
    pub needed: BTreeSet<String>,
    pub pages: Option<PagesPlan>,
}

/// A list that is read page by page.
#[derive(Debug, Serialize)]
pub struct PagesPlan {
    /// `mapping.yaml:27`
    pub origin: String,
    /// The method of the call that reads them all: `pages_by_number`.
    pub read: &'static str,
    /// The type of a page's position: `String`.
    pub position: String,
    /// That of the first page.
    pub first: String,
    pub at_most: i64,
    /// Statements that read an answer: `items`, `next` and `more` are there after them.
    pub lines: Vec<String>,
}

impl Planner<'_> {
    /// The list that the function of this name makes, of which `described` is read, values of `$item`.
    pub fn listed<'v>(
        &self,
        list: &Listing,
        name: &'static str,
        described: impl IntoIterator<Item = &'v Value>,
    ) -> ListedPlan {
        let path: &[Segment] = list.items.as_reference().map_or(&[], |reference| &reference.path);
        let answer = format!("call_{name}(&cx).await?.value");
        let items = match path {
            [] => answer,
            path => format!("at({answer}, {})", literal(&path_text(path))),
        };
        let mut needed = BTreeSet::new();
        let mut note = |value: &Value| {
            if let Some(reference) = value.as_reference() {
                let read = path_text(&reference.path);
                match &reference.root {
                    Root::Item | Root::Last => drop(needed.insert(format!("{}[*]{read}", path_text(path)))),
                    Root::Step(_) => drop(needed.insert(read)),
                    _ => {}
                }
            }
        };
        let of_pages = list.pages().into_iter().flat_map(Pages::values);
        of_pages.for_each(|value| value.walk(&mut note));
        described.into_iter().for_each(|value| value.walk(&mut note));
        for rule in &list.except {
            needed.insert(format!("{}[*]{}", path_text(path), path_text(&rule.path.value)));
        }
        ListedPlan {
            name,
            items,
            except: (!list.except.is_empty()).then(|| self.states_of("item", &list.except, &RustType::Json)),
            needed,
            pages: list.pages().map(|pages| self.pages(pages, path, name)),
        }
    }

    fn pages(&self, pages: &Pages, items: &[Segment], name: &str) -> PagesPlan {
        let position = self.position_type(pages);
        let mut lines = match pages.reads(&Root::Headers) {
            true => vec![
                format!("let Headed {{ answer, headers }} = call_{name}(cx, &page).await?;"),
                "let mut response = answer.value;".to_owned(),
            ],
            false => vec![format!("let mut response = call_{name}(cx, &page).await?.value;")],
        };
        let items = literal(&path_text(items));
        lines.push(format!("let items = cx.items(value::take(&mut response, {items}))?;"));
        if pages.reads(&Root::Last) {
            lines.push("let last = value::last(&items);".to_owned());
        }
        lines.push(format!(
            "let next: Option<{}> = {};",
            position.rust(),
            self.next(pages, &position, &of_page())
        ));
        lines.push(format!(
            "let more = {};",
            self.more(pages, "!items.is_empty()", &of_page())
        ));
        PagesPlan {
            origin: self.origin(pages.span),
            read: match &pages.position {
                Position::Next(_) => "pages",
                Position::Number(_) => "pages_by_number",
                Position::Offset(_) => "pages_by_offset",
            },
            position: position.rust(),
            first: first(pages),
            at_most: pages.at_most,
            lines,
        }
    }

    /// Where the next page begins.
    pub fn next(&self, pages: &Pages, position: &RustType, names: &Names) -> String {
        match &pages.position {
            Position::Next(next) => {
                let at = Given::Answer("next".to_owned());
                let next = self.given(next, &position.clone().optional(), &at, names);
                next.value().to_string()
            }
            Position::Number(_) | Position::Offset(_) => "None".to_owned(),
        }
    }

    /// Whether there is a next page, as far as the answer says so; `any` is whether this one has items.
    pub fn more(&self, pages: &Pages, any: &str, names: &Names) -> String {
        match (&pages.more, &pages.position) {
            (Some(more), _) => {
                let more = self.given(more, &RustType::Boolean, &Given::Answer("while".to_owned()), names);
                format!("Some({})", more.value())
            }
            (None, Position::Next(_)) if pages.reads(&Root::Last) => format!("Some({any})"),
            (None, _) => "None".to_owned(),
        }
    }

    pub fn position_type(&self, pages: &Pages) -> RustType {
        match self.checked.position(pages) {
            PositionKind::Text => RustType::Text,
            PositionKind::Whole => RustType::Integer,
        }
    }

    /// The names in the request for a page.
    pub fn of_request(&self, list: &Listing) -> Names {
        Names {
            position: list.pages().map(|pages| self.page_request(pages)),
            ..Names::default()
        }
    }

    /// The position in the request for a page.
    pub fn page_request(&self, pages: &Pages) -> Place {
        let position = self.position_type(pages);
        let declared = format!("&PageRequest<{}>", position.rust());
        Place::variable("page.position", position.optional()).declared(declared)
    }
}

/// The position of the first page, in Rust.
pub fn first(pages: &Pages) -> String {
    match &pages.position {
        Position::Next(_) => "None".to_owned(),
        Position::Number(first) | Position::Offset(first) => format!("Some({first})"),
    }
}

/// The names where an answer is read that is a page.
fn of_page() -> Names {
    Names {
        steps: vec![("response".to_owned(), Place::variable("response", RustType::Json))],
        last: Some(Place::reference("last", RustType::Json)),
        ..Names::default()
    }
}
