//! The filter of lists by metadata.

use std::borrow::Cow;

use super::refusal::Refusal;
use super::wish::Metadata;

/// Reads `k=v&k2=v2` as the service does: the parameter's value, decoded once already with the query, is decoded, cut
/// into pairs, and each key and value is decoded again.
pub(super) fn filter(parameter: &str) -> Result<Metadata, Refusal> {
    let decoded = decoded(parameter)?;
    let pairs = decoded.split('&').map(|pair| {
        let mut parts = pair.split('=');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key), Some(value), None) => {
                Ok((self::decoded(key)?.into_owned(), self::decoded(value)?.into_owned()))
            }
            _ => Err(wrong(&format!("invalid key value pair in query: {pair:?}"))),
        }
    });
    pairs.collect()
}

/// As in a form: `+` is a space, and an escape that is none is refused.
fn decoded(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut found = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        found.push(match byte {
            b'+' => b' ',
            b'%' => escaped(bytes.next(), bytes.next()).ok_or_else(|| wrong("invalid URL escape"))?,
            other => other,
        });
    }
    let text = String::from_utf8(found).map_err(|_| wrong("not UTF-8"))?;
    Ok(Cow::Owned(text))
}

fn escaped(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high?)? * 16 + digit(low?)?).ok()
}

fn wrong(what: &str) -> Refusal {
    Refusal::bad_request(&format!("error when parsing metadata: {what}"))
}
