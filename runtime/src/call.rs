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
    value::{Fits, Line},
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
    pub fn client_at(&self, server: impl Fits<String>, key: Key) -> Result<C, Error> {
        let url = server.fit().and_then(|text| Url::parse(&text).ok());
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

    /// The tag of this deployment.
    pub fn owner(&self) -> &str {
        &self.worker().config.owner
    }

    /// The URL of the provider's API.
    pub fn api_base(&self) -> &str {
        self.worker().config.base_url()
    }

    /// The configuration key `default_idle_timeout_secs`.
    pub fn default_idle_timeout_secs(&self) -> u64 {
        self.worker().config.default_idle_timeout_secs
    }

    /// The configuration key `max_concurrent_sandboxes`.
    pub fn max_concurrent_sandboxes(&self) -> u64 {
        self.worker().config.max_concurrent_sandboxes.into()
    }

    /// The configuration key `request_timeout_secs`.
    pub fn request_timeout_secs(&self) -> u64 {
        self.worker().config.request_timeout.as_secs()
    }

    /// The configuration key `ready_timeout_secs`.
    pub fn ready_timeout_secs(&self) -> u64 {
        self.worker().config.ready_timeout.as_secs()
    }

    /// The configuration key `default_exec_timeout_secs`.
    pub fn default_exec_timeout_secs(&self) -> u64 {
        self.worker().config.default_exec_timeout_secs
    }

    /// The configuration key `max_output_bytes`.
    pub fn max_output_bytes(&self) -> u64 {
        self.worker().config.max_output_bytes as u64
    }

    /// The value of a configuration key that the mapping declares, if it has one.
    pub fn declared<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.worker().config.extra.get(key)?;
        T::deserialize(value).ok()
    }

    /// The optional functions that this worker has.
    pub fn capabilities(&self) -> Vec<String> {
        let worker = self.worker();
        let offered = worker.provider.capabilities.iter();
        offered
            .filter(|(_, functions)| functions.iter().all(|function| worker.offers(function)))
            .map(|(tag, _)| (*tag).to_owned())
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

    /// How many seconds the sandboxes that it starts are to live without a program.
    pub fn idle_secs(&self) -> u64 {
        self.idle().as_secs()
    }

    /// How many seconds the sandboxes that it starts are to live from their start on, so that they idle from when they
    /// are ready.
    pub fn starting_secs(&self) -> u64 {
        self.starting().as_secs()
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

    pub(crate) fn asks_for_idle(&self, secs: Option<u64>) {
        if let Some(secs) = secs.filter(lifetime::is_one) {
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
    pub async fn extend(&self, secs: impl Fits<u64>) -> Result<(), Error> {
        let secs = secs
            .fit()
            .filter(lifetime::is_one)
            .ok_or_else(|| Error::bad_input("secs", "is no lifetime"))?;
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
    pub fn give<T>(&self, name: &str, value: impl Fits<T>) -> Result<T, Error> {
        let unusable = || Error::unreadable(format_args!("there is no usable value for `{name}`"));
        value.fit().ok_or_else(unusable)
    }

    /// An id that becomes one segment of a path, and stays one.
    pub fn segment(&self, name: &str, value: impl Fits<String>) -> Result<String, Error> {
        let id = value.fit().filter(|text: &String| is_path_segment(text));
        id.ok_or_else(|| Error::unreadable(format_args!("`{name}` cannot be part of a path")))
    }

    /// A field of the function's answer.
    pub fn answer<T>(&self, name: &str, value: impl Fits<T>) -> Result<T, Error> {
        let unusable = || Error::unreadable(format_args!("it gives no usable `{name}`"));
        value.fit().ok_or_else(unusable)
    }

    /// The items of a list that has no type.
    pub fn list(&self, items: Value) -> Result<Vec<Value>, Error> {
        match items {
            Value::Array(items) => Ok(items),
            _ => Err(Error::unreadable("there is no list to go through")),
        }
    }

    /// Begins a request.
    pub fn at<'a>(&'a self, site: &'static CallSite) -> At<'a, C> {
        At::new(self, site)
    }

    /// Runs something for each item of a list, side by side; the first failure ends it.
    pub async fn for_each<I, T, F, Fut>(&self, items: I, run: F) -> Result<Vec<T>, Error>
    where
        I: IntoIterator,
        F: Fn(I::Item) -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let runs: Vec<Fut> = items.into_iter().map(run).collect();
        stream::iter(runs).buffered(SIDE_BY_SIDE).try_collect().await
    }

    /// Runs a step, unless what it would do is done; then there is no answer.
    pub async fn unless<T>(
        &self,
        done: bool,
        step: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<Option<T>, Error> {
        match done {
            true => Ok(None),
            false => step.await.map(Some),
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
