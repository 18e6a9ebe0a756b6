//! Environment variables, as callers give them and as a sandbox keeps them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fault::{Fault, Outcome};

/// More does not fit into a line of every provider's shell.
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
    /// S001 for a name that no shell takes, and for more than a sandbox can be given.
    pub fn read(self) -> Outcome<BTreeMap<String, String>> {
        let variables = match self {
            Self::Map(variables) => variables,
            Self::List(list) => list.iter().map(|entry| split(entry)).collect::<Outcome<_>>()?,
        };
        let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        match bytes <= MOST_BYTES {
            true => Ok(variables),
            false => Err(Fault::bad_input(
                "env",
                &format!("must have {MOST_BYTES} bytes or less in all"),
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

/// A shell's text that exports variables.
pub(super) fn exports(variables: &BTreeMap<String, String>) -> String {
    let lines = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    lines.collect()
}

/// A word of every POSIX shell, whatever is in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}
