//! The functions behind the operators of the mapping language.
//!
//! Each takes the types that its values have: what a caller sent, what a provider answered, what the configuration says.
//! So a value of another type does not compile. An absent value is `None`, and most operators hand it on. Where a document
//! gives no type, a value is a [`Value`], absent if it is null, and what it is shows when the operator reads it.
//!
//! No error says what a value is, only which operator could not use it: a value may be a secret.

mod binary;
mod choice;
mod encoding;
mod fit;
mod moment;
mod number;
mod presence;
mod repeat;
mod report;
mod segments;
mod shell;
mod text;
mod unique;
mod watchdog;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{error::Error, input::is_path_segment};

pub(crate) use binary::is_base64;
pub use binary::{AsFile, Binary, as_file};
pub use choice::{Absent, Alike, FindJson, List, OmitIf, concat, find, find_json, first, is, max, min, omit_if, sum};
pub use encoding::{Text, from_base64, from_octal, to_base64, to_json, to_octal};
pub use fit::{Fits, fit};
pub use moment::{Moment, now, rfc3339, rfc3339_ms};
pub(crate) use number::without_fraction;
pub use number::{Digits, Whole, integer, ms_to_secs, secs_text, secs_to_mins, secs_to_ms};
pub use presence::{MayBeAbsent, must, must_each};
pub use repeat::{Chunks, chunks, times};
pub(crate) use report::Kept;
pub use report::{Line, ShellTimedOut, shell_stderr, shell_stdout, shell_timed_out, shell_truncated};
pub use segments::segments;
pub(crate) use shell::is_variable_name;
pub use shell::{Shell, shell, words};
pub use text::{Plain, Texts, template, text, texts};
pub use unique::uuid7;

/// A typed value as JSON; absent if JSON cannot express it, for example a map whose keys are lists.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// An object of the fields that are there. An absent one is left out, since most providers refuse a null.
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let present = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        present
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}

/// An object with these fields, too, each of which is null: what a mapping writes as null is sent.
pub fn with_nulls<const N: usize>(mut object: Value, names: [&str; N]) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.extend(names.map(|name| (name.to_owned(), Value::Null)));
    }
    object
}

/// A list with one item for each value, absent ones included.
pub fn list<I: IntoIterator<Item = Value>>(items: I) -> Value {
    items.into_iter().collect()
}

/// A map of the fields that are there. An absent one is left out, since most providers refuse a null.
pub fn map<V, M: FromIterator<(String, V)>>(fields: impl IntoIterator<Item = (&'static str, Option<V>)>) -> M {
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    present.collect()
}

/// What something says of itself beyond what it must. Anybody may have written it, so what cannot be read is absent, and
/// the sandbox still counts.
pub fn told<T: Default>(read: impl FnOnce() -> Result<T, Error>) -> T {
    read().unwrap_or_default()
}

/// JSON as what it is to be; the default where it is something else.
pub fn read<T: DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

/// JSON at a place, where it is there, as what it is to be; the default where it is something else.
pub fn read_at<T: DeserializeOwned + Default>(found: Option<&Value>) -> T {
    found.and_then(|value| T::deserialize(value).ok()).unwrap_or_default()
}

/// One type made of another, unless something is missing.
pub fn converted<T>(convert: impl FnOnce() -> Option<T>) -> Option<T> {
    convert()
}

/// The id that something says it has.
pub trait Id {
    /// One that can be a segment of a path, a whole number as its digits. Empty if it says none.
    fn id(self) -> String;
}

impl Id for String {
    fn id(self) -> String {
        if is_path_segment(&self) { self } else { String::new() }
    }
}

impl Id for i64 {
    fn id(self) -> String {
        self.to_string()
    }
}

impl<I: Id> Id for Option<I> {
    fn id(self) -> String {
        self.map(I::id).unwrap_or_default()
    }
}

impl Id for Value {
    fn id(self) -> String {
        match self {
            Value::String(text) => text.id(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            _ => String::new(),
        }
    }
}

/// The id that something says it has, or nothing.
pub fn id(said: impl Id) -> String {
    said.id()
}

/// [`at`] of what stays as it is: only what the path leads to is copied.
pub fn peek(value: &Value, path: &str) -> Value {
    let (names, each) = path
        .split_once("[*]")
        .map_or((path, None), |(names, rest)| (names, Some(rest)));
    let mut names = names.split('.').skip(1);
    let found = names.try_fold(value, |value, name| value.get(name));
    match (found, each) {
        (None, _) => Value::Null,
        (Some(found), None) => found.clone(),
        (Some(Value::Array(items)), Some(rest)) => list(items.iter().map(|item| peek(item, rest))),
        (Some(_), Some(_)) => Value::Null,
    }
}

/// All values that a path leads to: one, or one for each item of the lists that it goes through.
pub fn each(value: &Value, path: &str) -> Vec<Value> {
    match path.split_once("[*]") {
        None => vec![peek(value, path)],
        Some((list, rest)) => match peek(value, list) {
            Value::Array(items) => items.iter().flat_map(|item| each(item, rest)).collect(),
            _ => Vec::new(),
        },
    }
}

/// What a path such as `.services[*].url` leads to: `.name` is a field, and `[*]` makes a list of what the rest leads
/// to from each item. Absent where a field is, and where a list or object should be and is not.
pub fn at(value: Value, path: &str) -> Value {
    let Some(end) = path.find("[*]") else {
        let names = path.split('.').skip(1);
        return names.fold(value, |mut value, name| {
            value.get_mut(name).map(Value::take).unwrap_or_default()
        });
    };
    let rest = &path[end + "[*]".len()..];
    match at(value, &path[..end]) {
        Value::Array(items) => list(items.into_iter().map(|item| at(item, rest))),
        _ => Value::Null,
    }
}

/// Takes what a path of fields leads to out of a value, in which null is left. Absent where a field is.
pub fn take(value: &mut Value, path: &str) -> Value {
    let mut names = path.split('.').skip(1);
    let found = names.try_fold(value, |value, name| value.get_mut(name));
    found.map(Value::take).unwrap_or_default()
}

/// The last item of a list; null if it has none.
pub fn last(items: &[Value]) -> &Value {
    static NONE: Value = Value::Null;
    items.last().unwrap_or(&NONE)
}

/// The last item of what should be a list; null if it has none.
pub fn last_of(list: Value) -> Value {
    match list {
        Value::Array(mut items) => items.pop().unwrap_or_default(),
        _ => Value::Null,
    }
}

/// A list at a path of fields, if one is there.
pub fn list_at<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Vec<Value>> {
    let mut names = path.split('.').skip(1);
    let found = names.try_fold(value, |value, name| value.get_mut(name));
    found.and_then(Value::as_array_mut)
}

/// The error of an operator whose argument is not what it takes.
fn refuse(operator: &str, takes: &str) -> Error {
    Error::unreadable(format_args!("`{operator}` takes {takes}"))
}
