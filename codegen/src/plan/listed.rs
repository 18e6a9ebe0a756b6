//! Lists of what the worker owns: where in an answer they stand, and what of each item is read.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::mapping::{Listing, Root, Segment, Value, path_text};

use super::literal;

#[derive(Debug, Serialize)]
pub struct ListedPlan {
    /// An expression of a value that may be the list.
    pub items: String,
    /// The paths of the answer that are read.
    pub needed: BTreeSet<String>,
}

impl ListedPlan {
    /// The list in an answer of which `described` is read, values of `$item`.
    pub fn new<'v>(list: &Listing, answer: &str, described: impl IntoIterator<Item = &'v Value>) -> Self {
        let path: &[Segment] = list.items.as_reference().map_or(&[], |reference| &reference.path);
        let items = match path {
            [] => answer.to_owned(),
            path => format!("at({answer}, {})", literal(&path_text(path))),
        };
        let mut needed = BTreeSet::new();
        let mut note = |value: &Value| {
            if let Some(reference) = value.as_reference().filter(|reference| reference.root == Root::Item) {
                needed.insert(format!("{}[*]{}", path_text(path), path_text(&reference.path)));
            }
        };
        described.into_iter().for_each(|value| value.walk(&mut note));
        Self { items, needed }
    }
}
