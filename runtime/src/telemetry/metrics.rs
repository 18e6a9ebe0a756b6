//! What the worker counts: its calls, its requests to the provider, and what it has on its hands.
//!
//! Names are those of OpenTelemetry's conventions, dotted and in lower case. Attributes are function ids, codes,
//! operations and statuses: there are few of each, and none is a caller's.

use std::{
    slice,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use iii_helpers::observability::opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram, Meter},
};

const SCOPE: &str = "provider-runtime";

/// Between which seconds durations are told apart: a request takes milliseconds, a start minutes. OpenTelemetry's own
/// boundaries are for milliseconds.
const SECONDS: [f64; 15] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// What is measured by asking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    /// Sandboxes that run or are being started.
    pub in_flight: u64,
    /// How many may.
    pub cap: u64,
    /// Requests to the provider that wait for their turn.
    pub queued: u64,
    /// Calls whose rollback is not done.
    pub rollbacks: u64,
}

/// Nothing is counted before there is something that takes it.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    instruments: OnceLock<Instruments>,
    pub queued: Level,
    pub rollbacks: Level,
}

#[derive(Debug)]
struct Instruments {
    calls: Counter<u64>,
    call_duration: Histogram<f64>,
    requests: Counter<u64>,
    request_duration: Histogram<f64>,
    unended: Counter<u64>,
}

/// How many of something there are at the moment.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicU64);

/// One of them, as long as it is held.
#[derive(Debug)]
pub(crate) struct Counted<'l>(&'l Level);

impl Level {
    pub fn one_more(&self) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self)
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Begins to count. What takes it has to be there: an instrument that is made before that counts for nobody.
    pub fn begin(&self, gauges: impl Fn() -> Gauges + Clone + Send + Sync + 'static) {
        self.instruments.get_or_init(|| {
            let meter = global::meter(SCOPE);
            measure(&meter, gauges);
            let instruments = Instruments::of(&meter);
            // An alarm on what increases needs to have seen that there was none.
            instruments.unended.add(0, &[]);
            instruments
        });
    }

    /// A call of a function has ended: with a code, or well.
    pub fn called(&self, function: &str, code: Option<&str>, took: Duration) {
        if let Some(instruments) = self.instruments.get() {
            let function = KeyValue::new("function", function.to_owned());
            let code = KeyValue::new("code", code.unwrap_or("OK").to_owned());
            instruments
                .call_duration
                .record(took.as_secs_f64(), slice::from_ref(&function));
            instruments.calls.add(1, &[function, code]);
        }
    }

    /// A request to the provider has ended: with a status, or without an answer.
    pub fn requested(&self, operation: &'static str, status: Option<u16>, took: Duration) {
        if let Some(instruments) = self.instruments.get() {
            let operation = KeyValue::new("operation", operation);
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            instruments
                .request_duration
                .record(took.as_secs_f64(), slice::from_ref(&operation));
            instruments
                .requests
                .add(1, &[operation, KeyValue::new("status", status)]);
        }
    }

    /// A sandbox runs on that the worker has given up to end: somebody has to look after it.
    pub fn unended(&self) {
        if let Some(instruments) = self.instruments.get() {
            instruments.unended.add(1, &[]);
        }
    }
}

impl Instruments {
    fn of(meter: &Meter) -> Self {
        Self {
            calls: meter
                .u64_counter("sandbox.calls")
                .with_description("Calls of functions, by function and code.")
                .build(),
            call_duration: meter
                .f64_histogram("sandbox.call.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("How long calls take, by function.")
                .build(),
            requests: meter
                .u64_counter("sandbox.provider.requests")
                .with_description("Requests to the provider, by operation and status.")
                .build(),
            request_duration: meter
                .f64_histogram("sandbox.provider.request.duration")
                .with_unit("s")
                .with_boundaries(SECONDS.to_vec())
                .with_description("How long the provider takes to answer, by operation.")
                .build(),
            unended: meter
                .u64_counter("sandbox.unended")
                .with_description(
                    "Sandboxes that could not be ended and may run on: each is one to look after by hand.",
                )
                .build(),
        }
    }
}

fn measure(meter: &Meter, gauges: impl Fn() -> Gauges + Clone + Send + Sync + 'static) {
    type Read = fn(&Gauges) -> u64;
    let all: [(&str, &str, Read); 4] = [
        ("sandbox.in_flight", "Sandboxes that run or are being started.", |all| {
            all.in_flight
        }),
        ("sandbox.cap", "How many sandboxes may run.", |all| all.cap),
        (
            "sandbox.queue.length",
            "Requests to the provider that wait for their turn.",
            |all| all.queued,
        ),
        (
            "sandbox.rollbacks.pending",
            "Calls whose rollback is not done.",
            |all| all.rollbacks,
        ),
    ];
    for (name, description, read) in all {
        let gauges = gauges.clone();
        meter
            .u64_observable_gauge(name)
            .with_description(description)
            .with_callback(move |observer| observer.observe(read(&gauges()), &[]))
            .build();
    }
}
