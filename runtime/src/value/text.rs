//! Operators that yield strings.

use serde_json::Value;

use super::number::exact;
use super::refuse;
use crate::error::Error;

/// A string, number or boolean, one that may be absent, or any JSON that has to be one.
pub trait Plain {
    /// A `String`, absent where the value may be.
    type Text;

    fn text(self) -> Result<Self::Text, Error>;
}

macro_rules! plain {
    ($($kind:ty),+) => {$(
        impl Plain for $kind {
            type Text = String;

            fn text(self) -> Result<String, Error> {
                Ok(self.to_string())
            }
        }
    )+};
}

plain!(bool, i64, u64, i128);

impl Plain for String {
    type Text = String;

    fn text(self) -> Result<String, Error> {
        Ok(self)
    }
}

impl Plain for f64 {
    type Text = String;

    /// A port that a provider writes as 8080.0 is still port 8080.
    fn text(self) -> Result<String, Error> {
        Ok(exact(self).map_or_else(|| Value::from(self).to_string(), |whole| whole.to_string()))
    }
}

impl<P: Plain> Plain for Option<P> {
    type Text = Option<P::Text>;

    fn text(self) -> Result<Self::Text, Error> {
        self.map(P::text).transpose()
    }
}

impl Plain for Value {
    type Text = Option<String>;

    fn text(self) -> Result<Option<String>, Error> {
        match self {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            Value::Bool(boolean) => boolean.text().map(Some),
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(float) => float.text().map(Some),
                None => Ok(Some(number.to_string())),
            },
            _ => Err(refuse("text", "a string, number or boolean")),
        }
    }
}

/// A string, number or boolean as a string.
pub fn text<P: Plain>(value: P) -> Result<P::Text, Error> {
    value.text()
}

/// A list of what can be written as text, one that may be absent, or any JSON that has to be one.
pub trait Texts {
    /// A list of strings, absent where the list may be.
    type Texts;

    fn texts(self) -> Result<Self::Texts, Error>;
}

impl<P: Plain> Texts for Vec<P> {
    type Texts = Vec<P::Text>;

    fn texts(self) -> Result<Self::Texts, Error> {
        self.into_iter().map(P::text).collect()
    }
}

impl<T: Texts> Texts for Option<T> {
    type Texts = Option<T::Texts>;

    fn texts(self) -> Result<Self::Texts, Error> {
        self.map(T::texts).transpose()
    }
}

impl Texts for Value {
    type Texts = Option<Vec<String>>;

    fn texts(self) -> Result<Self::Texts, Error> {
        match self {
            Value::Null => Ok(None),
            Value::Array(items) => items.into_iter().map(item).collect::<Result<_, _>>().map(Some),
            _ => Err(refuse("text", "a list")),
        }
    }
}

fn item(value: Value) -> Result<String, Error> {
    text(value)?.ok_or_else(|| refuse("text", "a string, number or boolean"))
}

/// A list of such values as strings, for a parameter that is sent as text.
pub fn texts<T: Texts>(values: T) -> Result<T::Texts, Error> {
    values.texts()
}

/// The parts joined: strings, or ones that may be absent. Absent if one of them is: what would be left is a different
/// name, not a shorter one.
pub fn template<P: FromIterator<P>>(parts: impl IntoIterator<Item = P>) -> P {
    parts.into_iter().collect()
}
