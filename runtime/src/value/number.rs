//! Whole numbers and the units of time that providers count in.

use serde_json::{Number, Value};

use super::refuse;
use crate::error::Error;

/// A whole number that JSON can hold without loss: `i64::MIN ..= u64::MAX`. Wider than either, so that it is ordered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Whole(i128);

impl Whole {
    pub(super) fn into_value(self) -> Value {
        Number::from_i128(self.0).map_or(Value::Null, Value::Number)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(super) fn as_i64(self) -> Option<i64> {
        i64::try_from(self.0).ok()
    }
}

/// A JSON number that is whole, `2.0` included: JSON itself makes no difference.
pub(super) fn whole(operator: &str, value: &Value) -> Result<Whole, Error> {
    let number = match value {
        Value::Number(number) => number.as_i128().or_else(|| number.as_f64().and_then(exact)),
        _ => None,
    };
    number.map(Whole).ok_or_else(|| refuse(operator, "a whole number"))
}

/// A float that is a whole number as that number. None for what is an integer already, and beyond 2^53, where a float
/// stands for more than one.
pub(crate) fn without_fraction(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    Number::from_i128(exact(float)?)
}

fn exact(float: f64) -> Option<i128> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the limit")]
    (float.fract() == 0.0 && float.abs() <= LIMIT).then_some(float as i128)
}

/// A whole number, written as one or as a string of digits.
pub fn integer(value: Value) -> Result<Value, Error> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(digits) => {
            let parsed = digits.parse::<i64>().map_err(|_| refuse("integer", "a whole number"))?;
            Ok(Value::from(parsed))
        }
        number => Ok(whole("integer", &number)?.into_value()),
    }
}

/// Seconds as milliseconds.
pub fn secs_to_ms(value: Value) -> Result<Value, Error> {
    convert("secs_to_ms", &value, |secs| secs.checked_mul(1000))
}

/// Seconds as minutes, rounded up and at least 1: a sandbox must not end earlier than asked, or at once.
pub fn secs_to_mins(value: Value) -> Result<Value, Error> {
    convert("secs_to_mins", &value, |secs| Some(secs.div_ceil(60).max(1)))
}

/// Milliseconds as seconds, rounded up.
pub fn ms_to_secs(value: Value) -> Result<Value, Error> {
    convert("ms_to_secs", &value, |ms| Some(ms.div_ceil(1000)))
}

/// Seconds as `300s`.
pub fn secs_text(value: Value) -> Result<Value, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    Ok(Value::String(format!("{}s", duration("secs_text", &value)?)))
}

fn convert(operator: &str, value: &Value, by: fn(u64) -> Option<u64>) -> Result<Value, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let converted = by(duration(operator, value)?).filter(|converted| i64::try_from(*converted).is_ok());
    converted
        .map(Value::from)
        .ok_or_else(|| refuse(operator, "a smaller number"))
}

pub(super) fn duration(operator: &str, value: &Value) -> Result<u64, Error> {
    u64::try_from(whole(operator, value)?.0).map_err(|_| refuse(operator, "a number that is not negative"))
}
