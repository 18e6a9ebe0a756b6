//! The formats of strings in the schemas, and what a caller is told about each.

use jsonschema::{Draft, ValidationOptions};

use crate::value::{is_base64, is_variable_name};

/// A format: its name in a schema, whether a string has it, and how to say that one has not.
struct Format {
    name: &'static str,
    has: fn(&str) -> bool,
    problem: &'static str,
}

const FORMATS: &[Format] = &[
    Format {
        name: "path-segment",
        has: is_path_segment,
        problem: "must be one path segment",
    },
    Format {
        name: "not-blank",
        has: is_not_blank,
        problem: "must not be blank or have control characters",
    },
    Format {
        name: "program",
        has: is_program,
        problem: "must not be empty or have a NUL",
    },
    Format {
        name: "no-nul",
        has: has_no_nul,
        problem: "must not have a NUL",
    },
    Format {
        name: "env-name",
        has: is_variable_name,
        problem: "is not a variable name",
    },
];

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
    FORMATS
        .iter()
        .find(|format| format.name == name)
        .map(|format| format.problem)
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
