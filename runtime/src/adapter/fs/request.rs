//! What callers ask for. Fields that nobody knows are let through, and a null is an absent field.

use iii_sdk::channel::StreamChannelRef;
use serde::Deserialize;
use serde_json::Value;

use super::super::fault::{Code, Fault, Outcome};

/// The longest path that there is, and the longest name in one, in bytes.
const PATH: usize = 4095;
const NAME: usize = 255;

/// The request as its type.
///
/// # Errors
/// S001 that names the field.
pub(super) fn read<'a, T: Deserialize<'a>>(request: &'a Value) -> Outcome<T> {
    serde_path_to_error::deserialize(request).map_err(|error| {
        let field = error.path().to_string();
        match field.as_str() {
            "." => Fault::new(Code::S001, "the payload must be an object"),
            field => Fault::bad_input(field, "is not of the right type"),
        }
    })
}

/// The value of a field that has to be there.
pub(super) fn required<T>(field: &str, value: Option<T>) -> Outcome<T> {
    value.ok_or_else(|| Fault::bad_input(field, "is missing"))
}

/// A path that has to be there.
pub(super) fn path(field: &str, path: Option<String>) -> Outcome<String> {
    let path = required(field, path)?;
    let bad = |problem: String| Err(Fault::new(Code::S210, format!("`{field}` {problem}")));
    match () {
        () if path.is_empty() => bad("must not be empty".to_owned()),
        () if path.contains('\0') => bad("must not contain NUL".to_owned()),
        () if path.len() > PATH => bad(format!("must be at most {PATH} bytes long")),
        () if path.split('/').any(|name| name.len() > NAME) => bad(format!("has a name of more than {NAME} bytes")),
        () => Ok(path),
    }
}

/// Permissions in octal digits.
pub(super) fn mode(mode: &str) -> Outcome<u32> {
    let is_octal = !mode.is_empty() && mode.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    let bits = u32::from_str_radix(mode, 8)
        .ok()
        .filter(|bits| is_octal && *bits <= 0o7777);
    bits.ok_or_else(|| {
        Fault::new(
            Code::S210,
            "`mode` must be octal, from `0000` to `7777`, such as `0644`",
        )
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct OfPath {
    pub path: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mkdir {
    pub path: Option<String>,
    pub mode: Option<String>,
    pub parents: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rm {
    pub path: Option<String>,
    pub recursive: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chmod {
    pub path: Option<String>,
    pub mode: Option<String>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub recursive: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mv {
    pub src: Option<String>,
    pub dst: Option<String>,
    pub overwrite: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Grep {
    pub path: Option<String>,
    pub pattern: Option<String>,
    pub recursive: Option<bool>,
    pub ignore_case: Option<bool>,
    pub include_glob: Option<Vec<String>>,
    pub exclude_glob: Option<Vec<String>>,
    pub max_matches: Option<usize>,
    pub max_line_bytes: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sed {
    pub files: Option<Vec<String>>,
    pub path: Option<String>,
    pub pattern: Option<String>,
    pub replacement: Option<String>,
    pub regex: Option<bool>,
    pub first_only: Option<bool>,
    pub recursive: Option<bool>,
    pub ignore_case: Option<bool>,
    pub include_glob: Option<Vec<String>>,
    pub exclude_glob: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Write {
    pub path: Option<String>,
    pub mode: Option<String>,
    pub parents: Option<bool>,
    pub content: Option<Content>,
    pub content_b64: Option<String>,
}

/// A text, or where bytes come from.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Channel(StreamChannelRef),
}
