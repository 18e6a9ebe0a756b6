//! The process: command line in, exit status out.
//!
//! A start that fails ends with 1 and one line. Otherwise the worker serves until it is told to stop, or until the
//! engine refuses it for good.

use std::{io, pin::pin, process::ExitCode, sync::Arc};

use tokio::{
    runtime::{Builder, Handle},
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, timeout, timeout_at},
};
use tokio_util::task::TaskTracker;

use crate::{
    cli::{Cli, NamedFile},
    config::{Config, Defaults, ExtraKey, Loaded, default_config},
    engine::EngineLink,
    manifest::{self, Package},
    provider::{Api, Provider},
    stage::{ABANDON, FINISH, LAST_LOOK, LAST_WORDS, Stage, UNDO},
    telemetry,
    worker::Worker,
};

/// Runs a worker with the process arguments.
pub fn run<C: Api>(provider: Provider<C>, package: &Package) -> ExitCode {
    let cli = Cli::parse(package);
    let defaults = Defaults {
        api_base: provider.api_base,
        api_key_env: provider.api_key_env,
        optional: provider.optional,
    };
    if cli.manifest {
        println!(
            "{}",
            manifest::render(package, &default_config(&defaults, provider.config))
        );
        return ExitCode::SUCCESS;
    }
    telemetry::init(package);
    match started(&cli, provider, &defaults, package) {
        Ok(code) => code,
        Err(line) => {
            eprintln!("{}: {line}", package.name);
            ExitCode::FAILURE
        }
    }
}

fn started<C: Api>(
    cli: &Cli,
    provider: Provider<C>,
    defaults: &Defaults,
    package: &Package,
) -> Result<ExitCode, String> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    // From here on a signal ends the worker in good order, however early it comes.
    let mut stop = {
        let _context = runtime.enter();
        Stop::new().map_err(|error| error.to_string())?
    };
    let named = cli.config_file();
    let loaded = load(named.as_ref(), defaults, provider.config)?;
    let source = source(named.as_ref(), &loaded);
    let url = cli.engine_url().map_err(|error| error.to_string())?;
    let config = loaded.config.clone();
    let worker = Arc::new(Worker::new(provider, config, package)?);
    if cli.check {
        return Ok(runtime.block_on(async {
            tokio::select! {
                code = check(&worker, &source) => code,
                () = stop.asked() => ExitCode::FAILURE,
            }
        }));
    }
    introduce(&worker, &source);
    if worker.config.sends_key_in_clear() {
        tracing::warn!("api_base is http: the API key crosses the network in clear");
    }
    if let Err(error) = worker.has_key() {
        tracing::warn!(%error, "no API key: calls that need the provider will be refused");
    }
    let code = runtime.block_on(serve(&worker, &url, package, stop));
    // Whatever is left has had its time.
    runtime.shutdown_timeout(ABANDON);
    Ok(code)
}

/// Reads the configuration. An error names the variable that named the file, since the operator may not have set it.
fn load(named: Option<&NamedFile>, defaults: &Defaults, extra: &[ExtraKey]) -> Result<Loaded, String> {
    let path = named.map(|named| named.path.as_path());
    Config::load(path, defaults, extra).map_err(|error| match named.and_then(|named| named.variable) {
        Some(variable) => format!("{variable}: {error}"),
        None => error.to_string(),
    })
}

/// What an operator wants to find at the head of a log.
fn introduce<C: Api>(worker: &Worker<C>, source: &str) {
    let config = &worker.config;
    tracing::info!(
        configuration = source,
        api_base = config.base_url(),
        owner = config.owner,
        max_concurrent_sandboxes = config.max_concurrent_sandboxes,
        default_idle_timeout_secs = config.default_idle_timeout_secs,
        allow_foreign = config.allow_foreign,
        "starting"
    );
}

/// Which file counts and why, in one line whatever its name holds.
fn source(named: Option<&NamedFile>, loaded: &Loaded) -> String {
    let Some(file) = &loaded.file else {
        return "defaults: no file is named, and there is no config.yaml in the working directory".to_owned();
    };
    let file = file.to_string_lossy().escape_debug().to_string();
    match named {
        Some(named) => format!("{file}, named by {}", named.variable.unwrap_or("--config")),
        None => format!("{file} in the working directory"),
    }
}

/// Prints what was found of configuration and key.
async fn check<C: Api>(worker: &Arc<Worker<C>>, source: &str) -> ExitCode {
    let config = &worker.config;
    println!("configuration: {source}");
    println!("provider: {} at {}", worker.provider.name, config.base_url());
    println!("owner: {}", config.owner);
    if let (Ok(()), false) = (worker.has_key(), worker.can_list()) {
        println!(
            "API key: {} is set; the mapping has no list to try it with",
            config.api_key_env
        );
        return ExitCode::SUCCESS;
    }
    match worker.probe().await {
        Ok(sandboxes) => {
            println!(
                "API key: {} is accepted; {sandboxes} sandboxes of this owner",
                config.api_key_env
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("API key: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve<C: Api>(worker: &Arc<Worker<C>>, url: &url::Url, package: &Package, mut stop: Stop) -> ExitCode {
    let calls = TaskTracker::new();
    let link = EngineLink::connect(url, package, worker.registrations(), &Handle::current(), &calls);
    worker.serve_on(link.line());
    tokio::spawn(worker.clone().adopt_in_background());
    let code = tokio::select! {
        () = stop.asked() => ExitCode::SUCCESS,
        failure = link.failed() => {
            eprintln!("{}: {failure}", package.name);
            // Nobody waits for the calls under way.
            worker.stage.reach(Stage::Ending);
            ExitCode::FAILURE
        }
    };
    tracing::info!("stopping");
    let end = async {
        link.unregister_all().await;
        drain(worker, &calls).await;
        link.close().await;
    };
    tokio::select! {
        () = end => code,
        () = stop.asked_twice() => {
            tracing::warn!("told to stop twice: ending at once");
            worker.stage.reach(Stage::GivingUp);
            worker.background.close();
            let _ = timeout(LAST_WORDS, worker.background.wait()).await;
            ExitCode::FAILURE
        }
    }
}

/// Lets calls under way finish; ends and undoes those that take too long, and refuses what comes in later.
async fn drain<C: Api>(worker: &Arc<Worker<C>>, calls: &TaskTracker) {
    let end = Instant::now() + FINISH + UNDO;
    worker.stage.reach(Stage::Draining);
    calls.close();
    if timeout(FINISH, calls.wait()).await.is_err() {
        tracing::warn!("ending calls that are still under way");
    }
    worker.stage.reach(Stage::Ending);
    let settled = async {
        calls.wait().await;
        worker.background.close();
        worker.background.wait().await;
    };
    let mut settled = pin!(settled);
    for (stage, at) in [(Stage::LastLook, end - LAST_LOOK), (Stage::GivingUp, end)] {
        if timeout_at(at, &mut settled).await.is_ok() {
            return;
        }
        worker.stage.reach(stage);
    }
    // Long enough to write down what is left.
    let _ = timeout(LAST_WORDS, worker.background.wait()).await;
}

/// SIGTERM and SIGINT.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    asked: usize,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            asked: 0,
        })
    }

    /// The next time that the worker is told to stop.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        self.asked += 1;
    }

    /// The second time: a worker that ends because the engine refuses it has not been told yet.
    async fn asked_twice(&mut self) {
        while self.asked < 2 {
            self.asked().await;
        }
    }
}
