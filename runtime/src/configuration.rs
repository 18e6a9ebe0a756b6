//! The configuration of a worker that runs: its entry at the `configuration` worker, and what follows a change of it.
//!
//! What counts, in this order: a file that is named; the entry; a file that was found; defaults. The entry is asked for
//! before functions are offered, whenever the engine tells of a change, after a lost connection, and now and then. What is
//! wrong with it is said, and changes nothing; and a worker without it works as well.

mod entry;
mod functions;
mod source;
mod status;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

pub(crate) use self::source::Source;
use self::{
    entry::Entry,
    status::{Problem, State, Status},
};
use crate::{
    check,
    config::{Config, Defaults, schema},
    engine::{Caller, Connection, EngineLink, Offers},
    latest::Latest,
    provider::Api,
    shutdown::Stage,
    worker::Worker,
};

/// Functions are offered at last when the `configuration` worker has had so much time.
const FIRST: Duration = Duration::from_secs(5);

/// How long it may take to read what the entry says.
const READ: Duration = Duration::from_secs(3);

/// How often the entry is asked for, though nobody tells of a change: some engines cannot, and others forget to.
const EVERY: Duration = Duration::from_secs(30);

/// The first pause where it was not to be had; it doubles up to [`EVERY`].
const SOON: Duration = Duration::from_secs(1);

/// The engine's source of changes.
const UPDATED: &str = "configuration::on-updated";

/// What a worker was started with.
pub(crate) struct Start {
    pub defaults: Defaults,
    pub source: Source,
    /// What the file says, if there is one and nobody else has made it of an entry.
    pub seed: Option<Map<String, Value>>,
}

pub(crate) struct Configuration<C: Api> {
    worker: Arc<Worker<C>>,
    defaults: Defaults,
    entry: Entry,
    offers: Offers,
    caller: Caller,
    line: Connection,
    state: Mutex<State>,
    /// Held while an entry is read.
    reading: Arc<tokio::sync::Mutex<()>>,
    /// One reload at a time; who asks meanwhile is content with the next.
    reloads: Latest<Outcome>,
}

/// What came of asking for the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Answered,
    /// It may be had later.
    Unanswered,
}

impl<C: Api> Configuration<C> {
    pub(crate) fn new(worker: Arc<Worker<C>>, start: Start, link: &EngineLink) -> Arc<Self> {
        let schema = schema(&start.defaults, worker.provider.config);
        let seed = start.seed.map(Value::Object);
        Arc::new(Self {
            entry: Entry::new(link.caller(), &worker.package, &schema, seed),
            offers: link.offers(),
            caller: link.caller(),
            line: link.line(),
            state: Mutex::new(State::of(start.source)),
            reading: Arc::default(),
            reloads: Latest::every(Duration::ZERO),
            defaults: start.defaults,
            worker,
        })
    }

    /// Offers the worker's functions: as the entry says where that counts, and is to be had soon.
    pub(crate) async fn begin(self: &Arc<Self>) {
        if !self.source().outranks_the_entry() {
            self.line.up().await;
            // Else it counts as soon as it comes.
            let _ = timeout(FIRST, self.reload()).await;
        }
        self.offer();
    }

    /// Follows the entry until the worker stops.
    pub(crate) async fn follow(self: Arc<Self>) {
        // It is kept up across connections; an engine that cannot observe is polled all the same.
        let _observer = self.caller.observe(UPDATED, &self.id("on-config-change"));
        let following = async {
            let mut pause = SOON;
            loop {
                pause = match self.reload().await {
                    Outcome::Answered => EVERY,
                    Outcome::Unanswered => (pause * 2).min(EVERY),
                };
                tokio::select! {
                    () = sleep(pause) => {}
                    () = self.line.lost() => {
                        self.line.up().await;
                        pause = SOON;
                    }
                }
            }
        };
        tokio::select! {
            () = following => {}
            () = self.worker.shutdown.reached(Stage::Draining) => {}
        }
    }

    /// What counts at this moment.
    pub(crate) fn source(&self) -> Source {
        self.state().source.clone()
    }

    /// Asks for the entry, together with all others who want that now, and works by what it says.
    async fn reload(self: &Arc<Self>) -> Outcome {
        self.reloads.now(self.load()).await
    }

    async fn load(self: &Arc<Self>) -> Outcome {
        let (outcome, problem) = match self.entry.value().await {
            Ok(found) => (Outcome::Answered, self.take(found).await.err()),
            Err(trouble) => (Outcome::Unanswered, Problem::of(&trouble)),
        };
        self.note(problem);
        outcome
    }

    /// Works by an entry that has this value from now on, if it counts.
    ///
    /// # Errors
    /// It cannot be used; then nothing has changed.
    async fn take(self: &Arc<Self>, found: Option<Value>) -> Result<(), Problem> {
        match (found, self.source()) {
            (_, source) if source.outranks_the_entry() => Ok(()),
            (Some(value), _) => self.apply(self.read(value).await?),
            (None, Source::Entry(_)) => Err(Problem::new(
                "the entry has no value any more: what it said last counts until it has one",
            )),
            (None, _) => Ok(()),
        }
    }

    /// Reads what an entry says, and with it the file that it may name for the API key: from a pipe or a dead mount that takes
    /// for ever.
    async fn read(&self, value: Value) -> Result<Config, Problem> {
        let too_slow = || Problem::new("the file that api_key_file names cannot be read in time");
        let reading = self.reading.clone().try_lock_owned().map_err(|_| too_slow())?;
        let (defaults, extra) = (self.defaults, self.worker.provider.config);
        let read = spawn_blocking(move || {
            let _reading = reading;
            Config::of_entry("the entry", &value, &defaults, extra)
        });
        match timeout(READ, read).await {
            Ok(Ok(read)) => read.map_err(|error| Problem::from(&error)),
            _ => Err(too_slow()),
        }
    }

    fn apply(self: &Arc<Self>, config: Config) -> Result<(), Problem> {
        let before = self.worker.config();
        let is_other = *before != config;
        if is_other {
            self.worker.configure(config).map_err(Problem::new)?;
        }
        let source = Source::Entry(self.entry.id().to_owned());
        if is_other || self.source() != source {
            self.tell(&before, &source);
            *self.state() = State::of(source);
        }
        if is_other {
            self.offer();
        }
        Ok(())
    }

    /// Says what has changed, by the names of keys alone.
    fn tell(&self, before: &Config, source: &Source) {
        let config = self.worker.config();
        let (before, now) = (before.shown(), config.shown());
        let changed: Vec<&str> = now
            .iter()
            .filter(|(key, value)| before.get(key.as_str()) != Some(value))
            .map(|(key, _)| key.as_str())
            .collect();
        tracing::info!(
            configuration = source.to_string(),
            changed = changed.join(", "),
            api_base = config.base_url(),
            "another configuration counts"
        );
        for warning in check::warnings(&self.worker) {
            tracing::warn!("{warning}");
        }
        if let Err(error) = self.worker.has_key() {
            tracing::warn!(%error, "no API key: calls that need the provider will be refused");
        }
    }

    /// Says once why the newest configuration does not count, or that nothing is wrong with it.
    fn note(&self, problem: Option<Problem>) {
        let before = std::mem::replace(&mut self.state().problem, problem.clone());
        if let Some(Problem { key, reason }) = problem.filter(|problem| before.as_ref() != Some(problem)) {
            let entry = self.entry.id();
            tracing::warn!(entry, key, reason, "the configuration stays as it is");
        }
    }

    fn offer(self: &Arc<Self>) {
        let mut functions = self.registrations();
        functions.extend(self.worker.registrations());
        self.offers.set(functions);
    }

    fn status(&self) -> Status<'_> {
        let state = self.state().clone();
        Status {
            source: state.source.kind(),
            described: state.source.to_string(),
            entry: self.entry.id(),
            follows_entry: !state.source.outranks_the_entry(),
            loaded_at: state.loaded_at.to_string(),
            last_error: state.problem,
            config: self.worker.config().shown(),
        }
    }

    /// The full id of one of the worker's functions that are about itself.
    fn id(&self, function: &str) -> String {
        format!("{}::{function}", self.worker.package.worker_name())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
