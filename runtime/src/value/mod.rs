//! The functions behind the operators of the mapping language.
//!
//! A mapping computes with JSON: what a caller sent, what a provider answered, what the configuration says. Generated
//! code turns all of it into [`Value`]s, calls one function per operator, and reads the result back into types. An
//! absent value is [`Value::Null`]; most operators hand it on.
//!
//! No error says what a value is, only which operator could not use it: a value may be a secret.

mod choice;
mod moment;
mod number;
mod report;
mod shell;
mod text;
mod watchdog;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{error::Error, input::is_path_segment};

pub use choice::{Find, OmitIf, concat, find, first, max, min, omit_if, sum};
pub use moment::{rfc3339, rfc3339_ms};
pub(crate) use number::without_fraction;
pub use number::{integer, ms_to_secs, secs_text, secs_to_mins, secs_to_ms};
pub use report::{Line, Looked, ShellTimedOut, shell_stderr, shell_stdout, shell_timed_out, shell_truncated};
pub(crate) use shell::is_variable_name;
pub use shell::{Shell, shell};
pub use text::{template, text, texts};

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

/// A list with one item for each value, absent ones included.
pub fn list<I: IntoIterator<Item = Value>>(items: I) -> Value {
    items.into_iter().collect()
}

/// What a sandbox says of itself beyond what it must. Anybody may have written it, so what cannot be read is absent, and
/// the sandbox still counts.
pub fn told<T: DeserializeOwned + Default>(read: impl FnOnce() -> Result<Value, Error>) -> T {
    let value = read().unwrap_or_default();
    serde_json::from_value(value).unwrap_or_default()
}

/// The id that something says it has: one that can be a segment of a path, a whole number as its digits. Empty if it
/// says none.
pub fn id(read: impl FnOnce() -> Result<Value, Error>) -> String {
    match read().unwrap_or_default() {
        Value::String(text) if is_path_segment(&text) => text,
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => String::new(),
    }
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

/// The error of an operator whose argument is not what it takes.
fn refuse(operator: &str, takes: &str) -> Error {
    Error::unreadable(format_args!("`{operator}` takes {takes}"))
}
