//! What the value of a key may be.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::json;
use url::Url;

use super::document::{Node, Value};
use super::keys::WholeNumber;
use super::problem::Problem;
use super::{ExtraKey, ExtraKind, Optional};

const URL_RULE: &str = "must be an http or https URL with a host and without user, query or fragment";
const ENV_RULE: &str =
    "must be the NAME of an environment variable (A-Z, 0-9 and _), or a list of such names, never the key itself";
const ALLOWLIST_RULE: &str = "must be a list of image names";
pub(super) const TEXT_RULE: &str = "must be text that is not blank";
pub(super) const OWNER_RULE: &str = "must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -";

pub(super) fn wanted(rule: &str, found: &Value) -> Problem {
    Problem::new(format!("{rule}, got {}", found.describe()))
}

fn whole<T: FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

impl<T: FromStr + PartialOrd + Display> WholeNumber<T> {
    pub(super) fn read(&self, value: &Value) -> Result<T, Problem> {
        let is_allowed = |number: &T| *number >= self.min && *number <= self.max;
        whole(value).filter(is_allowed).ok_or_else(|| {
            let rule = format!("must be a whole number from {} to {}", self.min, self.max);
            wanted(&rule, value)
        })
    }
}

impl ExtraKey {
    pub(super) fn read(&self, value: &Value) -> Result<serde_json::Value, Problem> {
        let read = match (self.kind, value) {
            (ExtraKind::String, Value::Text(text)) if !text.trim().is_empty() => Some(json!(text)),
            (ExtraKind::Integer, _) => whole::<i64>(value).map(|number| json!(number)),
            (ExtraKind::Boolean, _) => return flag(value).map(|flag| json!(flag)),
            _ => None,
        };
        read.ok_or_else(|| wanted(self.kind.rule(), value))
    }
}

pub(super) fn flag(value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Boolean(flag) => Ok(*flag),
        other => Err(wanted(ExtraKind::Boolean.rule(), other)),
    }
}

impl ExtraKind {
    fn rule(self) -> &'static str {
        match self {
            Self::String => TEXT_RULE,
            Self::Integer => "must be a whole number",
            Self::Boolean => "must be true or false",
        }
    }
}

pub(super) fn api_base(value: &Value) -> Result<Url, Problem> {
    let Value::Text(text) = value else {
        return Err(wanted(URL_RULE, value));
    };
    // The parser mends what a browser would; an address that needs mending is a mistake here.
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let has_authority = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    let acceptable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Some(text)
        .filter(|_| is_plain && has_authority)
        .and_then(|text| Url::parse(text).ok())
        .filter(acceptable)
        .ok_or_else(|| Problem::new(URL_RULE))
}

/// One name, or several in a list.
pub(super) fn variable_names(value: &Value) -> Result<Vec<String>, Problem> {
    let items = match value {
        Value::List(items) if !items.is_empty() => items,
        Value::List(_) => return Err(Problem::new(format!("{ENV_RULE}, got an empty list"))),
        one => return variable_name(one).map(|name| vec![name]),
    };
    let name = |(index, item): (usize, &Node)| {
        variable_name(&item.value).map_err(|problem| problem.of_item(index).on_line(item.line))
    };
    items.iter().enumerate().map(name).collect()
}

/// Capitals only, though an environment takes more: it is what tells a name from a key pasted in its place, and the
/// name appears in messages.
fn variable_name(value: &Value) -> Result<String, Problem> {
    let Value::Text(text) = value else {
        return Err(wanted(ENV_RULE, value));
    };
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins_well = !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit());
    if begins_well && text.len() <= 64 && text.chars().all(is_allowed) {
        return Ok(text.clone());
    }
    Err(Problem::new(ENV_RULE))
}

pub(super) fn images(value: &Value) -> Result<Vec<String>, Problem> {
    let Value::List(items) = value else {
        return Err(wanted(ALLOWLIST_RULE, value));
    };
    let image = |(index, item): (usize, &Node)| match &item.value {
        Value::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        other => Err(wanted(TEXT_RULE, other).of_item(index).on_line(item.line)),
    };
    items.iter().enumerate().map(image).collect()
}

/// Which of the optional functions are offered.
pub(super) fn functions(value: &Value, optional: &[Optional]) -> Result<Vec<String>, Problem> {
    let names: Vec<&str> = optional.iter().map(|(name, _)| *name).collect();
    let rule = match names.as_slice() {
        [] => "must be an empty list: this worker has no optional functions".to_owned(),
        names => format!("must be a list of optional functions, which are {}", names.join(", ")),
    };
    let Value::List(items) = value else {
        return Err(wanted(&rule, value));
    };
    let function = |(index, item): (usize, &Node)| match &item.value {
        Value::Text(name) if names.contains(&name.as_str()) => Ok(name.clone()),
        _ => Err(Problem::new(format!("{rule}; item {} is none", index + 1)).on_line(item.line)),
    };
    items.iter().enumerate().map(function).collect()
}

pub(super) fn owner(value: &Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) if is_owner(text) => Ok(text.clone()),
        Value::Text(_) => Err(Problem::new(OWNER_RULE)),
        other => Err(wanted(OWNER_RULE, other)),
    }
}

pub(super) fn is_owner(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-');
    (1..=64).contains(&text.len()) && text.chars().all(is_allowed)
}
