//! What leaves the process beside answers: log lines on stderr, and traces, metrics and logs by OpenTelemetry.
//!
//! Sandbox work is made of secrets: environments, file contents, outputs, API keys. So two defaults of the libraries
//! are turned round before anything runs:
//!
//! - The SDK puts every payload and every answer into its traces, redacted by field name only. [`init`] turns that off
//!   unless the operator has set `III_DISABLE_TRACE_PAYLOADS` to something. The SDK reads this variable at each call
//!   and offers no other switch.
//! - Below `info`, libraries log what passes through them: tungstenite whole frames and the handshake with its bearer
//!   token, hyper and h2 headers and buffers, reqwest addresses, proxies and raw bytes, rustls the handshake. No list
//!   of such places stays complete, so only this crate and the worker's own may log below `info`, whatever `RUST_LOG`
//!   says. The iii crates stop at `warn`, because their `info` has the engine's address, which may carry a token;
//!   OpenTelemetry too, because its `info` is noise. Own code logs no payload, at no level.
//!
//! And nobody has to read the log: what is written to it is handed to a thread that waits alone.

mod export;
pub(crate) mod handshakes;
mod lines;
pub(crate) mod metrics;
pub(crate) mod spans;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::env;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use self::{export::Export, handshakes::Handshakes};
use crate::manifest::Package;
pub(crate) use lines::Lines;

/// All that the process writes to standard error.
static LOG: LazyLock<Arc<Lines>> = LazyLock::new(|| Lines::to(io::stderr()));

const PAYLOAD_SWITCH: &str = "III_DISABLE_TRACE_PAYLOADS";
const FILTER: &str = "RUST_LOG";
const DEFAULT_FILTER: &str = "info";
const QUIET_FILTER: &str = "error";

/// Starts logging and sets the process up so that no payload gets out. `RUST_LOG` selects what is logged, `info`
/// without it.
///
/// The first thing `main` does: it changes the environment, so no other thread may exist yet.
pub fn init(package: &Package) {
    init_with(package, DEFAULT_FILTER);
}

/// The same for a process whose output is read by a person: without `RUST_LOG` only errors are logged.
pub(crate) fn init_quiet(package: &Package) {
    init_with(package, QUIET_FILTER);
}

fn init_with(package: &Package, default_filter: &str) {
    let records_payloads = !disable_payload_recording();
    let (filter, is_readable) = requested_filter(env::var(FILTER).ok(), default_filter);
    let stderr = fmt::layer()
        .with_writer(|| &**LOG)
        .with_ansi(io::stderr().is_terminal());
    let export = Export {
        own: [env!("CARGO_CRATE_NAME").to_owned(), package.log_target()],
    };
    // `RUST_LOG` is for stderr alone. This fails if the process has a subscriber already; then that one decides.
    let _ = tracing_subscriber::registry()
        .with(cap(package))
        .with(stderr.with_filter(filter))
        .with(Handshakes.with_filter(LevelFilter::INFO))
        .with(export.with_filter(LevelFilter::WARN))
        .try_init();
    panic::set_hook(Box::new(log_panic));
    if !is_readable {
        tracing::warn!("{FILTER} is not a valid filter and is ignored");
    }
    if records_payloads {
        tracing::warn!("{PAYLOAD_SWITCH} is off: traces will hold the payloads of all calls");
    }
}

/// Writes a line for whoever has started the process.
pub(crate) fn say(line: &str) {
    LOG.say(line);
}

/// Waits until the log is written, but no longer than that.
pub fn flush(within: Duration) {
    LOG.flush(within);
}

/// Returns whether recording is off now.
#[expect(
    unsafe_code,
    reason = "the SDK has no other switch, and `init` is called while there is only one thread"
)]
fn disable_payload_recording() -> bool {
    let chosen = env::var(PAYLOAD_SWITCH).unwrap_or_default();
    if !chosen.trim().is_empty() {
        // The SDK's own reading of the value.
        return chosen == "1" || chosen.eq_ignore_ascii_case("true");
    }
    // SAFETY: no other thread exists that could read the environment at this moment.
    unsafe { env::set_var(PAYLOAD_SWITCH, "1") };
    true
}

/// The filter, and whether `requested` could be read.
fn requested_filter(requested: Option<String>, default_filter: &str) -> (EnvFilter, bool) {
    match requested.filter(|text| !text.trim().is_empty()) {
        None => (EnvFilter::new(default_filter), true),
        Some(text) => match EnvFilter::try_new(text) {
            Ok(filter) => (filter, true),
            Err(_) => (EnvFilter::new(default_filter), false),
        },
    }
}

/// What nobody's `RUST_LOG` can exceed; see the head of this file.
fn cap(package: &Package) -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("iii_sdk", LevelFilter::WARN)
        .with_target("iii_helpers", LevelFilter::WARN)
        // It repeats the lines that OpenTelemetry cannot take yet.
        .with_target("iii_helpers::observability::logger", LevelFilter::OFF)
        .with_target("opentelemetry", LevelFilter::WARN)
        .with_target(env!("CARGO_CRATE_NAME"), LevelFilter::TRACE)
        .with_target(package.log_target(), LevelFilter::TRACE)
}

/// Tells where, not what: a panic's text may quote the value that caused it.
fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(location, "panicked\n{backtrace}");
    } else {
        tracing::error!(location, "panicked");
    }
}
