//! Operators that write a value as text in another notation, and read it again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{number::Whole, refuse};
use crate::error::Error;

/// Text, text that may be absent, or any JSON that has to be text.
pub trait Text {
    /// What is made of it: absent where it may be.
    type Of<T>;

    /// What is made of the text, where there is one.
    fn map<T>(self, operator: &str, make: impl FnOnce(String) -> Result<T, Error>) -> Result<Self::Of<T>, Error>;
}

impl Text for String {
    type Of<T> = T;

    fn map<T>(self, _: &str, make: impl FnOnce(String) -> Result<T, Error>) -> Result<T, Error> {
        make(self)
    }
}

impl<S: Text> Text for Option<S> {
    type Of<T> = Option<S::Of<T>>;

    fn map<T>(self, operator: &str, make: impl FnOnce(String) -> Result<T, Error>) -> Result<Self::Of<T>, Error> {
        Option::map(self, |text| text.map(operator, make)).transpose()
    }
}

impl Text for Value {
    type Of<T> = Option<T>;

    fn map<T>(self, operator: &str, make: impl FnOnce(String) -> Result<T, Error>) -> Result<Option<T>, Error> {
        match self {
            Value::Null => Ok(None),
            Value::String(text) => make(text).map(Some),
            _ => Err(refuse(operator, "text")),
        }
    }
}

/// A value as JSON text; absent if the value is.
pub fn to_json(value: Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}

/// Text as base64 of its bytes in UTF-8.
pub fn to_base64<S: Text>(text: S) -> Result<S::Of<String>, Error> {
    text.map("to_base64", |text| Ok(STANDARD.encode(text)))
}

/// The text that base64 stands for. Bytes that are no UTF-8 become U+FFFD: JSON has no others.
pub fn from_base64<S: Text>(encoded: S) -> Result<S::Of<String>, Error> {
    encoded.map("from_base64", |encoded| {
        let bytes = STANDARD.decode(encoded).map_err(|_| refuse("from_base64", "base64"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// A whole number in octal digits with a leading zero, as file modes are written: 420 is `0644`.
pub fn to_octal<W: Whole>(number: W) -> Result<W::Of<String>, Error> {
    number.map("to_octal", |number| match u64::try_from(number) {
        Ok(number) => Ok(format!("0{number:o}")),
        Err(_) => Err(refuse("to_octal", "a number that is not negative")),
    })
}

/// The whole number that octal digits stand for: `0644` is 420.
pub fn from_octal<S: Text>(digits: S) -> Result<S::Of<i64>, Error> {
    digits.map("from_octal", |digits| {
        let digits = digits.strip_prefix("0o").unwrap_or(&digits);
        let number = digits
            .chars()
            .all(|digit| digit.is_digit(8))
            .then(|| i64::from_str_radix(digits, 8));
        number
            .and_then(Result::ok)
            .ok_or_else(|| refuse("from_octal", "octal digits"))
    })
}
