//! One invocation of a function: what generated code asks of the runtime while it runs.

mod lives;
mod values;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use tokio::{sync::OnceCell, time::Instant};
use url::Url;

use self::lives::Lives;
use crate::{
    call_site::CallSite,
    config::Config,
    deadline::Deadline,
    error::{Code, Error},
    guest::Allowance,
    http::{Proof, Transport},
    in_doubt::InDoubt,
    lifetime,
    lineage::Turns,
    look::ActedOn,
    owned::Owned,
    presence::Presence,
    provenance::Made,
    provider::Api,
    request::At,
    resource::{Facts, Kind},
    rollback::Undo,
    setup::Setup,
    slots::Lineage,
    value::{Fits, Kept, Line},
    worker::Worker,
};

/// Requests of one call that are under way side by side.
pub(crate) const SIDE_BY_SIDE: usize = 16;

/// The URL of a server, if requests can be sent there.
fn usable(server: impl Fits<String>) -> Result<Url, Error> {
    let url = server.fit().and_then(|text| Url::parse(&text).ok());
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    url.filter(usable)
        .ok_or_else(|| Error::unreadable("there is no usable server URL"))
}

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
    /// What was configured when it began.
    setup: Arc<Setup<C>>,
    /// Random, and unique to this invocation: what it starts is tagged with it.
    attempt: String,
    began: Instant,
    deadline: Deadline,
    /// The sandbox that it acts on.
    sandbox: Option<String>,
    /// The id of that sandbox, as a look has shown it.
    found: OnceLock<String>,
    /// What is known of it.
    facts: Mutex<Arc<Facts>>,
    /// What answers have told of the sandboxes that it has started.
    told: Mutex<BTreeMap<String, Facts>>,
    /// What it makes carries the tags of the sandbox that it acts on.
    lineage: OnceCell<Lineage>,
    /// As long as nobody else may make such.
    turn: Mutex<Option<Turns>>,
    /// The idle timeout that its caller asks for.
    idle: OnceLock<Duration>,
    lives: Mutex<Lives>,
    /// Whether a program has run without a timeout, because the sandbox cannot keep one.
    untimed: AtomicBool,
    undo: Mutex<Vec<Undo<C>>>,
    /// The statuses of steps, as far as they are asked for.
    statuses: Mutex<BTreeMap<&'static str, u16>>,
    unproven: Mutex<Vec<(Kind, String)>>,
    in_doubt: InDoubt,
    /// Whether a status stood for an answer: what was to be ended was gone already.
    told_gone: AtomicBool,
    /// Whether it was answered when it looked whether something is ready.
    looked: AtomicBool,
    /// What programs of it may do, unless that is as it is configured for the family.
    allowance: OnceLock<Allowance>,
    /// How many milliseconds its requests have waited for their turn.
    queued_ms: AtomicU64,
}

impl<C: Api> Clone for Call<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Api> Call<C> {
    pub(crate) fn new(worker: Arc<Worker<C>>, setup: Arc<Setup<C>>, attempt: String, sandbox: Option<String>) -> Self {
        let config = &setup.config;
        let deadline = Deadline::new(config.request_timeout.max(config.ready_timeout));
        Self(Arc::new(State {
            worker,
            setup,
            attempt,
            began: Instant::now(),
            deadline,
            sandbox,
            found: OnceLock::new(),
            facts: Mutex::default(),
            told: Mutex::default(),
            lineage: OnceCell::new(),
            turn: Mutex::default(),
            idle: OnceLock::new(),
            lives: Mutex::default(),
            untimed: AtomicBool::new(false),
            undo: Mutex::default(),
            statuses: Mutex::default(),
            unproven: Mutex::default(),
            in_doubt: InDoubt::default(),
            told_gone: AtomicBool::new(false),
            looked: AtomicBool::new(false),
            allowance: OnceLock::new(),
            queued_ms: AtomicU64::new(0),
        }))
    }

    pub fn client(&self) -> &C {
        &self.0.setup.client
    }

    /// What was configured when it began: what it makes belongs to that owner, on that server.
    pub(crate) fn config(&self) -> &Config {
        &self.0.setup.config
    }

    /// Whether there is such an API on its server.
    pub(crate) fn presence(&self) -> &Presence {
        &self.0.setup.presence
    }

    /// The client for a server of a further API, whose URL may come from the provider itself.
    pub fn client_at(&self, server: impl Fits<String>, key: Key) -> Result<C, Error> {
        let url = usable(server)?;
        if key == Key::Sent {
            self.worker().sends_key_to(&url);
        }
        Ok(self.client_of(&url, self.0.setup.transport(key)))
    }

    /// The client for a server of a further API that asks for a secret of its own; one that is absent is not sent.
    pub fn client_with(&self, server: impl Fits<String>, proof: Proof, secret: impl Fits<String>) -> Result<C, Error> {
        let url = usable(server)?;
        let secret = secret.fit().map(SecretString::from);
        let proven = secret.map(|secret| proof.by(&secret)).transpose()?;
        if proven.is_some() {
            self.worker().sends_key_to(&url);
        }
        let transport = Transport {
            proven,
            ..self.0.setup.transport(Key::Kept)
        };
        Ok(self.client_of(&url, transport))
    }

    fn client_of(&self, server: &Url, transport: Transport) -> C {
        let base = server.as_str().trim_end_matches('/');
        self.client().elsewhere(base, self.0.setup.http(), transport)
    }

    pub(crate) fn worker(&self) -> &Arc<Worker<C>> {
        &self.0.worker
    }

    /// The tag of this invocation.
    pub fn attempt_id(&self) -> &str {
        &self.0.attempt
    }

    /// The tag of this invocation as it may be shown: what stands behind a dot in it may be a caller's.
    pub(crate) fn shown_attempt(&self) -> &str {
        self.0.attempt.split('.').next().unwrap_or_default()
    }

    /// How long it may take in all.
    pub(crate) fn deadline(&self) -> &Deadline {
        &self.0.deadline
    }

    /// When the invocation began.
    pub(crate) fn began(&self) -> Instant {
        self.0.began
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
            kept: self.kept(),
        }
    }

    /// A request of it has waited so long for its turn.
    pub(crate) fn has_queued(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.0.queued_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// How many milliseconds its requests have waited for their turn.
    pub(crate) fn queued_ms(&self) -> u64 {
        self.0.queued_ms.load(Ordering::Relaxed)
    }

    /// For programs of it this holds from here on.
    pub(crate) fn allow(&self, allowance: Allowance) {
        // It is the same each time.
        let _ = self.0.allowance.set(allowance);
    }

    /// What programs of it may do, unless that is as it is configured for the family.
    pub(crate) fn allowance(&self) -> Option<&Allowance> {
        self.0.allowance.get()
    }

    /// What is answered of output that is too long.
    pub(crate) fn kept(&self) -> Kept {
        self.allowance().map(|allowance| allowance.kept).unwrap_or_default()
    }

    /// Whether a program of it is run again when its answer was lost.
    pub(crate) fn runs_again(&self) -> bool {
        self.allowance().is_some_and(|allowance| allowance.repeatable)
    }

    /// Whether it has run a program without a timeout, because the sandbox cannot keep one.
    pub(crate) fn was_untimed(&self) -> bool {
        self.0.untimed.load(Ordering::Relaxed)
    }

    /// The id of the sandbox that it acts on: as its caller spells it, until a look shows how the provider does.
    pub(crate) fn sandbox(&self) -> Option<&str> {
        let found = self.0.found.get().map(String::as_str);
        found.or(self.0.sandbox.as_deref())
    }

    /// The sandbox has been found to be ours.
    pub(crate) fn learn(&self, sandbox: ActedOn) {
        *self.facts() = Arc::new(sandbox.facts);
        // It is looked at once in a call.
        let _ = self.0.found.set(sandbox.id);
    }

    /// What is known of the sandbox that it acts on.
    pub(crate) fn facts(&self) -> MutexGuard<'_, Arc<Facts>> {
        self.0.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an answer tells of sandboxes that it has started is kept of each of them.
    pub fn remember(&self, made: impl IntoIterator<Item = Made>, facts: Facts) {
        let facts = facts.told();
        let mut told = self.told();
        for id in made.into_iter().filter_map(|made| made.id) {
            told.entry(id).or_default().extend(facts.clone());
        }
    }

    /// What answers have told of the sandboxes that it has started.
    pub(crate) fn told(&self) -> MutexGuard<'_, BTreeMap<String, Facts>> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn statuses(&self) -> MutexGuard<'_, BTreeMap<&'static str, u16>> {
        self.0.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn told_status(&self, step: &'static str, status: u16) {
        self.statuses().insert(step, status);
    }

    pub(crate) fn lineage_cell(&self) -> &OnceCell<Lineage> {
        &self.0.lineage
    }

    pub(crate) fn lineage(&self) -> Option<&Lineage> {
        self.0.lineage.get()
    }

    /// Others who make copies of the same wait from now on.
    pub(crate) fn takes_turn(&self, turn: Turns) {
        *self.0.turn.lock().unwrap_or_else(PoisonError::into_inner) = Some(turn);
    }

    /// It is known what it has made.
    pub(crate) fn ends_turn(&self) {
        drop(self.0.turn.lock().unwrap_or_else(PoisonError::into_inner).take());
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
        self.for_each_of(SIDE_BY_SIDE, items, run).await
    }

    /// Runs something for each item of a list, so many at a time, in their order; the first failure ends it.
    pub async fn for_each_of<I, T, F, Fut>(&self, at_once: usize, items: I, run: F) -> Result<Vec<T>, Error>
    where
        I: IntoIterator,
        F: Fn(I::Item) -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let runs: Vec<Fut> = items.into_iter().map(run).collect();
        stream::iter(runs).buffered(at_once).try_collect().await
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

    /// Runs a step if its conditions hold; else there is no answer.
    pub async fn when<T>(
        &self,
        holds: bool,
        step: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<Option<T>, Error> {
        self.unless(!holds, step).await
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
        if kind == Kind::Sandbox {
            self.give_no_lifetime(id);
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
        self.inner(self.attempt_id().to_owned())
    }

    /// A call of the worker's own for this one: on the same server, for the same owner.
    pub(crate) fn inner(&self, attempt: String) -> Self {
        Self::new(self.worker().clone(), self.0.setup.clone(), attempt, None)
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
