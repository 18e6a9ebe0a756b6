//! Connections that the engine does not want: the SDK tries again for ever, and tells nobody but the log.

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

/// What the SDK says of a connection that came to nothing.
const NOT_MADE: &str = "failed to connect; retrying";

/// What is said of one that the engine has closed before anything was heard of it: by the SDK, which takes it for one that
/// is there, and by the watch over the link.
const CLOSED: [&str; 3] = [
    "failed to flush queue",
    "failed to send reattach; reconnecting",
    "the connection to the engine is lost",
];

/// What the watch over the link says of one that is of use.
const OF_USE: [&str; 2] = ["registered ", "offered "];

/// Counts them, and has `say` tell of it: a line cannot be logged while another one is.
pub(super) struct Handshakes {
    refused: AtomicU32,
    closed: AtomicU32,
    /// Whether the connection that is lost next was of use.
    is_of_use: AtomicBool,
    say: fn(&str),
}

impl Handshakes {
    pub fn new(say: fn(&str)) -> Self {
        Self {
            refused: AtomicU32::new(0),
            closed: AtomicU32::new(0),
            is_of_use: AtomicBool::new(false),
            say,
        }
    }

    fn refused(&self, status: u16) {
        if let Some(times) = one_more(&self.refused) {
            (self.say)(&format!(
                "the engine has refused this worker {times} times (status {status}): its token, the environment variable \
                 III_TOKEN, is missing or wrong"
            ));
        }
    }

    fn closed(&self) {
        if self.is_of_use.swap(false, Ordering::Relaxed) {
            return;
        }
        if let Some(times) = one_more(&self.closed) {
            (self.say)(&format!(
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

impl<S: Subscriber> Layer<S> for Handshakes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        if !target.starts_with("iii_sdk") && !target.starts_with(concat!(env!("CARGO_CRATE_NAME"), "::engine")) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        match line.status() {
            Some(status) if line.message == NOT_MADE => self.refused(status),
            _ if CLOSED.iter().any(|closed| line.message.starts_with(closed)) => self.closed(),
            _ if OF_USE.iter().any(|of_use| line.message.starts_with(of_use)) => {
                self.refused.store(0, Ordering::Relaxed);
                self.closed.store(0, Ordering::Relaxed);
                self.is_of_use.store(true, Ordering::Relaxed);
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
    /// The status that it names, if it is one for a token that is missing or wrong.
    fn status(&self) -> Option<u16> {
        let words = self.error.split_whitespace();
        words
            .filter_map(|word| word.parse().ok())
            .find(|status| matches!(status, 401 | 403))
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
