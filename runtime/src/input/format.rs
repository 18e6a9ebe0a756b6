//! The formats of strings in the schemas, what a caller is told about each, and its likeness among patterns.

use jsonschema::{Draft, ValidationOptions};

use crate::value::{is_base64, is_variable_name};

/// A format: its name in a schema, whether a string has it, and how to say that one has not.
pub(super) struct Format {
    name: &'static str,
    has: fn(&str) -> bool,
    problem: &'static str,
    /// What every string that has it matches, in what all dialects of regular expressions have in common: anchors, classes
    /// of characters, `\x00`, repetition; neither `\p` nor look-ahead.
    pub pattern: &'static str,
    /// The most characters that a string that has it may have.
    pub max_length: Option<u64>,
}

const FORMATS: &[Format] = &[
    Format {
        name: "path-segment",
        has: is_path_segment,
        problem: "must be one path segment",
        // One that begins with three dots, or with something else after two at most.
        pattern: r"^(\.{3}|\.{0,2}[^\x00-\x20\x7f-\xa0./?#%\\;])[^\x00-\x20\x7f-\xa0/?#%\\;]*$",
        max_length: Some(256),
    },
    Format {
        name: "not-blank",
        has: is_not_blank,
        problem: "must not be blank or have control characters",
        pattern: r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$",
        max_length: None,
    },
    Format {
        name: "program",
        has: is_program,
        problem: "must not be empty or have a NUL",
        pattern: r"^[^\x00]+$",
        max_length: None,
    },
    Format {
        name: "no-nul",
        has: has_no_nul,
        problem: "must not have a NUL",
        pattern: r"^[^\x00]*$",
        max_length: None,
    },
    Format {
        name: "env-name",
        has: is_variable_name,
        problem: "is not a variable name",
        pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        max_length: None,
    },
];

/// The format of this name, if it is one of these.
pub(super) fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Checks the formats above.
pub(super) fn options<'a>() -> ValidationOptions<'a> {
    // The last draft in which an encoding is asserted, and not just told.
    let options = jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_content_encoding("base64", is_base64, |_| Ok(None));
    FORMATS
        .iter()
        .fold(options, |options, format| options.with_format(format.name, format.has))
}

/// What is wrong with a string that does not have this format.
pub(super) fn problem(name: &str) -> Option<&'static str> {
    find(name).map(|format| format.problem)
}

/// Whether a string stays one segment of a URL's path, whatever clients, proxies and servers do to it: 1 to 256 bytes
/// of letters, digits and ASCII punctuation, without `/`, `?`, `#`, `%`, `\` and `;`, and not `.` or `..`.
///
/// `;` begins a segment's parameters, which some servers take off: `..;a` is `..` to them. Of what is not ASCII only
/// letters and digits pass: among the rest are invisible characters, and others that normalise to `.` or `/`.
pub fn is_path_segment(text: &str) -> bool {
    let passes = |c: char| match c {
        '/' | '?' | '#' | '%' | '\\' | ';' => false,
        _ => c.is_ascii_graphic() || !c.is_ascii() && c.is_alphanumeric(),
    };
    (1..=256).contains(&text.len()) && !matches!(text, "." | "..") && text.chars().all(passes)
}

fn is_not_blank(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

fn is_program(text: &str) -> bool {
    !text.is_empty() && has_no_nul(text)
}

fn has_no_nul(text: &str) -> bool {
    !text.contains('\0')
}
