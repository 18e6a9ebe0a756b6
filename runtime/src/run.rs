//! The process: command line in, exit status out.
//!
//! A start that fails ends with 1 and one line. Otherwise the worker serves until it is told to stop, or until the
//! engine refuses it for good.

use std::{
    env,
    future::pending,
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
    check::{self, Report},
    cli::{Cli, NamedFile},
    config::{Config, Defaults, ExtraKey, Loaded, default_config},
    configuration::{Configuration, Source, Start},
    core_dump,
    engine::EngineLink,
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

/// A call of the adapter has a call of one of the provider's functions within it: in a build without optimisation that is
/// deeper than the default of 2 MiB.
const STACK: usize = 8 << 20;

fn started<C: Api>(cli: Cli, provider: Provider<C>, package: &Package) -> Result<ExitCode, String> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
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
        start,
        trial,
    } = prepared.map_err(|_| "the start failed".to_owned())??;
    if let Some(trial) = trial {
        let stdout = Lines::to(io::stdout());
        return acceptance::try_out(worker, trial, &start.source, is_agreed, stdout, stop).await;
    }
    if is_check {
        return Ok(tokio::select! {
            code = check(&worker, &start.source) => code,
            () = stop.asked() => ExitCode::FAILURE,
        });
    }
    introduce(&worker, &start.source);
    check::tell(&worker);
    Ok(serve(&worker, start, &url, &package, stop).await)
}

/// A worker that can begin.
struct Prepared<C: Api> {
    worker: Arc<Worker<C>>,
    url: Url,
    start: Start,
    /// What it is tried with, if that is what it is for.
    trial: Option<Trial>,
}

/// Everything that has to be read before a worker begins: from a pipe or a dead mount that takes for ever.
fn prepare<C: Api>(cli: &Cli, provider: Provider<C>, package: &Package) -> Result<Prepared<C>, String> {
    let named = cli.config_file();
    let defaults = defaults(&provider);
    let loaded = load(named.as_ref(), &defaults, provider.config)?;
    let url = cli.engine_url().map_err(|error| error.to_string())?;
    // What is not whole is no first value of an entry, which has to be.
    let is_seed = loaded.file.is_some() && loaded.config.missing.is_empty() && !is_composed(named.as_ref());
    let start = Start {
        source: Source::of(named.as_ref(), &loaded),
        seed: is_seed.then_some(loaded.said),
        defaults,
    };
    let trial = match cli.trial {
        true => Some(Trial::new(cli.image.as_deref(), &loaded.config)?),
        false => None,
    };
    let config = match &trial {
        Some(trial) => acceptance::adapted(loaded.config, trial, &provider),
        None => loaded.config,
    };
    let worker = Arc::new(Worker::new(provider, config, package)?);
    Ok(Prepared {
        worker,
        url,
        start,
        trial,
    })
}

/// Whether `iii compose` has started the worker. A file that it names is what it has made of an entry, and of what is said
/// of it in the compose file; that must not become the entry itself. Older ones say no more of themselves than file and
/// entry.
fn is_composed(named: Option<&NamedFile>) -> bool {
    let is_set = |variable: &&str| env::var_os(variable).is_some();
    let says_so = ["III_COMPOSE_NAMESPACE", "III_COMPOSE_FILE", "III_COMPOSE_DIR"]
        .iter()
        .any(is_set);
    says_so || named.is_some_and(|named| named.variable.is_some()) && is_set(&"III_CONFIG_NAME")
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
fn introduce<C: Api>(worker: &Worker<C>, source: &Source) {
    let config = worker.config();
    tracing::info!(
        configuration = source.to_string(),
        api_base = config.base_url(),
        owner = config.owner,
        max_concurrent_sandboxes = config.max_concurrent_sandboxes,
        default_idle_timeout_secs = config.default_idle_timeout_secs,
        allow_foreign = config.allow_foreign,
        "starting"
    );
}

/// Prints what was found of configuration and key.
async fn check<C: Api>(worker: &Arc<Worker<C>>, source: &Source) -> ExitCode {
    let stdout = Lines::to(io::stdout());
    let report = Report::of(worker, &source.to_string()).await;
    let report = report.noting(source.without_the_entry(&worker.package));
    for line in report.lines() {
        stdout.say(&line);
    }
    stdout.written().await;
    match report.ok {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

async fn serve<C: Api>(
    worker: &Arc<Worker<C>>,
    start: Start,
    url: &Url,
    package: &Package,
    mut stop: Stop,
) -> ExitCode {
    let calls = TaskTracker::new();
    let link = EngineLink::connect(url, package, Vec::new(), &Handle::current(), &calls);
    worker.serve_on(link.line());
    tokio::spawn(worker.clone().measure());
    let configuration = Configuration::new(worker.clone(), start, &link);
    let code = tokio::select! {
        () = stop.asked() => ExitCode::SUCCESS,
        () = serving(worker, configuration) => ExitCode::SUCCESS,
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

/// Serves as it is configured, as long as it is polled.
async fn serving<C: Api>(worker: &Arc<Worker<C>>, configuration: Arc<Configuration<C>>) {
    configuration.begin().await;
    tokio::spawn(worker.clone().recover_in_background());
    configuration.follow().await;
    pending().await
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
