//! The catalog of images: names that callers know, and what the provider knows them by.

use std::collections::BTreeMap;

use super::document::{Entry, Node, Value, shown};
use super::keys;
use super::problem::Problem;
use super::values::{TEXT_RULE, wanted};

const CATALOG_RULE: &str = "must be a mapping of names to images";
const NAME_RULE: &str = "has a name that is not 1 to 128 of A-Z a-z 0-9 . _ / : @ -";
const IMAGE: &str = "image";
const MAX: &str = "max";

/// An image of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogImage {
    /// What the provider starts: an image or a snapshot, by its id.
    pub image: String,
    /// How many sandboxes of it may run at a time, 1 to 10,000; `None` leaves it to the cap of all.
    pub max: Option<u32>,
}

pub(super) fn read(value: &Value) -> Result<BTreeMap<String, CatalogImage>, Problem> {
    let entries = match value {
        Value::Mapping(entries) => entries,
        Value::Nothing => return Ok(BTreeMap::new()),
        other => return Err(wanted(CATALOG_RULE, other)),
    };
    let named = |entry: &Entry| {
        if !is_name(&entry.key) {
            return Err(Problem::new(NAME_RULE).on_line(entry.line));
        }
        let image = image(&entry.value).map_err(|problem| problem.within_item(&shown(&entry.key)))?;
        Ok((entry.key.clone(), image))
    };
    entries
        .iter()
        .map(|entry| named(entry).map_err(|problem| problem.on_line(entry.line)))
        .collect()
}

fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._/:@-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(is_allowed)
}

/// The id alone, or beside what limits it.
fn image(node: &Node) -> Result<CatalogImage, Problem> {
    let entries = match &node.value {
        Value::Mapping(entries) => entries,
        other => return id(other).map(|image| CatalogImage { image, max: None }),
    };
    let (mut image, mut max) = (None, None);
    for entry in entries {
        let value = &entry.value.value;
        let read = match entry.key.as_str() {
            IMAGE => id(value).map(|id| image = Some(id)),
            MAX => keys::SANDBOXES.read(value).map(|most| max = Some(most)),
            _ => Err(Problem::new("is not a known key; known are image, max")),
        };
        read.map_err(|problem| problem.within_item(&shown(&entry.key)).on_line(entry.line))?;
    }
    let image = image.ok_or_else(|| Problem::new("must be the id of an image, or a mapping with `image` and `max`"))?;
    Ok(CatalogImage { image, max })
}

fn id(value: &Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        other => Err(wanted(TEXT_RULE, other)),
    }
}
