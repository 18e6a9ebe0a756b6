//! `--try`: whether a mapping is true of the real provider.
//!
//! Every function is called as the engine would call it, and what comes of that is held against what the family promises.
//! The run has an owner of its own: no deployment sees or counts what it starts, and what is left, if anything is, is found
//! by that tag. Whatever happens, everything that was made is removed at the end.

mod adapter;
mod announcement;
mod caller;
mod copies;
mod ledger;
mod programs;
mod removal;
mod sandbox;
mod table;
mod urls;

use std::{process::ExitCode, sync::Arc};

use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) use self::ledger::Ledger;
use self::{
    announcement::{Consent, announce, consent},
    caller::Caller,
    removal::{Known, Left, remove},
    table::Table,
};
use crate::{
    config::{CatalogImage, Config},
    configuration::Source,
    error::Code,
    provider::{Api, Provider},
    stop::Stop,
    telemetry::Lines,
    worker::Worker,
};

/// Sandboxes that run at a time, at most: the one that is tried, and two copies of it.
const AT_ONCE: u32 = 3;

/// The idle timeout of every sandbox.
const IDLE_SECS: u64 = 600;

/// How long one of them is to live that is extended.
const EXTENDED_SECS: u64 = 2 * IDLE_SECS;

/// How many copies are made.
const COPIES: u64 = 2;

/// What the functions are tried with.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub image: String,
}

impl Trial {
    /// The image may be one of the provider's, or a name of the catalog; without one it is the first that the configuration
    /// names.
    ///
    /// # Errors
    /// No image is known to start from; says how to name one.
    pub(crate) fn new(image: Option<&str>, config: &Config) -> Result<Self, String> {
        let catalog = || config.images.values().map(|known| known.image.as_str());
        let first = || {
            config
                .image_allowlist
                .first()
                .map(String::as_str)
                .or_else(|| catalog().next())
        };
        let image = image.or_else(first).filter(|image| !image.trim().is_empty());
        let image = image.ok_or("--try starts sandboxes: name what from, by --image")?;
        let known = config.images.get(image).map(|known| known.image.as_str());
        Ok(Self {
            image: known.unwrap_or(image).to_owned(),
        })
    }
}

/// The configuration of a run: as the operator's, but for what has to be so that every function can be tried and nobody
/// else is touched.
pub(crate) fn adapted<C: Api>(config: Config, trial: &Trial, provider: &Provider<C>) -> Config {
    let catalog = CatalogImage {
        image: trial.image.clone(),
        max: None,
    };
    let optional = provider.optional.iter().map(|(name, _)| (*name).to_owned());
    Config {
        owner: format!("try-{}", Uuid::new_v4().simple()),
        max_concurrent_sandboxes: AT_ONCE,
        image_allowlist: Vec::new(),
        images: [(adapter::IMAGE.to_owned(), catalog)].into(),
        allow_provider_images: false,
        functions: optional.collect(),
        allow_foreign: false,
        ..config
    }
}

/// Says what will be done, asks the operator, unless he has agreed already, and does it.
///
/// # Errors
/// There is no key, or nobody can be asked.
pub(crate) async fn try_out<C: Api>(
    worker: Arc<Worker<C>>,
    trial: Trial,
    source: &Source,
    is_agreed: bool,
    stdout: Arc<Lines>,
    mut stop: Stop,
) -> Result<ExitCode, String> {
    let alone = || source.without_the_entry(&worker.package);
    worker.can_call().map_err(|error| match error.code() {
        Code::S503 => error.to_string(),
        _ => format!("{error}; {}", alone()),
    })?;
    stdout.say(&format!("configuration: {source}; {}", alone()));
    announce(&worker, &trial, &stdout);
    let consent = match is_agreed {
        true => Consent::Given,
        false => tokio::select! {
            consent = consent(&stdout) => consent,
            () = stop.asked() => Consent::Refused,
        },
    };
    let code = match consent {
        Consent::Given => run(worker, trial, stdout.clone(), &mut stop).await,
        Consent::Refused => ExitCode::FAILURE,
        Consent::NotToBeHad => return Err("there is no terminal to ask at: say --yes to let --try begin".to_owned()),
    };
    stdout.written().await;
    Ok(code)
}

/// Tries every function and removes what that has made. Told to stop, it removes that at once; told again, it lists what is
/// left and ends.
pub(crate) async fn run<C: Api>(worker: Arc<Worker<C>>, trial: Trial, stdout: Arc<Lines>, stop: &mut Stop) -> ExitCode {
    let table = Arc::new(Table::new(stdout, &worker));
    let caller = Caller::new(worker.clone());
    let ledger = worker.ledger.get_or_init(Ledger::default);
    let trying = Trying {
        worker: worker.clone(),
        caller: caller.clone(),
        table: table.clone(),
        trial,
    };
    let mut trying = Abort(tokio::spawn(trying.everything()));
    let is_whole = tokio::select! {
        ended = &mut trying.0 => ended.is_ok(),
        () = stop.asked() => {
            trying.0.abort();
            // Nothing is begun after that.
            let _ = (&mut trying.0).await;
            table.say("told to stop: removing what was made");
            false
        }
    };
    let removed = tokio::select! {
        left = remove(&worker, &caller, ledger) => table.removed(&left),
        () = stop.asked() => {
            let made = ledger.left();
            table.removed(&Left {
                made,
                known: Known::Nothing,
            })
        }
    };
    let good = table.conclude(is_whole);
    match good && removed {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// A task that ends when nobody waits for it any more.
struct Abort<T>(JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A run under way.
struct Trying<C: Api> {
    worker: Arc<Worker<C>>,
    caller: Caller<C>,
    table: Arc<Table<C>>,
    trial: Trial,
}

impl<C: Api> Trying<C> {
    async fn everything(self) {
        if !self.list_of_nothing().await {
            return;
        }
        if let Some(sandbox) = self.create().await {
            self.list_of(&sandbox).await;
            self.programs(&sandbox).await;
            self.files(&sandbox).await;
            self.url(&sandbox).await;
            self.extend(&sandbox).await;
            self.copies(&sandbox).await;
            self.adapter(&sandbox).await;
            self.stop(&sandbox).await;
        }
        self.refused_image().await;
        self.list_of_nothing_left().await;
        for function in self.strangers() {
            self.table.untried(function);
        }
    }

    /// The functions that only this mapping has: nobody knows what to expect of them.
    fn strangers(&self) -> impl Iterator<Item = &'static str> {
        let functions = self.worker.provider.functions.iter().map(|function| function.name);
        functions.filter(|name| !TRIED.contains(name))
    }
}

/// The functions of the family that are tried.
const TRIED: [&str; 10] = [
    "create",
    "exec",
    "stop",
    "list",
    "snapshot",
    "branch",
    "expose_port",
    "extend",
    "fs::read",
    "fs::write",
];
