//! Lists in pages, small ones, so that a few instances are several pages.

use serde_json::Value;

use super::refusal::Refusal;

/// How many items stand on a page.
const LIMIT: usize = 2;

const PREFIX: &str = "after-";

/// The page that follows an item, in the order of ids, and whether there are more.
pub(super) fn page(listed: &mut Value, after: Option<&str>) -> (Vec<Value>, bool) {
    let mut all = std::mem::take(listed.as_array_mut().expect("a list"));
    let id = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    all.sort_by_key(id);
    all.dedup_by_key(|item| id(item));
    all.retain(|item| after.is_none_or(|after| id(item).as_str() > after));
    let more = all.len() > LIMIT;
    all.truncate(LIMIT);
    (all, more)
}

/// A page by the token that the page before it gave, and the token of the next one.
pub(super) fn by_token(
    listed: &mut Value,
    parameter: &str,
    token: Option<&str>,
) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let after = token
        .map(|token| token.strip_prefix(PREFIX).ok_or(parameter))
        .transpose();
    let after = after.map_err(|parameter| Refusal::invalid(&["query", parameter], "Unknown token", "value_error"))?;
    let (items, more) = page(listed, after);
    let last = items.last().filter(|_| more).and_then(|item| item["id"].as_str());
    let next = last.map(|id| format!("{PREFIX}{id}"));
    Ok((items, next))
}

/// A page of items from an offset on.
pub(super) fn by_offset(listed: &mut Value, offset: usize) -> (Vec<Value>, bool) {
    let all = std::mem::take(listed.as_array_mut().expect("a list"));
    let more = all.len() > offset.saturating_add(LIMIT);
    (all.into_iter().skip(offset).take(LIMIT).collect(), more)
}

/// The page of a number, the first being 1.
pub(super) fn by_number(listed: &mut Value, number: usize) -> (Vec<Value>, bool) {
    by_offset(listed, number.saturating_sub(1).saturating_mul(LIMIT))
}
