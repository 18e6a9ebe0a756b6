//! The kinds of sandbox that a line may meet, on this machine: each shell that is installed, and a system whose
//! commands are all busybox's.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
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
        let mut command = Command::new(&self.shell);
        let output = command
            .args(["-c", line])
            .env("PATH", &self.path)
            .output()
            .expect("a shell");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit_code: output.status.code().expect("an exit code"),
        }
    }
}

pub fn write_program(file: &Path, script: &str) {
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    // In two steps: a file that is open for writing anywhere, be it in a child just forked, cannot be run.
    let draft = tempfile::NamedTempFile::new().expect("a file");
    fs::write(draft.path(), script).expect("a program");
    fs::set_permissions(draft.path(), fs::Permissions::from_mode(0o755)).expect("a program");
    fs::rename(draft.path(), file)
        .or_else(|_| fs::copy(draft.path(), file).map(drop))
        .expect("a program");
}

/// Whether the process with this number ends soon. One that nobody has waited for counts as ended.
pub fn is_gone(pid: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(2);
    while Instant::now() < deadline {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if !status.contains("\nState:") || status.contains("\nState:\tZ") {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

pub fn kill(pid: &str) {
    let _ = Command::new("kill").arg(pid).status();
}
