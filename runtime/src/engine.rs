//! The link to the engine: functions offered, calls taken in, and what may end it.
//!
//! The SDK runs its socket and all handlers on one thread. A handler here only hands the call over to the worker's own
//! runtime and waits, so that no call can stall the socket, and a call goes on (and cleans up) even if the connection
//! is lost under it.

mod bridge;
mod caller;
mod catalogue;
mod connection;
mod failure;
mod large;
mod monitor;
mod offers;
mod registered;

use std::sync::Arc;
use std::thread;

use futures::future::BoxFuture;
use iii_helpers::observability::{OtelConfig, flush_otel};
use iii_sdk::runtime::WorkerMetadata;
use iii_sdk::{IIIClient, InitOptions, TelemetryOptions, register_worker};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use url::Url;

use self::bridge::Bridge;
pub use self::caller::{Caller, Unanswered};
use self::catalogue::Catalogue;
pub use self::connection::Connection;
pub use self::failure::LinkFailure;
use self::monitor::Monitor;
pub use self::offers::Offers;
use self::registered::Registry;
use crate::error::{Error, Reported};
use crate::manifest::Package;
use crate::shutdown::{CLOSE, FLUSH, LAST_CALLS};

/// Runs one call: payload in, answer or error out.
pub type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, Reported>> + Send + Sync>;

/// A function to offer.
#[derive(Clone)]
pub struct Registration {
    /// Full id, such as `sandbox::provider::<name>::<verb>`.
    pub id: String,
    /// One line for the engine's catalogue.
    pub description: String,
    /// JSON Schema of the payload, of which callers are shown what [`published`](crate::input::published) makes of it.
    pub request_schema: Value,
    /// JSON Schema of the answer, shown likewise.
    pub response_schema: Value,
    /// What consoles and the engine make of it beside that, such as `{internal: true}`.
    pub metadata: Option<Value>,
    /// What runs when it is called.
    pub handler: Handler,
    /// Words an error of a call that has not come to its handler, or not out of it.
    pub report: fn(Error) -> Reported,
}

/// A connection that the SDK keeps up, reconnecting every 2 s for ever, until [`EngineLink::close`].
pub struct EngineLink {
    client: IIIClient,
    catalogue: Catalogue,
    offers: Offers,
    watch: Monitor,
}

impl EngineLink {
    /// Connects in the background and offers `registrations`, which [`EngineLink::offers`] may replace; it does not wait
    /// for the engine.
    ///
    /// Calls run on `handle` and are counted by `calls` until their answer is with the SDK, so that `calls` can be
    /// drained before [`EngineLink::close`]. Logs `registered N functions` each time the engine says it has them.
    ///
    /// # Panics
    /// If an id is empty or there twice.
    pub fn connect(
        url: &Url,
        package: &Package,
        registrations: Vec<Registration>,
        handle: &Handle,
        calls: &TaskTracker,
    ) -> Self {
        let client = register_worker(url.as_str(), options(package));
        let catalogue = Catalogue::new(client.clone());
        let connection = Connection::new(client.clone(), catalogue.clone());
        let offers = Offers::new(client.clone(), Bridge::new(handle.clone(), calls.clone(), connection));
        let registry = Registry::new(catalogue.clone(), package, offers.ids());
        offers.set(registrations);
        let watch = Monitor::start(client.clone(), registry, handle);
        Self {
            client,
            catalogue,
            offers,
            watch,
        }
    }

    /// Why this worker cannot serve, if the engine has refused it. Nothing but a restart mends that.
    pub fn fatal_error(&self) -> Option<LinkFailure> {
        self.watch.failure()
    }

    /// Resolves when [`EngineLink::fatal_error`] has something to say.
    pub async fn failed(&self) -> LinkFailure {
        self.watch.failed().await
    }

    /// The connection that calls come in by.
    pub fn line(&self) -> Connection {
        Connection::new(self.client.clone(), self.catalogue.clone())
    }

    /// The functions on offer.
    pub fn offers(&self) -> Offers {
        self.offers.clone()
    }

    /// Calls of the worker's own.
    pub fn caller(&self) -> Caller {
        Caller::new(self.client.clone())
    }

    /// Takes every function back; calls under way go on. Returns when the engine knows, so that it sends no more.
    pub async fn unregister_all(&self) {
        self.watch.stop();
        self.offers.withdraw();
        if self.line().is_up() {
            let _ = timeout(LAST_CALLS, self.catalogue.round_trip()).await;
        }
    }

    /// Ends the connection after the answers of drained calls have gone out.
    pub async fn close(self) {
        self.watch.stop();
        self.flush().await;
        let (closed, done) = oneshot::channel();
        let client = self.client;
        // A thread, not `spawn_blocking`: a runtime that is dropped waits for its blocking tasks without limit, and
        // the SDK sits through a connection attempt of up to 10 s.
        let spawned = thread::Builder::new()
            .name("engine-shutdown".to_owned())
            .spawn(move || {
                client.shutdown();
                let _ = closed.send(());
            });
        if spawned.is_err() || timeout(CLOSE, done).await.is_err() {
            tracing::warn!("the engine link did not close in time");
        }
    }

    /// The SDK drops what it has not written yet when it is told to stop, answers and traces alike. But it writes in
    /// order: the first round trip returns when its thread has queued every answer, the second when it has written
    /// them.
    async fn flush(&self) {
        if !self.line().is_up() {
            return;
        }
        let flushing = async {
            self.catalogue.round_trip().await;
            self.catalogue.round_trip().await;
            flush_otel().await;
        };
        let _ = timeout(FLUSH, flushing).await;
    }
}

/// Identity is left to the supervisor: `III_WORKER_NAME` and `III_NAMESPACE` override what is said here.
fn options(package: &Package) -> InitOptions {
    let metadata = WorkerMetadata {
        name: package.name.to_owned(),
        version: package.version.to_owned(),
        description: Some(package.description.to_owned()),
        // The default would tell the locale and the name of the working directory.
        telemetry: Some(TelemetryOptions {
            language: Some("rust".to_owned()),
            ..TelemetryOptions::default()
        }),
        ..WorkerMetadata::default()
    };
    let otel = OtelConfig {
        service_version: Some(package.version.to_owned()),
        shutdown_timeout_ms: Some(1_000),
        ..OtelConfig::default()
    };
    InitOptions {
        metadata: Some(metadata),
        otel: Some(otel),
        ..InitOptions::default()
    }
}
