//! Moments as RFC 3339 in UTC, for example `2026-11-25T01:41:55Z`.

use jiff::Timestamp;
use serde_json::Value;

use super::number::whole;
use super::refuse;
use crate::error::Error;

/// A moment from whole seconds since 1970, or from text that is RFC 3339 already. The text may have any offset; its
/// fraction keeps the digits it has, up to nanoseconds.
pub fn rfc3339(value: Value) -> Result<Value, Error> {
    const TAKES: &str = "seconds since 1970 or RFC 3339";
    let moment = match &value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => parse(text),
        Value::Number(_) => seconds(&value),
        _ => None,
    };
    moment.map(Value::String).ok_or_else(|| refuse("rfc3339", TAKES))
}

/// A moment from milliseconds since 1970. The fraction has three digits, or none for a full second.
pub fn rfc3339_ms(value: Value) -> Result<Value, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let ms = whole("rfc3339_ms", &value)?.as_i64();
    let moment = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let moment = moment.ok_or_else(|| refuse("rfc3339_ms", "milliseconds since 1970"))?;
    let digits = if moment.subsec_nanosecond() == 0 { 0 } else { 3 };
    Ok(Value::String(write(moment, digits)))
}

fn seconds(value: &Value) -> Option<String> {
    let seconds = whole("rfc3339", value).ok()?.as_i64()?;
    Some(write(Timestamp::from_second(seconds).ok()?, 0))
}

fn parse(text: &str) -> Option<String> {
    let moment = text.parse::<Timestamp>().ok()?;
    let fraction = text.split_once('.').map_or("", |(_, after)| after);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some(write(moment, digits))
}

fn write(moment: Timestamp, fraction_digits: usize) -> String {
    format!("{moment:.fraction_digits$}")
}
