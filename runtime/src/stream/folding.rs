//! Frames to what has come of a stream.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Broken, ExitCode, Framing, Limits, Only, Pieces, Stream, Streamed, Told, connect,
    event::{self, Event},
    framing::Frame,
    output::Output,
};
use crate::condition::Shown;

/// The exit code of a program that was ended, as `timeout` has it.
const TIMED_OUT: i64 = 124;

/// The clock of the provider may be this much ahead.
const CLOCK_SLACK: Duration = Duration::from_millis(100);

/// What has come of a stream so far.
pub(super) struct Folding<'s> {
    stream: &'s Stream,
    over: Instant,
    stdout: Output,
    stderr: Output,
    begun: bool,
    end: Option<Value>,
}

impl<'s> Folding<'s> {
    pub fn new(stream: &'s Stream, limits: Limits) -> Self {
        Self {
            stream,
            over: limits.over,
            stdout: Output::new(limits.output, limits.kept),
            stderr: Output::new(limits.output, limits.kept),
            begun: false,
            end: None,
        }
    }

    /// Takes a frame in; gives what has come of the stream if that was the last one.
    pub fn take(&mut self, frame: Frame) -> Result<Option<Streamed>, Broken> {
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
    only.iter().all(|(at, test)| find(at).passes(*test))
}
