//! Environment variables, as callers give them and as a sandbox keeps them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fault::{Fault, Outcome};

/// The longest text of all of them: as base64 it fits into a line of every provider's shell.
const MOST_BYTES: usize = 48 * 1024;

/// Variables, `["NAME=value"]` or `{NAME: value}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Variables {
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

impl Default for Variables {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Variables {
    /// The value of each variable; of one that is given twice the last.
    ///
    /// # Errors
    /// S001 for an entry without a name, and for more than a sandbox can be given.
    pub fn read(self) -> Outcome<BTreeMap<String, String>> {
        let variables = match self {
            Self::Map(variables) => variables,
            Self::List(list) => list.iter().map(|entry| split(entry)).collect::<Outcome<_>>()?,
        };
        let bytes = words(&variables).len();
        match bytes <= MOST_BYTES {
            true => Ok(variables),
            false => Err(Fault::bad_input(
                "env",
                &format!("must have {MOST_BYTES} bytes or less in all, once quoted"),
            )),
        }
    }
}

fn split(entry: &str) -> Outcome<(String, String)> {
    let (name, value) = entry
        .split_once('=')
        .ok_or_else(|| Fault::bad_input("env", "has an entry without `=`: each is `NAME=value`"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Whether every name is one that a shell has variables by. `env` takes others, too.
pub(super) fn are_plain(variables: &BTreeMap<String, String>) -> bool {
    let is_plain = |name: &String| {
        !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
    };
    variables.keys().all(is_plain)
}

/// A shell's text that puts variables before its arguments, each as `NAME=value`.
pub(super) fn words(variables: &BTreeMap<String, String>) -> String {
    let words = variables.iter().map(|(name, value)| quoted(&format!("{name}={value}")));
    let words: Vec<String> = words.collect();
    format!("set -- {} \"$@\"\n", words.join(" "))
}

/// A word of every POSIX shell, whatever is in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}
