//! What a script refuses, by the contract's codes.

use super::super::fault::{Code, Fault, Outcome};
use crate::guest::script::{Failure, Refusal};

/// What a script has told of the path in this field.
pub(super) fn told<T>(field: &str, told: Result<T, Failure>) -> Outcome<T> {
    told.map_err(|failure| refused(field, failure))
}

/// Why a script has not made what is to be at `path`; `parents` is whether the directories above it are made.
pub(super) fn parentless(failure: Failure, parents: bool) -> Fault {
    match failure {
        Failure::Told(Refusal::NoParent) if !parents => refused("path", failure).fixed_by("parents", true),
        failure => refused("path", failure),
    }
}

/// Why a script has not done what it was to do with the path in this field.
pub(super) fn refused(field: &str, failure: Failure) -> Fault {
    let refusal = match failure {
        Failure::Told(refusal) => refusal,
        Failure::Uncertain(error) => return Fault::from(error).of_files(),
    };
    let (code, problem) = match refusal {
        Refusal::Senseless => (
            Code::S210,
            "names something that this cannot be done to: `/`, `.`, `..`, a name that is too long, links that lead in a circle, or a directory that is to be moved into itself",
        ),
        Refusal::Missing => (Code::S211, "names nothing that exists"),
        Refusal::NoParent => (Code::S211, "is in a directory that does not exist"),
        Refusal::NoFile => (
            Code::S212,
            "names something of another type than this needs, or has a file where a directory must be",
        ),
        Refusal::Exists => (Code::S213, "names something that exists already"),
        Refusal::NotEmpty => (Code::S214, "names a directory that is not empty"),
        Refusal::Denied => (
            Code::S215,
            "names something that the user of the sandbox may not do this to",
        ),
        Refusal::Changed => (Code::S216, "names a file that changes meanwhile"),
        Refusal::NoFolder | Refusal::Broken => (
            Code::S216,
            "names something that could not be read or stored: the disk may be full",
        ),
        Refusal::TooLarge => (Code::S219, "names more than this can be done to"),
        Refusal::Lacking => {
            return Fault::new(
                Code::S219,
                "the image lacks a command that files take, such as `stat`, `find`, `base64` or `sha256sum`",
            );
        }
        Refusal::Other(126 | 127) => return Fault::new(Code::S219, "the image has no shell `sh`, which files take"),
        Refusal::Other(status) => {
            return Fault::new(
                Code::S216,
                format!("the shell of the sandbox ended with status {status}"),
            );
        }
    };
    Fault::new(code, format!("`{field}` {problem}"))
}
