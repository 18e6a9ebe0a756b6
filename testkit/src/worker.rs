//! A built worker binary as a child process with a clean environment and collected output.
//!
//! Nothing of the test's own environment reaches the child but `PATH` and what a coverage run
//! needs, so that an engine address or a key of the developer's shell cannot decide a test.

mod output;

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use self::output::Output as Collected;
use crate::watched::DEADLINE;

const EXIT_LIMIT: Duration = Duration::from_secs(30);
const RUN_LIMIT: Duration = Duration::from_secs(60);
const INHERITED: [&str; 3] = ["PATH", "LLVM_PROFILE_FILE", "SystemRoot"];

/// How to start a worker. Built by [`Worker::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `spawn`"]
pub struct WorkerBuilder {
    binary: PathBuf,
    config: Option<String>,
    found: Option<String>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdout: Option<Arc<OwnedFd>>,
    stderr: Option<Arc<OwnedFd>>,
}

impl WorkerBuilder {
    /// Gives the process the end of a pipe of the test's own as standard output; [`Worker::stdout`] stays empty then.
    pub fn stdout_to(mut self, end: impl Into<OwnedFd>) -> Self {
        self.stdout = Some(Arc::new(end.into()));
        self
    }

    /// The same for standard error.
    pub fn stderr_to(mut self, end: impl Into<OwnedFd>) -> Self {
        self.stderr = Some(Arc::new(end.into()));
        self
    }

    /// Writes `yaml` to a file of its own and passes `--config <file>` after all other arguments.
    pub fn config(mut self, yaml: &str) -> Self {
        self.config = Some(yaml.to_owned());
        self
    }

    /// Writes `yaml` to `config.yaml` in the directory in which the process starts, where it finds it by itself.
    pub fn found_config(mut self, yaml: &str) -> Self {
        self.found = Some(yaml.to_owned());
        self
    }

    /// Passes `--url <engine address>`.
    pub fn url(self, engine: &str) -> Self {
        self.arg("--url").arg(engine)
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets one environment variable; the last value for a name counts.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets an environment variable unless [`WorkerBuilder::env`] does so, before or after.
    pub(crate) fn default_env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(0, (name.into(), value.into()));
        self
    }

    /// The name of the binary.
    pub(crate) fn name(&self) -> String {
        let stem = self.binary.file_stem().expect("the path of a binary");
        stem.to_string_lossy().into_owned()
    }

    /// Whether an environment variable is set by [`WorkerBuilder::env`].
    pub(crate) fn sets(&self, name: &str) -> bool {
        self.env.iter().any(|(set, _)| set == name)
    }

    /// Starts the process in a directory of its own, which is also its `HOME`. Panics if it does
    /// not start.
    pub async fn spawn(self) -> Worker {
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut command = clean_command(&self.binary, home.path());
        command.args(&self.args).envs(self.env);
        if let Some(yaml) = &self.found {
            std::fs::write(home.path().join("config.yaml"), yaml).expect("a writable temporary directory");
        }
        if let Some(yaml) = &self.config {
            let file = home.path().join("named.yaml");
            std::fs::write(&file, yaml).expect("a writable temporary directory");
            command.arg("--config").arg(file);
        }
        if let Some(end) = &self.stdout {
            command.stdout(again(end));
        }
        if let Some(end) = &self.stderr {
            command.stderr(again(end));
        }
        let mut child = spawn(&mut command, &self.binary);
        let output = Collected::of(&mut child);
        Worker {
            child,
            output,
            _home: home,
        }
    }
}

/// A running worker. Dropping it kills the process.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    output: Collected,
    /// Its directory, which goes with it.
    _home: TempDir,
}

impl Worker {
    /// Starts from the path of a built binary, in a test `env!("CARGO_BIN_EXE_<name>")`.
    pub fn builder(binary: impl Into<PathBuf>) -> WorkerBuilder {
        WorkerBuilder {
            binary: binary.into(),
            config: None,
            found: None,
            args: Vec::new(),
            env: Vec::new(),
            stdout: None,
            stderr: None,
        }
    }

    /// The process id, unless the process has ended and [`Worker::exit`] has seen it.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The most memory that the process has had at a time so far, in bytes. Linux only.
    pub fn peak_memory(&self) -> u64 {
        self.memory_of("VmHWM:")
    }

    /// The memory that the process has now, in bytes. Linux only.
    pub fn memory(&self) -> u64 {
        self.memory_of("VmRSS:")
    }

    fn memory_of(&self, field: &str) -> u64 {
        let pid = self.pid().expect("a running worker");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process has a status");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("memory in kB") * 1024
    }

    /// What it has written to standard output so far, whole lines.
    pub fn stdout(&self) -> String {
        self.output.stdout()
    }

    /// What it has written to standard error so far, whole lines.
    pub fn stderr(&self) -> String {
        self.output.stderr()
    }

    /// The first line of either stream that contains `part`, waiting for it. Panics after 20 s, or
    /// when the process has closed both streams without such a line.
    pub async fn wait_for_line(&self, part: &str) -> String {
        self.wait_for_line_within(DEADLINE, part).await
    }

    /// As [`Worker::wait_for_line`], for something that takes longer.
    pub async fn wait_for_line_within(&self, time: Duration, part: &str) -> String {
        match self.output.line(time, part).await {
            Some(line) => line,
            None => panic!("no line with {part:?}; {}", self.said()),
        }
    }

    /// Resolves when the process has closed both its streams, as it does by ending.
    pub async fn silent(&self) {
        while !self.output.wait_closed(DEADLINE).await {}
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends SIGINT.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends SIGHUP, as a terminal does that goes away.
    pub fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Sends SIGKILL, as a machine that fails would.
    pub fn kill(&self) {
        self.signal("KILL");
    }

    /// Waits for the process to end and its output to be complete. Panics after 30 s.
    pub async fn exit(&mut self) -> ExitStatus {
        self.exit_within(EXIT_LIMIT).await
    }

    /// [`Worker::exit`] with another limit.
    pub async fn exit_within(&mut self, limit: Duration) -> ExitStatus {
        let Ok(status) = timeout(limit, self.child.wait()).await else {
            panic!("the worker did not exit within {limit:?}; {}", self.said());
        };
        // A grandchild that inherited the streams may keep them open; its output is not ours.
        self.output.wait_closed(Duration::from_secs(2)).await;
        status.expect("the exit status of a child")
    }

    /// Both streams, for a panic message.
    pub(crate) fn said(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr())
    }

    fn signal(&self, name: &str) {
        // A reaped child has no id any more, so no stranger with a reused one can be hit.
        if let Some(pid) = self.child.id() {
            crate::signal::send(name, &pid.to_string());
        }
    }
}

/// How a process that ran to its end went.
#[derive(Debug)]
pub struct Output {
    /// Its exit status.
    pub status: ExitStatus,
    /// All it wrote to standard output; invalid UTF-8 is replaced.
    pub stdout: String,
    /// All it wrote to standard error; invalid UTF-8 is replaced.
    pub stderr: String,
}

/// Runs a command-line tool in `cwd` with a clean environment plus `env` and no input. Panics if
/// it does not start, or does not end within 60 s.
pub async fn run_to_end(binary: impl AsRef<Path>, args: &[&str], env: &[(&str, &str)], cwd: &Path) -> Output {
    let binary = binary.as_ref();
    let mut command = clean_command(binary, cwd);
    command.args(args).envs(env.iter().copied());
    let child = spawn(&mut command, binary);
    let Ok(ended) = timeout(RUN_LIMIT, child.wait_with_output()).await else {
        panic!("{} {args:?} ran longer than {RUN_LIMIT:?}", binary.display());
    };
    let ended = ended.expect("the output of a child");
    Output {
        status: ended.status,
        stdout: String::from_utf8_lossy(&ended.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

fn clean_command(binary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    let inherited = INHERITED.iter().filter_map(|&name| {
        let value = std::env::var_os(name)?;
        Some((OsStr::new(name), value))
    });
    command
        .env_clear()
        .envs(inherited)
        .env("HOME", home)
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn again(end: &OwnedFd) -> Stdio {
    end.try_clone().expect("a file descriptor is left").into()
}

fn spawn(command: &mut Command, binary: &Path) -> Child {
    command
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", binary.display()))
}
