//! What lines are matched by.

use regex::{Regex, RegexBuilder};
use tokio::task::spawn_blocking;

use super::super::fault::{Code, Fault, Outcome};

/// Matches texts beside the threads that serve calls: of much text it may take seconds.
pub(super) async fn matched<T: Send + 'static>(matching: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    let failed = |_| Fault::new(Code::S216, "the worker failed while it matched");
    spawn_blocking(matching).await.map_err(failed)
}

/// A regular expression of a caller.
///
/// # Errors
/// S217 if it is none.
pub(super) fn regex(pattern: &str, ignore_case: bool) -> Outcome<Regex> {
    let built = RegexBuilder::new(pattern).case_insensitive(ignore_case).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fault::new(Code::S217, "`pattern` is too large once it is compiled"),
        _ => Fault::new(
            Code::S217,
            "`pattern` is no regular expression as the crate `regex` of Rust has them",
        )
        .noted("there is no look-around and no back-reference; `\\` before a sign makes it stand for itself"),
    })
}

/// A text that stands for itself.
///
/// # Errors
/// S210 if it is empty, S217 if it is too long.
pub(super) fn literal(pattern: &str, ignore_case: bool) -> Outcome<Regex> {
    match pattern {
        "" => Err(Fault::new(
            Code::S210,
            "`pattern` must not be empty where `regex` is false",
        )),
        pattern => regex(&regex::escape(pattern), ignore_case),
    }
}
