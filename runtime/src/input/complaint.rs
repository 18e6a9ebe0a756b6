//! What a caller is told about a payload: the field, and what it must be. Never what it is.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::format;
use super::stranger::Stranger;
use crate::error::{Code, Error};
use crate::value::is_variable_name;

/// Longer names of variables are not repeated.
const NAME_LIMIT: usize = 64;

/// The error for a field's value that is not as the field's schema says.
pub(super) fn about(field: &str, error: &ValidationError<'_>, schema: &Value, value: &Value) -> Error {
    let field = Field::default()
        .within(field)
        .below(error.instance_path().as_str(), value);
    let (parent, _) = error.schema_path().as_str().rsplit_once('/').unwrap_or_default();
    let demands = schema.pointer(parent).unwrap_or(&Value::Null);
    match error.kind() {
        Kind::Required { property } => field
            .within(property.as_str().unwrap_or_default())
            .complain("is missing"),
        kind => field.complain(&problem(kind, demands)),
    }
}

/// How alike a field must be to one that is known to be taken for it.
const SIMILARITY: f64 = 0.8;

/// The error for a field that the schema does not name: which may be meant.
pub(super) fn unknown(stranger: &Stranger<'_>, payload: &Value) -> Error {
    let similarity = |known: &str| strsim::jaro_winkler(&bare(known), &bare(stranger.name));
    let nearest = stranger.known.iter().map(|known| (similarity(known), known));
    let nearest = nearest.max_by(|(a, _), (b, _)| a.total_cmp(b));
    let meant = match nearest {
        Some((similarity, known)) if similarity >= SIMILARITY => format!("did you mean `{known}`?"),
        Some(_) => format!("known are {}", stranger.known.join(", ")),
        None => "there are none".to_owned(),
    };
    let field = Field::at(&stranger.within, payload).within(stranger.name);
    field.complain(&format!("is not known; {meant}"))
}

/// `timeoutMs` and `timeout-ms` are ways to write `timeout_ms`.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// The error for a value with more bytes than its schema allows.
pub(super) fn too_large(field: &str, limit: u64) -> Error {
    let problem = format!("must have {limit} bytes or less in all");
    Field::default().within(field).complain(&problem)
}

/// The error for a value that passed the schema and still is too much for the type, such as a number beyond 64 bits.
pub(super) fn misfit(path: &Path) -> Error {
    let field = path.iter().try_fold(Field::default(), |field, segment| match segment {
        Segment::Seq { index } => Ok(field.item(*index)),
        Segment::Map { key } => Ok(field.within(key)),
        Segment::Enum { .. } | Segment::Unknown => Err(field),
    });
    field.unwrap_or_else(|field| field).complain("is out of range")
}

/// How a field is called: `args[2]`, `env.FOO`.
#[derive(Default)]
struct Field {
    name: String,
    /// Whether the name ends above the place, because the rest may be a secret of the caller.
    cut: bool,
}

impl Field {
    /// `pointer` is a JSON Pointer into `payload`.
    fn at(pointer: &str, payload: &Value) -> Self {
        Self::default().below(pointer, payload)
    }

    /// `pointer` is a JSON Pointer into `value`, which is this field's.
    fn below(self, pointer: &str, value: &Value) -> Self {
        let segments = pointer
            .split('/')
            .skip(1)
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"));
        let mut here = Some(value);
        segments.fold(self, |field, segment| {
            let index = here
                .filter(|value| value.is_array())
                .and_then(|_| segment.parse::<usize>().ok());
            match index {
                Some(index) => {
                    here = here.and_then(|value| value.get(index));
                    field.item(index)
                }
                None => {
                    here = here.and_then(|value| value.get(&segment));
                    field.within(&segment)
                }
            }
        })
    }

    fn item(mut self, index: usize) -> Self {
        if !self.cut {
            self.name.push_str(&format!("[{index}]"));
        }
        self
    }

    /// A name that looks like one is repeated. Anything else that stands where a name should may be a value.
    fn within(mut self, name: &str) -> Self {
        self.cut |= name.len() > NAME_LIMIT || !is_variable_name(name);
        if !self.cut {
            let dot = if self.name.is_empty() { "" } else { "." };
            self.name.push_str(&format!("{dot}{name}"));
        }
        self
    }

    fn complain(&self, problem: &str) -> Error {
        match (self.name.as_str(), self.cut) {
            ("", true) => Error::new(Code::S001, format!("the payload has a field that {problem}")),
            ("", false) => Error::new(Code::S001, format!("the payload {problem}")),
            (name, true) => Error::bad_input(name, &format!("has an entry that {problem}")),
            (name, false) => Error::bad_input(name, problem),
        }
    }
}

/// What is wrong, as the end of a sentence that begins with the field. `demands` is the schema of that field.
fn problem(kind: &Kind, demands: &Value) -> String {
    match kind {
        Kind::Type { .. }
        | Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. } => must_be(demands),
        Kind::Format { format } => format::problem(format)
            .unwrap_or("does not have the right format")
            .to_owned(),
        Kind::ContentEncoding { content_encoding } => format!("must be {content_encoding}"),
        Kind::PropertyNames { error } => {
            format!("has a name that {}", problem(error.kind(), &Value::Null))
        }
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have {limit} characters or more"),
        Kind::MaxLength { limit } => format!("must have {limit} characters or less"),
        Kind::MinItems { limit } | Kind::MinProperties { limit } => {
            format!("must have {limit} entries or more")
        }
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            format!("must have {limit} entries or less")
        }
        Kind::Enum { options } => format!("must be one of {options}"),
        _ => "is not as the schema says".to_owned(),
    }
}

fn must_be(demands: &Value) -> String {
    let what = match demands["type"].as_str() {
        Some("string") => "a string",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        Some("object") => "an object",
        _ => return "is not as the schema says".to_owned(),
    };
    match (demands.get("minimum"), demands.get("maximum")) {
        (Some(least), Some(most)) => format!("must be {what} from {least} to {most}"),
        (Some(least), None) => format!("must be {what}, {least} or more"),
        (None, Some(most)) => format!("must be {what}, {most} or less"),
        (None, None) => format!("must be {what}"),
    }
}
