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
        // What could not count is nobody's problem.
        self.note(problem.filter(|_| !self.source().outranks_the_entry()));
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

    /// Reads what an entry says, and with it the file that it may name for the API key, which takes a while at most.
    async fn read(&self, value: Value) -> Result<Config, Problem> {
        let (defaults, extra) = (self.defaults, self.worker.provider.config);
        let read = spawn_blocking(move || Config::of_entry("the entry", &value, &defaults, extra));
        match read.await {
            Ok(read) => read.map_err(|error| Problem::from(&error)),
            Err(_) => Err(Problem::new("the entry could not be read")),
        }
    }

    fn apply(self: &Arc<Self>, config: Config) -> Result<(), Problem> {
        let changed = config.changes(&self.worker.config());
        let source = Source::Entry(self.entry.id().to_owned());
        if changed.is_empty() {
            if self.source() != source {
                tracing::info!(
                    configuration = source.to_string(),
                    "the same configuration counts, from another place"
                );
                *self.state() = State::of(source);
            }
            return Ok(());
        }
        self.worker.configure(config).map_err(Problem::new)?;
        self.tell(&changed, &source);
        *self.state() = State::of(source);
        self.offer();
        Ok(())
    }

    /// Says what has changed, by the names of keys alone.
    fn tell(&self, changed: &[String], source: &Source) {
        tracing::info!(
            configuration = source.to_string(),
            changed = changed.join(", "),
            api_base = self.worker.config().base_url(),
            "another configuration counts"
        );
        check::tell(&self.worker);
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
        let (state, config) = (self.state().clone(), self.worker.config());
        Status {
            source: state.source.kind(),
            described: state.source.to_string(),
            entry: self.entry.id(),
            follows_entry: !state.source.outranks_the_entry(),
            loaded_at: state.loaded_at.to_string(),
            last_error: state.problem,
            missing: config.missing.clone(),
            config: config.shown(),
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
