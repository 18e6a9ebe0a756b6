//! The kinds of sandbox that a line may meet, on this machine: each shell that is installed, and systems whose commands
//! are all busybox's, be it all that a line makes use of or fewer.

use std::fs;
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
    /// TMPDIR in the sandbox.
    temporary: Option<PathBuf>,
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

/// A shell that is not installed is not tried. One that speaks of its killed children by itself cannot be: what it says
/// would be the program's.
pub fn sandboxes() -> Vec<Sandbox> {
    let mut all = vec![];
    for name in ["dash", "bash", "yash", "zsh"] {
        all.extend(installed(name).map(|shell| with_commands(name, &shell, &["sh"], SYSTEM)));
    }
    let files = [&COMMANDS[..], &["setsid", "timeout"], &FOR_FILES].concat();
    all.extend(busybox("busybox", &files));
    assert!(!all.is_empty(), "no shell to test with");
    all
}

/// Becomes the command that follows, without the files that were open beside input, output and error.
const ONLY_STANDARD_FILES: &str = r#"exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec "$@""#;

const COMMANDS: [&str; 9] = ["sh", "env", "nice", "sleep", "cat", "kill", "echo", "grep", "pwd"];

/// What a line needs to keep a program's output in files.
const FOR_FILES: [&str; 4] = ["head", "tail", "wc", "rm"];

fn busybox(name: &'static str, commands: &[&str]) -> Option<Sandbox> {
    installed("busybox").map(|shell| with_commands(name, &shell, commands, ""))
}

/// A busybox that cannot keep a timeout.
pub fn without_a_clock() -> Option<Sandbox> {
    busybox("no clock", &[&COMMANDS[..], &FOR_FILES].concat())
}

/// A busybox without what files need.
pub fn without_files() -> Option<Sandbox> {
    busybox("no files", &[&COMMANDS[..], &["setsid", "timeout"]].concat())
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
        temporary: None,
        _commands: folder,
    }
}

impl Sandbox {
    /// Gives the line to the sandbox's shell, as a provider does.
    pub fn run(&self, line: &str) -> Run {
        let output = self.command(line).output().expect("a shell");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit_code: output.status.code().expect("an exit code"),
        }
    }

    /// Signals and open files are as a provider has them. Whoever runs the tests in the background has interrupts
    /// ignored, and a shell cannot undo that; a job server leaves files open.
    fn command(&self, line: &str) -> Command {
        let installed = |name| installed(name).unwrap_or_else(|| panic!("`{name}` is installed"));
        let mut command = Command::new(installed("env"));
        command.arg("--default-signal").arg(installed("sh"));
        command.args(["-c", ONLY_STANDARD_FILES, "sh"]).arg(&self.shell);
        command.args(["-c", line]).env("PATH", &self.path);
        if let Some(folder) = &self.temporary {
            command.env("TMPDIR", folder);
        }
        command
    }

    /// The same with another folder for what is temporary.
    pub fn with_temporary(mut self, folder: &Path) -> Self {
        self.temporary = Some(folder.to_owned());
        self
    }

    /// Begins the line and kills its group after so long.
    pub fn kill_after(&self, line: &str, time: Duration) {
        let mut child = self
            .command(line)
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        std::thread::sleep(time);
        kill_group(child.id());
        child.wait().expect("an end");
    }

    /// Begins the line and, when its program has written a line to this file, kills it and what is in its group.
    pub fn abandon(&self, line: &str, file: &Path) -> String {
        let _ = fs::remove_file(file);
        let mut child = self.command(line).process_group(0).spawn().expect("a shell");
        let deadline = Instant::now() + Duration::from_secs(20);
        let written = loop {
            let written = fs::read_to_string(file).unwrap_or_default();
            if written.ends_with('\n') || Instant::now() > deadline {
                break written;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        kill_group(child.id());
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
        if has_ended(pid) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Whether it has ended already.
pub fn has_ended(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.contains("\nState:") || status.contains("\nState:\tZ")
}

fn kill_group(leader: u32) {
    let group = format!("-{leader}");
    let status = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
    status.expect("a signal");
}

pub fn kill(pid: &str) {
    let _ = Command::new("kill").arg(pid).status();
}
