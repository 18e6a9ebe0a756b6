//! The process: command line in, exit status out.
//!
//! A start that fails ends with 1 and one line. Otherwise the worker serves until it is told to stop, or until the
//! engine refuses it for good.

use std::{
    env,
    io::{self, IsTerminal, Write},
    pin::pin,
    process::ExitCode,
    sync::Arc,
};

use tokio::{
    runtime::{Builder, Handle},
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::{
    acceptance::{self, Trial},
    cli::{Cli, NamedFile},
    config::{Config, Defaults, ExtraKey, Loaded, Optional, default_config},
    core_dump,
    engine::EngineLink,
    exposure,
    manifest::{self, Package},
    provider::{Api, Provider},
    shutdown::{ABANDON, FINISH, LAST_LINES, LAST_LOOK, LAST_WORDS, Stage, UNDO},
    stop::Stop,
    telemetry::{self, Lines},
    worker::Worker,
};

/// Runs a worker with the process arguments.
pub fn run<C: Api>(provider: Provider<C>, package: &Package) -> ExitCode {
    let cli = match Cli::parse_from(package, env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    if cli.manifest {
        let defaults = default_config(&defaults(&provider), provider.config);
        return match writeln!(io::stdout(), "{}", manifest::render(package, &defaults)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match cli.trial {
        true => telemetry::init_quiet(package),
        false => telemetry::init(package),
    }
    if let Err(error) = core_dump::forbid() {
        tracing::warn!(%error, "core dumps cannot be turned off: a crash may write the API key to disk");
    }
    let code = started(cli, provider, package).unwrap_or_else(|line| {
        telemetry::say(&format!("{}: {line}", package.name));
        ExitCode::FAILURE
    });
    telemetry::flush(LAST_LINES);
    code
}

/// Prints help, the version or what is wrong with the arguments.
fn misused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.render();
    let text = match io::stderr().is_terminal() {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    telemetry::say(text.trim_end());
    telemetry::flush(LAST_LINES);
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

fn started<C: Api>(cli: Cli, provider: Provider<C>, package: &Package) -> Result<ExitCode, String> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let code = runtime.block_on(run_until_told(cli, provider, *package));
    // Whatever is left has had its time, and what still waits for a file or for a reader is not waited for.
    runtime.shutdown_timeout(ABANDON);
    code
}

async fn run_until_told<C: Api>(cli: Cli, provider: Provider<C>, package: Package) -> Result<ExitCode, String> {
    // From here on a signal ends the worker in good order, however early it comes.
    let mut stop = Stop::new().map_err(|error| error.to_string())?;
    let (is_check, is_trial, is_agreed) = (cli.check, cli.trial, cli.yes);
    let prepared = tokio::select! {
        prepared = spawn_blocking(move || prepare(&cli, provider, &package)) => prepared,
        () = stop.asked() => return Ok(if is_check || is_trial { ExitCode::FAILURE } else { ExitCode::SUCCESS }),
    };
    let Prepared {
        worker,
        url,
        source,
        trial,
    } = prepared.map_err(|_| "the start failed".to_owned())??;
    if let Some(trial) = trial {
        let stdout = Lines::to(io::stdout());
        return acceptance::try_out(worker, trial, is_agreed, stdout, stop).await;
    }
    if is_check {
        return Ok(tokio::select! {
            code = check(&worker, &source) => code,
            () = stop.asked() => ExitCode::FAILURE,
        });
    }
    introduce(&worker, &source);
    for warning in warnings(&worker) {
        tracing::warn!("{warning}");
    }
    if let Err(error) = worker.has_key() {
        tracing::warn!(%error, "no API key: calls that need the provider will be refused");
    }
    Ok(serve(&worker, &url, &package, stop).await)
}

/// A worker that can begin.
struct Prepared<C: Api> {
    worker: Arc<Worker<C>>,
    url: Url,
    source: String,
    /// What it is tried with, if that is what it is for.
    trial: Option<Trial>,
}

/// Everything that has to be read before a worker begins: from a pipe or a dead mount that takes for ever.
fn prepare<C: Api>(cli: &Cli, provider: Provider<C>, package: &Package) -> Result<Prepared<C>, String> {
    let named = cli.config_file();
    let loaded = load(named.as_ref(), &defaults(&provider), provider.config)?;
    let source = source(named.as_ref(), &loaded);
    let url = cli.engine_url().map_err(|error| error.to_string())?;
    let trial = match cli.trial {
        true => Some(Trial::new(cli.image.as_deref(), &loaded.config)?),
        false => None,
    };
    let config = match trial {
        Some(_) => acceptance::adapted(loaded.config, &provider),
        None => loaded.config,
    };
    let worker = Arc::new(Worker::new(provider, config, package)?);
    Ok(Prepared {
        worker,
        url,
        source,
        trial,
    })
}

fn defaults<C: Api>(provider: &Provider<C>) -> Defaults {
    Defaults {
        api_base: provider.api_base,
        api_key_env: provider.api_key_env,
        optional: provider.optional,
    }
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
    let config = worker.config();
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

/// What an operator is told of a configuration that works and may not be meant.
fn warnings<C: Api>(worker: &Worker<C>) -> Vec<String> {
    let exposed = exposure::warnings(&worker.config()).into_iter();
    exposed.chain(too_long_lists(worker)).collect()
}

/// What is to be said of lists that cannot be read for their length: then nothing could be counted after a restart.
fn too_long_lists<C: Api>(worker: &Worker<C>) -> Option<String> {
    let config = worker.config();
    let (most, carried, needed) = (
        config.max_concurrent_sandboxes,
        config.max_response_bytes,
        config.longest_list_bytes(),
    );
    (worker.can_list() && needed > carried).then(|| {
        format!(
            "a list of {most} sandboxes may be {needed} bytes long, which max_response_bytes ({carried}) cannot carry: \
             raise it, or lower max_concurrent_sandboxes"
        )
    })
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
    let stdout = Lines::to(io::stdout());
    let config = worker.config();
    stdout.say(&format!("configuration: {source}"));
    stdout.say(&format!("provider: {} at {}", worker.provider.name, config.base_url()));
    stdout.say(&format!("owner: {}", config.owner));
    for (name, functions) in asked_for(worker) {
        stdout.say(&format!("optional: {name}, which is {}", functions.join(", ")));
    }
    for warning in warnings(worker) {
        stdout.say(&format!("warning: {warning}"));
    }
    if worker.has_key().is_ok() && config.api_key_file.is_none() {
        stdout.say(&format!("note: {}", exposure::OF_ENVIRONMENT));
    }
    let (key, code) = try_key(worker).await;
    stdout.say(&format!("API key: {key}"));
    stdout.written().await;
    code
}

/// The optional functions that the configuration lists.
fn asked_for<C: Api>(worker: &Worker<C>) -> impl Iterator<Item = &Optional> {
    let optional = worker.provider.optional.iter();
    optional.filter(|(name, _)| worker.config().functions.iter().any(|listed| listed == name))
}

/// What is to be said of the API key, and the status that goes with it.
async fn try_key<C: Api>(worker: &Arc<Worker<C>>) -> (String, ExitCode) {
    let source = worker.config().key_source();
    if let (Ok(()), false) = (worker.has_key(), worker.can_list()) {
        let text = format!("{source} holds a key; the mapping has no list to try it with");
        return (text, ExitCode::SUCCESS);
    }
    match worker.probe().await {
        Ok(sandboxes) => {
            let text = format!("{source} is accepted; {sandboxes} sandboxes of this owner");
            (text, ExitCode::SUCCESS)
        }
        Err(error) => (error.to_string(), ExitCode::FAILURE),
    }
}

async fn serve<C: Api>(worker: &Arc<Worker<C>>, url: &Url, package: &Package, mut stop: Stop) -> ExitCode {
    let calls = TaskTracker::new();
    let link = EngineLink::connect(url, package, worker.registrations(), &Handle::current(), &calls);
    worker.serve_on(link.line());
    tokio::spawn(worker.clone().measure());
    tokio::spawn(worker.clone().recover_in_background());
    let code = tokio::select! {
        () = stop.asked() => ExitCode::SUCCESS,
        failure = link.failed() => {
            // Nobody waits for the calls under way.
            worker.shutdown.reach(Stage::Ending);
            telemetry::say(&format!("{}: {failure}", package.name));
            ExitCode::FAILURE
        }
    };
    let end = async {
        link.unregister_all().await;
        tracing::info!("stopping");
        drain(worker, &calls).await;
        link.close().await;
    };
    tokio::select! {
        () = end => code,
        () = stop.asked_twice() => {
            worker.shutdown.reach(Stage::GivingUp);
            tracing::warn!("told to stop twice: ending at once");
            worker.background.close();
            let _ = timeout(LAST_WORDS, worker.background.wait()).await;
            ExitCode::FAILURE
        }
    }
}

/// Lets calls under way finish; ends and undoes those that take too long, and refuses what comes in later.
async fn drain<C: Api>(worker: &Arc<Worker<C>>, calls: &TaskTracker) {
    let end = Instant::now() + FINISH + UNDO;
    worker.shutdown.reach(Stage::Draining);
    calls.close();
    let is_late = timeout(FINISH, calls.wait()).await.is_err();
    worker.shutdown.reach(Stage::Ending);
    if is_late {
        tracing::warn!("ending calls that are still under way");
    }
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
        worker.shutdown.reach(stage);
    }
    // Long enough to write down what is left.
    let _ = timeout(LAST_WORDS, worker.background.wait()).await;
}
