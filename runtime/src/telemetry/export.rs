//! Warnings and errors of the log, handed to OpenTelemetry with the trace that they belong to.

use std::fmt::{self, Write as _};

use iii_helpers::observability::Logger;
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// The layer that hands them on: those of the worker's own code.
pub(super) struct Export {
    /// The crates that are the worker's own.
    pub own: [String; 2],
}

impl<S: Subscriber> Layer<S> for Export {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        let is_own = |own: &String| target == own || target.starts_with(&format!("{own}::"));
        let level = *event.metadata().level();
        if level > Level::WARN || !self.own.iter().any(is_own) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let data = (!fields.others.is_empty()).then_some(Value::Object(fields.others));
        let logger = Logger::new();
        match level {
            Level::ERROR => logger.error(&fields.message, data),
            _ => logger.warn(&fields.message, data),
        }
    }
}

/// What a line of the log says.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => {
                let _ = write!(self.message, "{value:?}");
            }
            _ => self.put(field, format!("{value:?}").into()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            _ => self.put(field, value.into()),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
