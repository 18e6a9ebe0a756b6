//! Every error that a caller can get.
//!
//! A caller sees a code and one sentence in the worker's own words. What a provider, a library or the caller's own
//! payload said is never quoted: it may hold a secret, and a text that contains "not found" is taken by the family's
//! router for an unknown provider. Details for the operator go to the log, where they are made.

use std::fmt;

/// The family's codes, as far as a worker itself gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Bad input; nothing was sent.
    S001,
    /// There is no such sandbox, or none that the caller may see.
    S002,
    /// The image is not in the allowlist, and nothing was sent; or the provider knows none such.
    S100,
    /// The request is larger than the provider takes.
    S200,
    /// The provider cannot start this sandbox.
    S300,
    /// The concurrency cap is reached; nothing was created.
    S400,
    /// The provider cannot do this.
    S404,
    /// Rate limited by the provider.
    S500,
    /// The provider's quota or credit is used up.
    S501,
    /// The provider failed, cannot be reached or cannot be understood.
    S502,
    /// The API key is missing or refused.
    S503,
}

impl Code {
    /// `S502`.
    pub fn name(self) -> &'static str {
        match self {
            Code::S001 => "S001",
            Code::S002 => "S002",
            Code::S100 => "S100",
            Code::S200 => "S200",
            Code::S300 => "S300",
            Code::S400 => "S400",
            Code::S404 => "S404",
            Code::S500 => "S500",
            Code::S501 => "S501",
            Code::S502 => "S502",
            Code::S503 => "S503",
        }
    }

    /// What the code means, as the beginning of a sentence.
    fn meaning(self) -> &'static str {
        match self {
            Code::S001 => "bad input",
            Code::S002 => "no such sandbox",
            Code::S100 => "image not in allowlist",
            Code::S200 => "resource oversize",
            Code::S300 => "host cannot boot",
            Code::S400 => "concurrency cap reached",
            Code::S404 => "capability unsupported",
            Code::S500 => "rate limited by provider",
            Code::S501 => "quota exhausted",
            Code::S502 => "provider unavailable",
            Code::S503 => "auth invalid or expired",
        }
    }
}

/// What a caller gets instead of an answer. Displays as `[S502] provider unavailable: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    /// How its text begins.
    meaning: &'static str,
    detail: String,
    /// Whether it comes of facts that are known to have changed.
    outdated: bool,
}

impl Error {
    /// `detail` must be the worker's own words.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            meaning: code.meaning(),
            detail: detail.into(),
            outdated: false,
        }
    }

    /// S002.
    pub fn no_such_sandbox(detail: impl Into<String>) -> Self {
        Self::new(Code::S002, detail)
    }

    /// S100 of an image that the provider does not know.
    pub fn no_such_image(detail: impl Into<String>) -> Self {
        Self {
            meaning: "no such image",
            ..Self::new(Code::S100, detail)
        }
    }

    /// S001 that names the field.
    pub fn bad_input(field: &str, problem: &str) -> Self {
        Self::new(Code::S001, format!("`{field}` {problem}"))
    }

    /// S502: something in a provider's answer is missing or makes no sense.
    pub fn unreadable(what: impl fmt::Display) -> Self {
        Self::new(Code::S502, format!("unreadable answer: {what}"))
    }

    /// This error, marked as one of a request that was made with facts that have changed.
    pub(crate) fn outdated(self) -> Self {
        Self { outdated: true, ..self }
    }

    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated
    }

    pub fn code(&self) -> Code {
        self.code
    }

    /// Its text without the code.
    pub(crate) fn words(&self) -> String {
        match self.detail.is_empty() {
            true => self.meaning.to_owned(),
            false => format!("{}: {}", self.meaning, self.detail),
        }
    }

    pub fn message(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code.name(), self.words())
    }
}

impl std::error::Error for Error {}

/// An error as its caller gets it, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    pub code: String,
    pub message: String,
}

/// `Remote` is the one variant that reaches the caller as it is: code and text, no backtrace.
impl From<Reported> for iii_sdk::errors::Error {
    fn from(Reported { code, message }: Reported) -> Self {
        Self::Remote {
            code,
            message,
            stacktrace: None,
        }
    }
}

impl From<Error> for Reported {
    fn from(error: Error) -> Self {
        Self {
            code: error.code.name().to_owned(),
            message: error.to_string(),
        }
    }
}
