//! One invocation of a function: what generated code asks of the runtime while it runs.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{
    task::{AbortHandle, JoinSet},
    time::Instant,
};
use url::Url;

use crate::{
    call_site::CallSite,
    deadline::Deadline,
    error::{Code, Error},
    in_doubt::InDoubt,
    input::is_path_segment,
    lifetime::{self, Ends},
    owned::{ActedOn, Owned},
    provider::Api,
    request::At,
    resource::Kind,
    rollback::Undo,
    value::Line,
    worker::Worker,
};

/// Requests of one call that are under way side by side.
pub(crate) const SIDE_BY_SIDE: usize = 16;

/// Whether the API key goes to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Sent,
    Kept,
}

/// An invocation under way. Cheap to clone.
pub struct Call<C: Api>(Arc<State<C>>);

struct State<C: Api> {
    worker: Arc<Worker<C>>,
    client: C,
    /// Random, and unique to this invocation: what it starts is tagged with it.
    attempt: String,
    began: Instant,
    deadline: Deadline,
    /// The sandbox that it acts on.
    sandbox: Option<String>,
    found: OnceLock<ActedOn>,
    /// The idle timeout that its caller asks for.
    idle: OnceLock<Duration>,
    lives: Mutex<Lives>,
    /// Whether a program has run without a timeout, because the sandbox cannot keep one.
    untimed: AtomicBool,
    undo: Mutex<Vec<Undo<C>>>,
    unproven: Mutex<Vec<(Kind, String)>>,
    in_doubt: InDoubt,
    /// Whether a status stood for an answer: what was to be ended was gone already.
    told_gone: AtomicBool,
    /// Whether it was answered when it looked whether something is ready.
    looked: AtomicBool,
}

/// The lifetimes of what a call has started without one.
#[derive(Debug, Default)]
struct Lives {
    /// Whether each is to be given one.
    owed: bool,
    giving: JoinSet<Result<(String, Ends), Error>>,
    handles: HashMap<String, AbortHandle>,
    given: HashMap<String, Ends>,
}

impl<C: Api> Clone for Call<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Api> Call<C> {
    pub(crate) fn new(worker: Arc<Worker<C>>, client: C, attempt: String, sandbox: Option<String>) -> Self {
        let config = &worker.config;
        let deadline = Deadline::new(config.request_timeout.max(config.ready_timeout));
        Self(Arc::new(State {
            worker,
            client,
            attempt,
            began: Instant::now(),
            deadline,
            sandbox,
            found: OnceLock::new(),
            idle: OnceLock::new(),
            lives: Mutex::default(),
            untimed: AtomicBool::new(false),
            undo: Mutex::default(),
            unproven: Mutex::default(),
            in_doubt: InDoubt::default(),
            told_gone: AtomicBool::new(false),
            looked: AtomicBool::new(false),
        }))
    }

    pub fn client(&self) -> &C {
        &self.0.client
    }

    /// The client for a server of a further API, whose URL may come from the provider itself.
    pub fn client_at(&self, server: Value, key: Key) -> Result<C, Error> {
        let url = server.as_str().and_then(|text| Url::parse(text).ok());
        let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = url
            .filter(usable)
            .ok_or_else(|| Error::unreadable("there is no usable server URL"))?;
        if key == Key::Sent {
            self.worker().sends_key_to(&url);
        }
        let http = self.worker().http(key);
        Ok(self.client().elsewhere(url.as_str().trim_end_matches('/'), http))
    }

    pub(crate) fn worker(&self) -> &Arc<Worker<C>> {
        &self.0.worker
    }

    /// The tag of this invocation.
    pub fn attempt_id(&self) -> &str {
        &self.0.attempt
    }

    pub fn attempt(&self) -> Value {
        Value::from(self.attempt_id())
    }

    /// How long it may take in all.
    pub(crate) fn deadline(&self) -> &Deadline {
        &self.0.deadline
    }

    /// How long the invocation has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// What a shell line and its answer are to know of this invocation.
    pub fn line(&self) -> Line<'_> {
        Line {
            attempt: self.attempt_id(),
            untimed: Some(&self.0.untimed),
        }
    }

    /// Whether it has run a program without a timeout, because the sandbox cannot keep one.
    pub(crate) fn was_untimed(&self) -> bool {
        self.0.untimed.load(Ordering::Relaxed)
    }

    /// A configuration key's value; null where it has none.
    pub fn config(&self, key: &str) -> Value {
        let config = &self.worker().config;
        match key {
            "owner" => config.owner.as_str().into(),
            "api_base" => config.base_url().into(),
            "default_idle_timeout_secs" => config.default_idle_timeout_secs.into(),
            "max_concurrent_sandboxes" => config.max_concurrent_sandboxes.into(),
            "request_timeout_secs" => config.request_timeout.as_secs().into(),
            "ready_timeout_secs" => config.ready_timeout.as_secs().into(),
            "default_exec_timeout_secs" => config.default_exec_timeout_secs.into(),
            "max_output_bytes" => config.max_output_bytes.into(),
            other => config.extra.get(other).cloned().unwrap_or_default(),
        }
    }

    pub fn capabilities(&self) -> Value {
        let worker = self.worker();
        let offered = worker.provider.capabilities.iter();
        offered
            .filter(|(_, functions)| functions.iter().all(|function| worker.offers(function)))
            .map(|(tag, _)| *tag)
            .collect()
    }

    /// What is kept of the sandbox that the function acts on; null where nothing is.
    pub fn fact(&self, name: &str) -> Value {
        let found = self.0.found.get();
        found
            .and_then(|found| found.facts.get(name))
            .cloned()
            .unwrap_or_default()
    }

    /// What the sandboxes that it starts are to live: `idle_secs` without a program, and `starting_secs` from their start
    /// on, so that they idle from when they are ready.
    pub fn lifetime(&self, name: &str) -> Value {
        let secs = match name {
            "starting_secs" => self.starting().as_secs(),
            _ => self.idle().as_secs(),
        };
        secs.into()
    }

    /// The idle timeout that its caller asks for, else that of the sandbox that it acts on, else the configured one.
    fn idle(&self) -> Duration {
        let asked = self.0.idle.get().copied();
        let of_sandbox = || self.sandbox().and_then(|id| self.worker().lifetimes.idle(id));
        let default = self.worker().config.default_idle_timeout_secs;
        asked
            .or_else(of_sandbox)
            .unwrap_or_else(|| Duration::from_secs(default))
    }

    /// What a start is given, so that there is time for it to get ready.
    fn starting(&self) -> Duration {
        self.idle().saturating_add(self.worker().config.ready_timeout)
    }

    /// How long what it starts lives from its start on, if nobody does anything.
    pub(crate) fn lives_by_itself(&self) -> Duration {
        match self.worker().sets_lifetimes() {
            true => self.starting(),
            false => self.idle(),
        }
    }

    pub(crate) fn asks_for_idle(&self, secs: &Value) {
        if let Some(secs) = lifetime::secs(secs) {
            // A call has one input.
            let _ = self.0.idle.set(Duration::from_secs(secs));
        }
    }

    /// What it starts has no lifetime from its start: each is given one as soon as it is known to be the call's own,
    /// beside what the call goes on with.
    pub fn starts_without_a_lifetime(&self) {
        self.lives().owed = true;
    }

    fn give_lifetime(&self, id: &str) {
        let secs = self.starting().as_secs();
        let give = self.worker().clone().give_lifetime(id.to_owned(), secs);
        let mut lives = self.lives();
        if lives.owed && !lives.handles.contains_key(id) {
            let handle = lives.giving.spawn(give);
            lives.handles.insert(id.to_owned(), handle);
        }
    }

    /// Waits until each has its lifetime.
    ///
    /// # Errors
    /// One of them could not be given one.
    pub(crate) async fn lifetimes_given(&self) -> Result<(), Error> {
        let mut giving = std::mem::take(&mut self.lives().giving);
        while let Some(given) = giving.join_next().await {
            match given {
                Ok(given) => self.lives().given.extend([given?]),
                // It was found to be somebody else's.
                Err(error) if error.is_cancelled() => {}
                Err(_) => return Err(Error::new(Code::S502, "the worker failed during this call")),
            }
        }
        Ok(())
    }

    /// Nobody needs them any more.
    pub(crate) fn give_no_lifetimes(&self) {
        self.lives().giving.abort_all();
    }

    /// Sandboxes that it has started are ready, and idle from now on.
    pub(crate) fn ready(&self, ids: &[String]) {
        let starting = lifetime::end(self.0.began, self.starting().as_secs());
        for id in ids {
            let ends = self.lives().given.get(id).copied().unwrap_or(starting);
            self.worker().ready(id, self.idle(), ends);
        }
    }

    fn lives(&self) -> MutexGuard<'_, Lives> {
        self.0.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the sandbox that it acts on: as its caller spells it, until a look shows how the provider does.
    pub(crate) fn sandbox(&self) -> Option<&str> {
        let found = self.0.found.get().map(|found| found.id.as_str());
        found.or(self.0.sandbox.as_deref())
    }

    /// The sandbox has been found to be ours.
    pub(crate) fn learn(&self, sandbox: ActedOn) {
        // It is looked at once in a call.
        let _ = self.0.found.set(sandbox);
    }

    /// The sandbox that it acts on lives for so many seconds from now at least, whatever is executed in it.
    ///
    /// # Errors
    /// The provider's, if it could not be told.
    pub async fn extend(&self, secs: Value) -> Result<(), Error> {
        let secs = lifetime::secs(&secs).ok_or_else(|| Error::bad_input("secs", "is no lifetime"))?;
        self.worker().extend(self.sandbox().unwrap_or_default(), secs).await
    }

    /// The sandboxes of this deployment, held against the provider's list just now.
    pub async fn owned(&self) -> Owned {
        self.worker().owned().await
    }

    /// The sandboxes that an answer lists, where the client has no type for it. None at all is no list.
    pub fn items(&self, value: Value) -> Result<Vec<Value>, Error> {
        match value {
            Value::Array(items) => Ok(items),
            _ => Err(Error::unreadable("it gives no list of sandboxes")),
        }
    }

    /// A request's argument of the type that the client takes.
    pub fn give<T: DeserializeOwned>(&self, name: &str, value: Value) -> Result<T, Error> {
        serde_json::from_value(value)
            .map_err(|_| Error::unreadable(format_args!("there is no usable value for `{name}`")))
    }

    /// An id that becomes one segment of a path, and stays one.
    pub fn segment(&self, name: &str, value: Value) -> Result<String, Error> {
        match value {
            Value::String(text) if is_path_segment(&text) => Ok(text),
            _ => Err(Error::unreadable(format_args!("`{name}` cannot be part of a path"))),
        }
    }

    /// A field of the function's answer.
    pub fn answer<T: DeserializeOwned>(&self, name: &str, value: Value) -> Result<T, Error> {
        serde_json::from_value(value).map_err(|_| Error::unreadable(format_args!("it gives no usable `{name}`")))
    }

    /// An earlier answer as one of the type that a poll asks for; nothing where it does not say as much.
    pub fn earlier<T: DeserializeOwned>(&self, answer: Value) -> Option<T> {
        serde_json::from_value(answer).ok()
    }

    /// Begins a request.
    pub fn at<'a>(&'a self, site: &'static CallSite) -> At<'a, C> {
        At::new(self, site)
    }

    /// Runs something for each item of a list, side by side; the first failure ends it.
    pub async fn for_each<T, F, Fut>(&self, items: Value, run: F) -> Result<Vec<T>, Error>
    where
        F: Fn(Value) -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let Value::Array(items) = items else {
            return Err(Error::unreadable("there is no list to go through"));
        };
        stream::iter(items).map(run).buffered(SIDE_BY_SIDE).try_collect().await
    }

    /// Runs a step, unless a value is there; then there is no answer.
    pub async fn unless<T>(
        &self,
        found: Value,
        step: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<Option<T>, Error> {
        match found {
            Value::Null => step.await.map(Some),
            _ => Ok(None),
        }
    }

    /// A step whose failure does not end the function.
    pub fn best_effort<T>(&self, result: Result<T, Error>) -> Option<T> {
        result
            .inspect_err(|error| tracing::warn!(%error, "a step failed and the function goes on"))
            .ok()
    }

    /// What an answer has named and no tag has shown to be the call's own.
    pub(crate) fn unproven(&self) -> MutexGuard<'_, Vec<(Kind, String)>> {
        self.0.unproven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The call has made what has this id, which is ended or deleted if the function fails.
    pub(crate) fn own(&self, kind: Kind, id: String) {
        if kind == Kind::Sandbox {
            self.give_lifetime(&id);
        }
        self.undo(Undo::made(kind, id));
    }

    pub(crate) fn owns(&self, kind: Kind, id: &str) -> bool {
        self.undos().iter().any(|undo| undo.is_of(kind, id))
    }

    /// The call has not made what has this id, and so may have made something else.
    pub(crate) fn disown(&self, kind: Kind, id: &str) {
        if let Some(giving) = self.lives().handles.remove(id).filter(|_| kind == Kind::Sandbox) {
            giving.abort();
        }
        self.undos().retain(|undo| !undo.is_of(kind, id));
        self.unproven()
            .retain(|(of, known)| (*of, known.as_str()) != (kind, id));
        self.in_doubt().of(kind).begin();
    }

    /// Done if the function fails, the latest first.
    pub fn undo(&self, undo: Undo<C>) {
        self.undos().push(undo);
    }

    /// The ids of the sandboxes and snapshots that it has made.
    pub(crate) fn made_ids(&self) -> Vec<String> {
        self.undos().iter().filter_map(Undo::made_id).cloned().collect()
    }

    pub(crate) fn take_undos(&self) -> Vec<Undo<C>> {
        let mut undos = std::mem::take(&mut *self.undos());
        undos.reverse();
        undos
    }

    fn undos(&self) -> MutexGuard<'_, Vec<Undo<C>>> {
        self.0.undo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call like this one, to tell its answers apart.
    pub(crate) fn apart(&self) -> Self {
        self.worker().call(self.attempt_id().to_owned(), None)
    }

    /// A status says that what was to be ended is gone.
    pub(crate) fn is_told_gone(&self) {
        self.0.told_gone.store(true, Ordering::Relaxed);
    }

    /// Whether one did.
    pub(crate) fn was_told_gone(&self) -> bool {
        self.0.told_gone.load(Ordering::Relaxed)
    }

    /// A look has shown what it has made.
    pub(crate) fn has_looked(&self) {
        self.0.looked.store(true, Ordering::Relaxed);
    }

    /// Whether one did.
    pub(crate) fn was_looked_at(&self) -> bool {
        self.0.looked.load(Ordering::Relaxed)
    }

    /// What it may have made without having been told.
    pub(crate) fn in_doubt(&self) -> &InDoubt {
        &self.0.in_doubt
    }

    /// S502 with what was being done.
    pub(crate) fn failed(&self, site: &CallSite, what: &str) -> Error {
        Error::new(Code::S502, format!("{}: {what} ({})", site.place(), site.call))
    }
}
