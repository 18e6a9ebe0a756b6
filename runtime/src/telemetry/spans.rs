//! What a trace tells of a call: the sandbox that it is about, how it has ended, and each request to the provider.
//!
//! The SDK has a span for every call; what the worker knows of it is added there. Neither a query nor a body nor anything
//! that a caller has sent gets into a span, but for ids that the provider has confirmed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use iii_helpers::observability::opentelemetry::{
    Context, KeyValue, global,
    trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer},
};

const SCOPE: &str = "provider-runtime";

/// Adds to the span of the call that is under way.
pub(crate) fn tell(key: &'static str, value: impl Into<iii_helpers::observability::opentelemetry::Value>) {
    Context::current().span().set_attribute(KeyValue::new(key, value));
}

/// The call that is under way has ended: with a code, or well.
fn ended(code: Option<&str>) {
    tell("sandbox.code", code.unwrap_or("OK").to_owned());
    if let Some(code) = code {
        Context::current().span().set_status(Status::error(code.to_owned()));
    }
}

/// How many milliseconds the requests of a call have waited for their turn, whichever part of it has sent them.
#[derive(Clone, Debug, Default)]
struct Queued(Arc<AtomicU64>);

/// Requests of the call that is under way have waited so many milliseconds for their turn.
pub(crate) fn queued(ms: u64) {
    tell("sandbox.queue_ms", i64::try_from(ms).unwrap_or(i64::MAX));
    if let Some(queued) = Context::current().get::<Queued>() {
        queued.0.fetch_add(ms, Ordering::Relaxed);
    }
}

/// Runs a call of somebody else, which the SDK has a span for, and tells there how it has ended and how long its requests
/// have waited.
pub(crate) async fn of_call<T, E>(
    call: impl Future<Output = Result<T, E>>,
    code: impl Fn(&E) -> &'static str,
) -> Result<T, E> {
    let queued = Queued::default();
    let context = Context::current().with_value(queued.clone());
    let result = call.with_context(context).await;
    let ms = queued.0.load(Ordering::Relaxed);
    tell("sandbox.queue_ms", i64::try_from(ms).unwrap_or(i64::MAX));
    ended(result.as_ref().err().map(code));
    result
}

/// Runs a call that the worker makes of one of its functions for another call: in a span of its own, where everything is
/// told that there is of it.
pub(crate) async fn of_inner_call<T, E>(
    function: String,
    call: impl Future<Output = Result<T, E>>,
    code: impl Fn(&E) -> &'static str,
) -> Result<T, E> {
    if !Context::current().span().span_context().is_valid() {
        // There is no trace that it could be a part of.
        return call.await;
    }
    let tracer = global::tracer(SCOPE);
    let span = tracer
        .span_builder(function)
        .with_kind(SpanKind::Internal)
        .start(&tracer);
    let context = Context::current_with_span(span);
    let told = async {
        let result = call.await;
        ended(result.as_ref().err().map(code));
        result
    };
    let result = told.with_context(context.clone()).await;
    context.span().end();
    result
}

/// Lets what goes on beside a call, or after it, be a part of its trace.
pub(crate) fn following<W: Future>(work: W) -> impl Future<Output = W::Output> {
    work.with_current_context()
}

/// How a request to the provider has gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requested {
    /// The status of the last answer, if there was one.
    pub status: Option<u16>,
    /// How often it was sent.
    pub tries: u32,
    /// Whether it has failed.
    pub failed: bool,
}

/// Runs a request in a span of its own: `operation` is its method and the template of its path, `host` the server.
pub(crate) async fn of_request<T>(
    operation: &'static str,
    host: &str,
    request: impl Future<Output = (T, Requested)>,
) -> T {
    if !Context::current().span().span_context().is_valid() {
        // There is no trace that it could be a part of.
        return request.await.0;
    }
    let (method, path) = operation.split_once(' ').unwrap_or(("", operation));
    let tracer = global::tracer(SCOPE);
    let span = tracer
        .span_builder(operation)
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("url.template", path),
            KeyValue::new("server.address", host.to_owned()),
        ])
        .start(&tracer);
    let context = Context::current_with_span(span);
    let (answer, requested) = request.with_context(context.clone()).await;
    let span = context.span();
    if let Some(status) = requested.status {
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    }
    let again = requested.tries.saturating_sub(1);
    span.set_attribute(KeyValue::new("http.request.resend_count", i64::from(again)));
    if requested.failed {
        let kind = match (requested.status, requested.tries) {
            (Some(status), _) => status.to_string(),
            (None, 0) => "not_sent".to_owned(),
            (None, _) => "no_answer".to_owned(),
        };
        span.set_attribute(KeyValue::new("error.type", kind));
        span.set_status(Status::error(""));
    }
    span.end();
    answer
}
