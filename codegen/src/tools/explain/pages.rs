//! How a list goes on after its first page, in words.

use crate::mapping::{Pages, Paging, Position, Root};

use super::value::said;

/// A row that says it, of a list that comes in pages or is said to be one.
pub fn rows(paging: &Paging) -> Vec<(String, String)> {
    let text = match paging {
        Paging::Unsaid => return Vec::new(),
        Paging::None(why) => format!("one, though the document shows more: {}", why.value),
        Paging::Pages(pages) => pages_said(pages),
    };
    vec![("pages".to_owned(), text)]
}

fn pages_said(pages: &Pages) -> String {
    let (position, end) = match &pages.position {
        Position::Next(next) if pages.reads(&Root::Last) => (said(next), EMPTY),
        Position::Next(next) => (said(next), "until there is none"),
        Position::Number(first) => (format!("by their number, from {first} on"), EMPTY),
        Position::Offset(first) => (format!("by the number of items before them, from {first} on"), EMPTY),
    };
    let end = match &pages.more {
        Some(more) => format!("while {}", said(more)),
        None => end.to_owned(),
    };
    format!("{position}, {end}; more than {} are a failure", pages.at_most)
}

const EMPTY: &str = "until one is empty";
