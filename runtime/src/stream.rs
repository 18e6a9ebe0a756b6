//! Answers that are streams of events: what a program writes while it runs, and how it ended.
//!
//! A mapping says which events hold output and which one is the end; all others are of no interest, those that keep the
//! connection alive among them. Output is taken in as it comes, and of a long one no more is in memory than will be
//! answered. A stream that breaks off before its end has failed: nobody knows how the program ended.

mod connect;
mod event;
mod framing;
mod lines;
mod output;
mod sse;
#[cfg(test)]
mod tests;

use std::{error::Error as StdError, fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::StreamExt;
use progenitor_client::{ByteStream, ResponseValue};
use serde_json::Value;
use tokio::time::Instant;

use self::{
    event::Event,
    framing::{Frame, Frames},
    output::Output,
};
use crate::{call::Call, http, provider::Api, request::Sent};

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
}

/// What some events tell: what is at a path in those of which all of `only` holds.
#[derive(Debug)]
pub struct Told {
    /// `.event.data.stdout`
    pub at: &'static str,
    pub only: &'static [Only],
}

/// A path, and what has to be there: one of these words.
pub type Only = (&'static str, &'static [&'static str]);

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
        let config = &self.worker().config;
        let limits = Limits {
            output: config.max_output_bytes,
            event: config.max_response_bytes,
            over: Instant::now() + Duration::from_millis(config.exec_timeout_ms(deadline_ms)),
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
    /// The largest event, in bytes.
    event: usize,
    /// When the program's time is over.
    over: Instant,
}

/// The exit code of a program that was ended, as `timeout` has it.
const TIMED_OUT: i64 = 124;

/// The clock of the provider may be this much ahead.
const CLOCK_SLACK: Duration = Duration::from_millis(100);

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

/// What has come of a stream so far.
struct Folding<'s> {
    stream: &'s Stream,
    over: Instant,
    stdout: Output,
    stderr: Output,
    begun: bool,
    end: Option<Value>,
}

impl<'s> Folding<'s> {
    fn new(stream: &'s Stream, limits: Limits) -> Self {
        Self {
            stream,
            over: limits.over,
            stdout: Output::new(limits.output),
            stderr: Output::new(limits.output),
            begun: false,
            end: None,
        }
    }

    /// Takes a frame in; gives what has come of the stream if that was the last one.
    fn take(&mut self, frame: Frame) -> Result<Option<Streamed>, Broken> {
        match frame {
            Frame::Event(event) => {
                self.event(&event)?;
                // A Connect stream has a last frame, which may still tell of an error.
                let is_over = self.stream.framing != Framing::Connect && self.end.is_some();
                is_over.then(|| self.ended(false)).transpose()
            }
            Frame::End(None) if self.end.is_some() => self.ended(false).map(Some),
            Frame::End(None) => Err(Broken::Unfinished(None)),
            Frame::End(Some(code)) if self.stream.timed_out.errors.contains(&code.as_str()) => {
                self.ended(true).map(Some)
            }
            Frame::End(Some(code)) => Err(match (connect::status(&code), self.begun) {
                (status, false) => Broken::Refused(status),
                (status, true) => Broken::Failed(Some(status)),
            }),
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Broken> {
        self.begun = true;
        if self
            .stream
            .fail
            .as_ref()
            .is_some_and(|fail| fail.found(event).is_some())
        {
            return Err(Broken::Failed(None));
        }
        for (pieces, output) in [
            (&self.stream.stdout, &mut self.stdout),
            (&self.stream.stderr, &mut self.stderr),
        ] {
            if let Some(pieces) = pieces {
                pieces.take(event, output)?;
            }
        }
        self.end = self.end.take().or_else(|| self.stream.end.found(event));
        Ok(())
    }

    /// `told` says whether the provider has told that the time was over, in place of an end.
    fn ended(&mut self, told: bool) -> Result<Streamed, Broken> {
        let end = self.end.take().unwrap_or_default();
        let exit_code = match &self.stream.exit_code {
            Some(_) if told => TIMED_OUT,
            Some(code) => code.of(&end).ok_or(Broken::Unreadable)?,
            None => 0,
        };
        let was_ended =
            !self.stream.timed_out.end.is_empty() && all(self.stream.timed_out.end, |at| event::find(&end, at));
        let (stdout, stdout_truncated) = self.stdout.text();
        let (stderr, stderr_truncated) = self.stderr.text();
        Ok(Streamed {
            stdout,
            stderr,
            exit_code,
            stdout_truncated,
            stderr_truncated,
            timed_out: told || (was_ended && Instant::now() + CLOCK_SLACK >= self.over),
            end,
        })
    }
}

impl ExitCode {
    /// One that is neither there nor zero for a reason is none.
    fn of(&self, end: &Value) -> Option<i64> {
        match event::find(end, self.at) {
            Some(code) if !code.is_null() => code.as_i64(),
            _ if self.zero.is_empty() => None,
            _ => all(self.zero, |at| event::find(end, at)).then_some(0),
        }
    }
}

impl Told {
    fn is_in(&self, event: &Event) -> bool {
        all(self.only, |at| event.value(at))
    }

    fn found(&self, event: &Event) -> Option<Value> {
        let found = self.is_in(event).then(|| event.value(self.at)).flatten();
        found.filter(|value| !value.is_null()).cloned()
    }
}

impl Pieces {
    fn take(&self, event: &Event, output: &mut Output) -> Result<(), Broken> {
        if !self.of.is_in(event) {
            return Ok(());
        }
        match event.text(self.of.at)? {
            Some(text) if self.base64 => {
                let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| Broken::Unreadable)?;
                output.push(&bytes);
            }
            Some(text) => output.push(text.as_bytes()),
            None => {}
        }
        Ok(())
    }
}

/// Whether all of these hold.
fn all<'v>(only: &[Only], find: impl Fn(&str) -> Option<&'v Value>) -> bool {
    use crate::poll::Shown;
    only.iter().all(|(at, words)| find(at).is_one_of(words))
}
