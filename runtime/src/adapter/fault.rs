//! Every error that a caller of the adapter can get.
//!
//! The contract's consumers look for a JSON object in the message, and act on its `code` and `fix`. Its text is the
//! worker's own: what a provider, a library or a program said is never quoted.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::error::{self, Error, Reported};

/// The codes of the sandbox adapter contract, version 1, as far as an adapter gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// Bad request; nothing was done.
    S001,
    /// No such sandbox.
    S002,
    /// The sandbox runs as many programs as it may.
    S003,
    /// The sandbox has stopped.
    S004,
    /// The image is not in the catalog.
    S100,
    /// An image of the catalog does not exist: the operator must act.
    S101,
    /// The program was killed after its time.
    S200,
    /// A file operation that makes no sense.
    S210,
    /// A path that does not exist.
    S211,
    /// A file of another type than is needed.
    S212,
    /// A path that exists already.
    S213,
    /// A directory that is not empty.
    S214,
    /// A file that may not be reached.
    S215,
    /// Files could not be read or written.
    S216,
    /// A pattern that is no regular expression.
    S217,
    /// A channel broke off.
    S218,
    /// A file operation that this sandbox cannot do.
    S219,
    /// The sandbox cannot be started or reached.
    S300,
    /// A limit of how much may run.
    S400,
}

impl Code {
    /// `S001`.
    pub fn name(self) -> &'static str {
        match self {
            Self::S001 => "S001",
            Self::S002 => "S002",
            Self::S003 => "S003",
            Self::S004 => "S004",
            Self::S100 => "S100",
            Self::S101 => "S101",
            Self::S200 => "S200",
            Self::S210 => "S210",
            Self::S211 => "S211",
            Self::S212 => "S212",
            Self::S213 => "S213",
            Self::S214 => "S214",
            Self::S215 => "S215",
            Self::S216 => "S216",
            Self::S217 => "S217",
            Self::S218 => "S218",
            Self::S219 => "S219",
            Self::S300 => "S300",
            Self::S400 => "S400",
        }
    }

    /// The contract's group of codes.
    fn kind(self) -> &'static str {
        match self {
            Self::S001 | Self::S002 | Self::S003 | Self::S004 => "validation",
            Self::S100 | Self::S400 => "config",
            Self::S101 => "internal",
            Self::S200 => "execution",
            Self::S218 => "transient",
            Self::S300 => "platform",
            _ => "filesystem",
        }
    }

    /// Whether the same request may succeed when it is sent again.
    fn is_retryable(self) -> bool {
        self == Self::S218
    }
}

/// What a caller of the adapter gets instead of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    code: Code,
    message: String,
    retryable: bool,
    /// Fields with which the same request would be accepted.
    fix: Box<Map<String, Value>>,
    fix_note: Option<String>,
}

/// Where the engine's vendor says what a code means. Consumers read a text here: one that is absent they can do without,
/// `null` some of them refuse.
const DOCS: &str = "https://docs.iii.dev/errors/sandbox/";

pub(crate) type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// `message` must be the worker's own words.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: code.is_retryable(),
            fix: Box::default(),
            fix_note: None,
        }
    }

    /// S001 that names the field.
    pub fn bad_input(field: &str, problem: &str) -> Self {
        Self::new(Code::S001, format!("`{field}` {problem}"))
    }

    /// S002.
    pub fn unknown() -> Self {
        Self::new(Code::S002, "no such sandbox").noted("`list` shows those that run")
    }

    /// S004.
    pub fn stopped() -> Self {
        Self::new(Code::S004, "the sandbox has stopped").noted("start another one with `create`")
    }

    /// The request would be accepted with this field.
    pub fn fixed_by(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fix.insert(field.to_owned(), value.into());
        self
    }

    /// What to do, in a sentence.
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.fix_note = Some(note.into());
        self
    }

    /// The same request may succeed when it is sent again.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The failure of a step of `run`, in a sandbox that has ended since.
    pub fn of_step(self, step: &str, sandbox: Option<&str>) -> Self {
        let code = self.code.name();
        let fault = self
            .fixed_by("context", format!("{step} failed"))
            .fixed_by("inner_code", code);
        match sandbox {
            Some(sandbox) => fault.fixed_by("sandbox_id", sandbox),
            None => fault,
        }
    }

    /// This one of an operation on files, for which a sandbox that cannot be reached is a failed input or output.
    pub fn of_files(mut self) -> Self {
        if self.code == Code::S300 {
            self.code = Code::S216;
        }
        self
    }

    /// This one of storing what a program is to read: the caller has named no file.
    pub fn of_stdin(mut self) -> Self {
        if self.code.kind() == "filesystem" {
            self.code = Code::S300;
            self.message = format!("the input could not be stored in the sandbox: {}", self.message);
            self.fix.clear();
            self.fix_note = None;
        }
        self
    }

    pub fn code(&self) -> Code {
        self.code
    }

    #[cfg(test)]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What consumers parse.
    pub fn payload(&self) -> Value {
        let fix = (!self.fix.is_empty()).then_some(&self.fix);
        json!({
            "type": self.code.kind(),
            "code": self.code.name(),
            "message": self.message,
            "docs_url": format!("{DOCS}{}", self.code.name()),
            "retryable": self.retryable,
            "fix": fix,
            "fix_note": self.fix_note,
        })
    }
}

/// For the log.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code.name(), self.message)
    }
}

/// A provider's or the worker's own error, as the contract words it. What is no sandbox to the provider was one to the
/// adapter, which asks for none else: it has stopped.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        use error::Code as Family;
        let code = match error.code() {
            Family::S001 | Family::S200 | Family::S404 => Code::S001,
            Family::S002 => Code::S004,
            Family::S100 => Code::S100,
            Family::S400 | Family::S500 | Family::S501 => Code::S400,
            Family::S300 | Family::S502 | Family::S503 => Code::S300,
        };
        match error.code() {
            Family::S002 => Self::stopped(),
            Family::S500 => Self::new(code, error.words()).retryable(),
            _ => Self::new(code, error.words()),
        }
    }
}

/// Byte for byte what a handler's error of the SDK looks like, which is what consumers know.
impl From<Fault> for Reported {
    fn from(fault: Fault) -> Self {
        Self {
            code: "invocation_failed".to_owned(),
            message: format!("handler error: {}", fault.payload()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../codegen/contract/adapter.yaml");

    /// The code that the table gives a caller of the adapter for one of the family's, wherever it names both.
    fn told(family: error::Code) -> Vec<&'static str> {
        let rows = TABLE.lines().filter(|line| line.trim_start().starts_with("- {when: "));
        let of_family = rows.filter(|row| row.contains(&format!("family: {},", family.name())));
        let code = |row: &'static str| row.split("adapter: ").nth(1)?.trim_matches(['\'', '}']).get(..4);
        of_family.filter_map(code).collect()
    }

    #[test]
    fn an_error_of_the_family_has_the_code_that_the_table_says() {
        use error::Code as Family;
        for family in [
            Family::S001,
            Family::S002,
            Family::S100,
            Family::S200,
            Family::S300,
            Family::S400,
            Family::S404,
            Family::S500,
            Family::S501,
            Family::S502,
            Family::S503,
        ] {
            let fault = Fault::from(Error::new(family, "why"));
            assert!(
                told(family).contains(&fault.code().name()),
                "{family:?}: {:?}",
                told(family)
            );
        }
    }

    #[test]
    fn consumers_find_the_fields_of_an_error_in_its_message() {
        let fault = Fault::bad_input("path", "is in no directory").fixed_by("parents", true);
        let reported = Reported::from(fault);
        let begin = reported.message.find('{').expect("JSON");
        let payload: Value = serde_json::from_str(&reported.message[begin..]).expect("JSON");
        assert_eq!(
            payload,
            json!({
                "type": "validation",
                "code": "S001",
                "message": "`path` is in no directory",
                "docs_url": "https://docs.iii.dev/errors/sandbox/S001",
                "retryable": false,
                "fix": {"parents": true},
                "fix_note": null,
            })
        );
    }
}
