//! Answers that are streams of events: what a program writes while it runs, and how it ended.
//!
//! A mapping says which events hold output and which one is the end; all others are of no interest, those that keep the
//! connection alive among them. Output is taken in as it comes, and of a long one no more is in memory than will be
//! answered. A stream that breaks off before its end has failed: nobody knows how the program ended.

mod connect;
mod event;
mod folding;
mod framing;
mod lines;
mod output;
mod sse;
#[cfg(test)]
mod tests;

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use progenitor_client::{ByteStream, ResponseValue};
use serde_json::Value;
use tokio::time::Instant;

use self::{folding::Folding, framing::Frames};
use crate::{call::Call, condition::Test, http, provider::Api, request::Sent, value::Kept};

/// How events are told apart, which the media type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `application/connect+json`: each behind its length, and a last one that says whether the call has failed.
    Connect,
    /// `text/event-stream`: fields with a name, and an empty line behind each event.
    Sse,
    /// `application/x-ndjson` and its like: a line of JSON each.
    Lines,
}

/// What a mapping reads of a stream.
#[derive(Debug)]
pub struct Stream {
    pub framing: Framing,
    pub stdout: Option<Pieces>,
    pub stderr: Option<Pieces>,
    /// The event that ends it.
    pub end: Told,
    /// The event that says that the call has failed.
    pub fail: Option<Told>,
    pub exit_code: Option<ExitCode>,
    pub timed_out: TimedOut,
    /// Whether the output is that of a shell line, which bounds what its program writes and marks what it leaves out.
    pub of_shell: bool,
}

/// What some events tell: what is at a path in those of which all of `only` holds.
#[derive(Debug)]
pub struct Told {
    /// `.event.data.stdout`
    pub at: &'static str,
    pub only: &'static [Only],
}

/// A path, and what is asked of what is there.
pub type Only = (&'static str, Test);

/// The output that events tell piece by piece.
#[derive(Debug)]
pub struct Pieces {
    pub of: Told,
    /// Whether each is base64 of bytes, which may end within a character.
    pub base64: bool,
}

/// Where the end has the exit code.
#[derive(Debug)]
pub struct ExitCode {
    pub at: &'static str,
    /// What the end says of a program that has ended with 0, where zeros are left out.
    pub zero: &'static [Only],
}

/// What says that the program was ended because its time was over.
#[derive(Debug)]
pub struct TimedOut {
    /// The codes with which a Connect stream ends then.
    pub errors: &'static [&'static str],
    /// What the end says of a program that was ended, if it came no sooner than its time was over.
    pub end: &'static [Only],
}

/// What has come of a stream.
#[derive(Debug, Default, PartialEq)]
pub struct Streamed {
    pub stdout: String,
    pub stderr: String,
    /// Whether the middle was left out, because it was longer than `max_output_bytes`.
    pub stdout_truncated: bool,
    pub stderr_truncated: bool,
    pub timed_out: bool,
    /// 124 if an error ended the stream, because the program's time was over.
    pub exit_code: i64,
    /// What the event that ended it says; null if an error did, because its time was over.
    pub end: Value,
}

/// Why a stream has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It told nothing but an error, which stands for this status: the call was refused.
    Refused(u16),
    /// It told of an error after other events. One of Connect stands for a status.
    Failed(Option<u16>),
    /// It ended, or the connection broke for this cause.
    Unfinished(Option<String>),
    /// A frame is compressed, which nobody asked for.
    Compressed,
    /// An event is larger than the worker takes.
    TooLarge,
    Unreadable,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stream of events has no end: {self:?}")
    }
}

impl StdError for Broken {}

impl<C: Api> Call<C> {
    /// Reads an answer that is a stream, for a program that may run so many milliseconds; none stands for the configured
    /// time.
    ///
    /// # Errors
    /// The answer's own, and why the stream has not come to its end.
    pub async fn streamed(
        &self,
        stream: &'static Stream,
        deadline_ms: Option<u64>,
        answer: impl Future<Output = Sent<ByteStream>> + Send,
    ) -> Sent<Streamed> {
        let config = self.config();
        let limits = Limits {
            output: match stream.of_shell {
                true => config.max_response_bytes,
                false => usize::try_from(self.max_output_bytes()).unwrap_or(usize::MAX),
            },
            kept: self.kept(),
            event: config.max_response_bytes,
            over: Instant::now() + Duration::from_millis(self.exec_timeout_ms(deadline_ms)),
        };
        let answer = answer.await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        match read(stream, limits, answer.into_inner().into_inner()).await {
            Ok(streamed) => Ok(ResponseValue::new(streamed, status, headers)),
            Err(broken) => Err(http::failed(broken).await),
        }
    }
}

/// How much of a stream is taken in.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Of each output, in bytes.
    output: usize,
    /// What is taken in of a longer one.
    kept: Kept,
    /// The largest event, in bytes.
    event: usize,
    /// When the program's time is over.
    over: Instant,
}

async fn read<S>(stream: &Stream, limits: Limits, mut bytes: S) -> Result<Streamed, Broken>
where
    S: futures::Stream<Item = reqwest::Result<Bytes>> + Unpin,
{
    let mut frames = Frames::new(stream.framing, limits.event);
    let mut folding = Folding::new(stream, limits);
    loop {
        while let Some(frame) = frames.next()? {
            if let Some(ended) = folding.take(frame)? {
                return Ok(ended);
            }
        }
        match bytes.next().await {
            Some(Ok(chunk)) => frames.push(&chunk),
            Some(Err(error)) => return Err(Broken::Unfinished(Some(http::causes(&error)))),
            None => break,
        }
    }
    let last = frames.rest().map(|frame| folding.take(frame)).transpose()?.flatten();
    last.ok_or(Broken::Unfinished(None))
}
