//! A worker: a provider, its configuration, its client, and what it knows of its sandboxes.

use std::{
    collections::HashSet,
    future::pending,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{FutureExt, TryFutureExt};
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use url::Url;
use uuid::Uuid;

use crate::{
    acceptance::Ledger,
    adapter::{self, Records},
    attempt::{SharedList, shared_list},
    call::Call,
    config::Config,
    dispatch::Invocation,
    engine::{Connection, Registration},
    error::{Code, Error, Reported},
    exposure,
    lifetime::Lifetimes,
    limiter::Limiter,
    lineage::Lineages,
    manifest::Package,
    owned::LastAsked,
    provider::{Api, Provider},
    rollback::Backoff,
    rows::Unreadable,
    setup::Setup,
    shutdown::Shutdown,
    slots::Slots,
    telemetry::{
        metrics::{Gauges, Metrics},
        spans,
    },
    throttle::Throttles,
};

/// As many sandboxes as may run at a time; who remembers more than that remembers some that have ended.
const UNTIMED: usize = 10_000;

/// Why a call has failed whose caller cannot be told any more.
pub(crate) const CUT_OFF: &str = "the connection to the engine was lost";

/// Few enough to leave the permits to calls.
const ERRANDS: usize = 4;

pub struct Worker<C: Api> {
    pub(crate) provider: Provider<C>,
    pub(crate) package: Package,
    /// What is configured at this moment.
    setup: watch::Sender<Arc<Setup<C>>>,
    pub(crate) slots: Slots,
    pub(crate) limiter: Limiter,
    pub(crate) throttles: Throttles,
    /// The list that calls look in for what they may have made.
    pub(crate) shared_list: SharedList,
    /// Of copies that carry the tags of their parents, those of one call are made at a time.
    pub(crate) lineages: Lineages,
    /// Sandboxes of which the log says that they cannot keep a timeout.
    untimed: Mutex<HashSet<String>>,
    /// What the log says cannot be read.
    pub(crate) unreadable: Unreadable,
    pub(crate) lifetimes: Lifetimes,
    /// Whether the log says of a further API that others may read the key on its way there.
    told_of_exposure: AtomicBool,
    /// The list that a full cap asks for, and the one that a worker begins with.
    pub(crate) full_list: LastAsked,
    pub(crate) first_list: LastAsked,
    /// Undoing that goes on after its caller has been answered.
    pub(crate) background: TaskTracker,
    /// When removals that have failed are tried again.
    pub(crate) removals: Backoff,
    /// How much of that is done at a time for what is no sandbox.
    pub(crate) errands: Semaphore,
    pub(crate) shutdown: Shutdown,
    connection: OnceLock<Connection>,
    pub(crate) metrics: Metrics,
    /// What the callers of the adapter know of its sandboxes.
    pub(crate) records: Records,
    /// What successful calls have made, where everything is removed at the end.
    pub(crate) ledger: OnceLock<Ledger<C>>,
}

impl<C: Api> Worker<C> {
    /// # Errors
    /// No HTTP client can be made; says why.
    pub fn new(provider: Provider<C>, config: Config, package: &Package) -> Result<Self, String> {
        let setup = Setup::new(&provider.auth, config, package)?;
        Ok(Self {
            slots: Slots::new(setup.config.max_concurrent_sandboxes as usize),
            limiter: Limiter::new(setup.config.max_concurrent_requests as usize),
            throttles: Throttles::default(),
            shared_list: shared_list(),
            lineages: Lineages::default(),
            untimed: Mutex::default(),
            unreadable: Unreadable::default(),
            lifetimes: Lifetimes::default(),
            told_of_exposure: AtomicBool::new(false),
            provider,
            package: *package,
            setup: watch::Sender::new(Arc::new(setup)),
            full_list: LastAsked::default(),
            first_list: LastAsked::default(),
            background: TaskTracker::new(),
            removals: Backoff::default(),
            errands: Semaphore::new(ERRANDS),
            shutdown: Shutdown::default(),
            connection: OnceLock::new(),
            metrics: Metrics::default(),
            records: Records::default(),
            ledger: OnceLock::new(),
        })
    }

    /// What sends requests; one that is made by nothing but this carries no key.
    pub(crate) fn http(&self) -> reqwest::Client {
        self.setup.borrow().http()
    }

    /// What is configured at this moment. Who needs one answer for longer keeps it.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.setup.borrow().config.clone()
    }

    /// Tells of every other configuration from now on.
    pub(crate) fn configured(&self) -> watch::Receiver<Arc<Setup<C>>> {
        self.setup.subscribe()
    }

    /// Works by another configuration from now on. Nothing ends for that, and calls under way keep what they began with.
    ///
    /// # Errors
    /// There can be no client for it; then nothing has changed.
    pub(crate) fn configure(&self, config: Config) -> Result<(), String> {
        let before = self.setup.borrow().clone();
        let setup = before.next(&self.provider.auth, config, &self.package)?;
        self.slots.resize(setup.config.max_concurrent_sandboxes as usize);
        self.limiter.resize(setup.config.max_concurrent_requests as usize);
        let has_others = !setup.has_the_sandboxes_of(&before);
        self.setup.send_modify(|current| {
            *current = Arc::new(setup);
            if has_others {
                // In one step with the setup, as others see it: who asks for a list by that has begun later.
                self.slots.begin_anew();
            }
        });
        Ok(())
    }

    /// Says once if others may read the key on its way to the server of a further API.
    pub(crate) fn sends_key_to(&self, url: &Url) {
        if self.told_of_exposure.load(Ordering::Relaxed) {
            return;
        }
        for warning in exposure::of_server("the server of a further API", url) {
            self.told_of_exposure.store(true, Ordering::Relaxed);
            tracing::warn!("{warning}");
        }
    }

    /// The connection that its calls come in by.
    pub(crate) fn line(&self) -> Option<&Connection> {
        self.connection.get()
    }

    /// Tells the worker by which connection its calls come in.
    pub(crate) fn serve_on(&self, line: Connection) {
        // There is one connection in a process's life; a second changes nothing.
        let _ = self.connection.set(line);
    }

    /// Begins to count for whoever collects metrics, as soon as there is a connection to the engine.
    pub(crate) async fn measure(self: Arc<Self>) {
        if let Some(line) = self.connection.get() {
            line.up().await;
        }
        let worker = Arc::downgrade(&self);
        self.metrics
            .begin(move || worker.upgrade().map_or_else(Gauges::default, |worker| worker.gauges()));
    }

    fn gauges(&self) -> Gauges {
        Gauges {
            in_flight: self.slots.active() as u64,
            cap: self.slots.cap() as u64,
            queued: self.metrics.queued.now(),
            rollbacks: self.metrics.rollbacks.now(),
        }
    }

    /// Runs a call that somebody waits for, and tells of it.
    pub(crate) async fn observed<T>(
        &self,
        function: &str,
        call: impl Future<Output = Result<T, (&'static str, Reported)>>,
    ) -> Result<T, Reported> {
        let began = Instant::now();
        let result = spans::of_call(call, |(code, _)| *code).await;
        let code = result.as_ref().err().map(|(code, _)| *code);
        self.metrics.called(function, code, began.elapsed());
        result.map_err(|(_, reported)| reported)
    }

    /// Whether callers can be answered at this moment.
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.get().is_none_or(Connection::is_up)
    }

    /// Resolves when the callers of all calls under way have been told that these are stopped.
    pub(crate) async fn disconnected(&self) {
        match self.connection.get() {
            Some(line) => line.lost().await,
            None => pending().await,
        }
    }

    /// Does something of which nobody but a caller will know, as long as that one can be told. `None` if the connection is
    /// lost before it is done; what is under way is dropped then.
    pub(crate) async fn while_connected<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.disconnected() => None,
            done = work => self.is_connected().then_some(done),
        }
    }

    /// Whether the engine confirms what was answered so far; see [`Connection::confirms`].
    pub(crate) async fn is_confirmed(&self) -> bool {
        match self.connection.get() {
            Some(line) => line.confirms().await,
            None => true,
        }
    }

    /// Whether the provider can be called; see [`Setup::can_call`].
    pub(crate) fn can_call(&self) -> Result<(), Error> {
        self.setup.borrow().can_call()
    }

    /// The begin of an invocation.
    pub(crate) fn call(self: &Arc<Self>, attempt: String, sandbox: Option<String>) -> Call<C> {
        Call::new(self.clone(), self.setup.borrow().clone(), attempt, sandbox)
    }

    /// A call of the worker itself, outside any function.
    pub(crate) fn inner_call(self: &Arc<Self>) -> Result<Call<C>, Error> {
        self.can_call()?;
        Ok(self.call(Uuid::new_v4().to_string(), None))
    }

    /// Says once of a sandbox that programs run in it without a timeout.
    pub(crate) fn runs_untimed(&self, sandbox: &str) {
        let mut known = self.untimed.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= UNTIMED {
            known.clear();
        }
        if known.insert(sandbox.to_owned()) {
            tracing::warn!(
                sandbox,
                "it lacks `setsid` or `timeout`: a program whose caller names no timeout runs without one"
            );
        }
    }

    pub(crate) fn allows(&self, image: &str) -> Result<(), Error> {
        let config = self.config();
        let allowed = &config.image_allowlist;
        if allowed.is_empty() || allowed.iter().any(|known| known == image) {
            return Ok(());
        }
        Err(Error::new(
            Code::S100,
            "ask the operator, or take one of `image_allowlist`",
        ))
    }

    /// One cheap call that shows whether the provider takes the key, and changes nothing.
    pub(crate) async fn probe(self: &Arc<Self>) -> Result<usize, Error> {
        let sandboxes = self.listed(&self.inner_call()?).await?;
        Ok(sandboxes.len())
    }

    /// Whether a function is offered: an optional one is if the configuration lists the name that stands for it.
    pub(crate) fn offers(&self, function: &str) -> bool {
        let config = self.config();
        let optional = self.provider.optional.iter();
        let mut names = optional.filter(|(_, functions)| functions.contains(&function));
        names.all(|(name, _)| config.functions.iter().any(|listed| listed == name))
    }

    /// Whether the provider has calls of its own for a function.
    pub(crate) fn has_calls_for(&self, function: &str) -> bool {
        let mut functions = self.provider.functions.iter();
        functions.any(|known| known.name == function && !known.by_programs)
    }

    /// A sandbox is gone.
    pub(crate) fn ended(&self, id: &str) {
        self.slots.ended(id);
        self.lifetimes.forget(id);
    }

    /// Runs a function for another call, as if the engine had called it.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        function: &str,
        invocation: Invocation,
        payload: Value,
    ) -> Result<Value, Error> {
        let mut functions = self.provider.functions.iter();
        let Some(function) = functions.find(|known| known.name == function) else {
            return Err(Error::new(Code::S404, "the provider has no such function"));
        };
        let id = self.function_id(function.name);
        let running = (function.run)(self.clone(), invocation, payload);
        spans::of_inner_call(id, running, |error: &Error| error.code().name()).await
    }

    /// The id by which the engine knows a function.
    pub(crate) fn function_id(&self, function: &str) -> String {
        format!("sandbox::provider::{}::{function}", self.provider.name)
    }

    /// The functions as the engine is offered them.
    pub(crate) fn registrations(self: &Arc<Self>) -> Vec<Registration> {
        let offered = self.provider.functions.iter();
        let family = offered.filter(|function| self.offers(function.name)).map(|function| {
            let (worker, run) = (self.clone(), function.run.clone());
            let id: Arc<str> = self.function_id(function.name).into();
            Registration {
                id: id.to_string(),
                description: function.description.to_owned(),
                request_schema: function.request.clone(),
                response_schema: function.response.clone(),
                metadata: None,
                handler: Arc::new(move |payload: Value| {
                    let (worker, id) = (worker.clone(), id.clone());
                    let running = run(worker.clone(), Invocation::new(), payload);
                    let coded = running.map_err(|error| (error.code().name(), Reported::from(error)));
                    async move { worker.observed(&id, coded).await }.boxed()
                }),
                report: Into::into,
            }
        });
        family.chain(adapter::registrations(self)).collect()
    }
}
