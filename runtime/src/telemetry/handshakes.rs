//! Connections that the engine does not want: the SDK tries again for ever, and tells nobody but the log.
//!
//! What the SDK knows is read off its own lines, by the code that has written them; what the worker knows it says itself.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// How many in a row are no accident. It is said again after ten times as many.
const ENOUGH: u32 = 3;

/// The crate whose lines are read.
const SDK: &str = "iii_sdk";

/// What it says of a connection that came to nothing.
const NOT_MADE: &str = "failed to connect; retrying";

/// What it says of one that the engine has closed before anything was heard of it, and that it takes for one that is there.
const CLOSED: [&str; 3] = [
    "failed to flush queue",
    "failed to flush post-drain queue",
    "failed to send reattach; reconnecting",
];

/// What stands before the status in the error of a handshake.
const STATUS: &str = "HTTP error: ";

static SEEN: Seen = Seen {
    refused: AtomicU32::new(0),
    closed: AtomicU32::new(0),
    is_of_use: AtomicBool::new(false),
    is_counted: AtomicBool::new(false),
};

/// What has come of connections so far.
struct Seen {
    refused: AtomicU32,
    closed: AtomicU32,
    /// Whether the one that is there was of use.
    is_of_use: AtomicBool,
    /// Whether the SDK has told of its end.
    is_counted: AtomicBool,
}

/// The connection that is there is of use: the engine knows the worker's functions.
pub(crate) fn of_use() {
    SEEN.refused.store(0, Ordering::Relaxed);
    SEEN.closed.store(0, Ordering::Relaxed);
    SEEN.is_of_use.store(true, Ordering::Relaxed);
}

/// The connection that was there is lost. One that was of no use counts, unless the SDK has told of it.
pub(crate) fn lost() {
    let is_counted = SEEN.is_counted.swap(false, Ordering::Relaxed);
    if !SEEN.is_of_use.swap(false, Ordering::Relaxed) && !is_counted {
        SEEN.closed();
    }
}

impl Seen {
    fn refused(&self, status: u16) {
        if let Some(times) = one_more(&self.refused) {
            super::say(&format!(
                "the engine has refused this worker {times} times (status {status}): its token, the environment variable \
                 III_TOKEN, is missing or wrong"
            ));
        }
    }

    fn closed(&self) {
        if let Some(times) = one_more(&self.closed) {
            super::say(&format!(
                "the engine has closed the connection at once {times} times: its log says why, it may refuse this worker's \
                 name, namespace or token"
            ));
        }
    }
}

/// How often it has happened in a row, if that is to be said.
fn one_more(count: &AtomicU32) -> Option<u32> {
    let times = count.fetch_add(1, Ordering::Relaxed) + 1;
    (times % (10 * ENOUGH) == ENOUGH).then_some(times)
}

/// Reads the lines of the SDK.
pub(super) struct Handshakes;

impl<S: Subscriber> Layer<S> for Handshakes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        if target.split("::").next() != Some(SDK) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        match line.status() {
            Some(status) if line.message == NOT_MADE => SEEN.refused(status),
            _ if CLOSED.contains(&line.message.as_str()) => {
                SEEN.is_counted.store(true, Ordering::Relaxed);
                SEEN.closed();
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    error: String,
}

impl Line {
    /// The status of a handshake that the engine has refused, if it is one for a token that is missing or wrong.
    fn status(&self) -> Option<u16> {
        let (_, status) = self.error.split_once(STATUS)?;
        let status = status.split_whitespace().next()?.parse().ok()?;
        matches!(status, 401 | 403).then_some(status)
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "error" => self.error = format!("{value:?}"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(error: &str) -> Option<u16> {
        let error = error.to_owned();
        Line {
            error,
            ..Line::default()
        }
        .status()
    }

    #[test]
    fn only_the_status_of_a_handshake_is_one() {
        assert_eq!(status("websocket error: HTTP error: 401 Unauthorized"), Some(401));
        assert_eq!(status("HTTP error: 403 Forbidden"), Some(403));
        for other in [
            "HTTP error: 503 Service Unavailable",
            "IO error: os error 401",
            "cannot reach 403 at 401",
            "HTTP error: ",
            "",
        ] {
            assert_eq!(status(other), None, "{other}");
        }
    }
}
