//! The kinds of sandbox that a line may meet, on this machine: each shell that is installed, and a system whose
//! commands are all busybox's.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const SYSTEM: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub struct Sandbox {
    pub name: &'static str,
    /// PATH in the sandbox.
    pub path: String,
    shell: PathBuf,
    /// Holds commands; gone with the sandbox.
    _commands: TempDir,
}

/// What a provider would answer.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub exit_code: i32,
}

/// A shell that is not installed is not tried.
pub fn sandboxes() -> Vec<Sandbox> {
    let mut all = vec![];
    for name in ["dash", "bash"] {
        all.extend(installed(name).map(|shell| with_commands(name, &shell, &["sh"], SYSTEM)));
    }
    let commands = [
        "sh", "env", "setsid", "timeout", "nice", "sleep", "cat", "kill", "echo", "grep", "pwd",
    ];
    all.extend(installed("busybox").map(|shell| with_commands("busybox", &shell, &commands, "")));
    assert!(!all.is_empty(), "no shell to test with");
    all
}

fn installed(name: &str) -> Option<PathBuf> {
    SYSTEM
        .split(':')
        .map(|folder| Path::new(folder).join(name))
        .find(|file| file.exists())
}

fn with_commands(name: &'static str, shell: &Path, commands: &[&str], rest: &str) -> Sandbox {
    let folder = tempfile::tempdir().expect("a folder");
    for command in commands {
        symlink(shell, folder.path().join(command)).expect("a link");
    }
    let path = [folder.path().to_str().expect("UTF-8"), rest]
        .join(":")
        .trim_end_matches(':')
        .to_owned();
    Sandbox {
        name,
        path,
        shell: folder.path().join("sh"),
        _commands: folder,
    }
}

impl Sandbox {
    /// Gives the line to the sandbox's shell, as a provider does.
    pub fn run(&self, line: &str) -> Run {
        let output = self.command(line).output().expect("a shell");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit_code: output.status.code().expect("an exit code"),
        }
    }

    /// Signals are as a provider has them. Whoever runs the tests in the background has interrupts ignored, and a
    /// shell cannot undo that.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(installed("env").expect("`env` is installed"));
        command.arg("--default-signal").arg(&self.shell);
        command.args(["-c", line]).env("PATH", &self.path);
        command
    }

    /// Begins the line and, when it has written its first line, kills it and what is in its group.
    pub fn abandon(&self, line: &str) -> String {
        let mut child = self
            .command(line)
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut written = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut written).expect("a line");
        let group = format!("-{}", child.id());
        Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .status()
            .expect("a signal");
        child.wait().expect("an end");
        written.trim().to_owned()
    }
}

/// Another process writes it: a file that this one has open for writing is inherited by whatever another thread starts
/// just then, and cannot be run for as long.
pub fn write_program(file: &Path, script: &str) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    let write = r#"printf %s "$1" >"$0" && chmod +x -- "$0""#;
    let mut command = Command::new("sh");
    let status = command.args(["-c", write]).arg(file).arg(script).status();
    assert!(status.expect("a shell").success());
}

/// Whether the process with this number ends soon. One that nobody has waited for counts as ended.
pub fn is_gone(pid: &str) -> bool {
    assert!(pid.parse::<u32>().is_ok(), "the number of a process, not {pid:?}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if !status.contains("\nState:") || status.contains("\nState:\tZ") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

pub fn kill(pid: &str) {
    let _ = Command::new("kill").arg(pid).status();
}
