//! Shells of this machine as sandboxes.

use std::{
    env, fmt, fs, io,
    os::unix::{
        ffi::OsStringExt as _,
        fs::{MetadataExt as _, PermissionsExt as _, symlink},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use tempfile::TempDir;

use crate::{
    error::{Code, Error},
    guest::{
        Program, Ran,
        script::{COMMANDS, Exec},
    },
};

/// The longest line, with room for a piece of a few thousand bytes.
pub(crate) const LINE: usize = 16_384;

/// The longest output.
pub(crate) const OUTPUT: usize = 4096;

/// Shells that are used with the commands of this system.
const SHELLS: [&str; 5] = ["sh", "dash", "bash", "mksh", "zsh"];

/// What has commands of its own; the second has no shell that is finished.
const BOXES: [&str; 2] = ["busybox", "toybox"];

/// A shell and the commands that it finds.
pub(crate) struct Machine {
    name: String,
    commands: TempDir,
}

impl Machine {
    /// Each that is installed.
    fn all() -> Vec<Self> {
        let found: Vec<_> = Self::known().filter_map(|(_, machine)| machine).collect();
        assert!(!found.is_empty(), "no shell to test with");
        found
    }

    /// The names of those that are not.
    pub fn absent() -> Vec<&'static str> {
        let absent = Self::known().filter(|(_, machine)| machine.is_none());
        absent.map(|(name, _)| name).collect()
    }

    fn known() -> impl Iterator<Item = (&'static str, Option<Self>)> {
        let shells = SHELLS.into_iter().map(|name| (name, Self::shell(name)));
        shells.chain(BOXES.into_iter().map(|name| (name, Self::own(name))))
    }

    fn shell(name: &str) -> Option<Self> {
        let others = COMMANDS.into_iter().filter(|command| *command != "sh");
        let others = others.map(|command| Some((command, installed(command)?)));
        let commands: Option<Vec<_>> = [Some(("sh", installed(name)?))].into_iter().chain(others).collect();
        Some(Self::of(name, commands?))
    }

    fn own(name: &str) -> Option<Self> {
        let all = installed(name)?;
        let shell = if name == "toybox" {
            installed("sh")?
        } else {
            all.clone()
        };
        let commands = COMMANDS.into_iter().map(|command| match command {
            "sh" => (command, shell.clone()),
            _ => (command, all.clone()),
        });
        Some(Self::of(name, commands))
    }

    /// The usual one without a command.
    pub fn without(missing: &str) -> Self {
        let machine = Self::shell("sh").expect("a shell");
        fs::remove_file(machine.commands.path().join(missing)).expect("it was there");
        machine
    }

    fn of(name: &str, commands: impl IntoIterator<Item = (&'static str, PathBuf)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (command, file) in commands {
            symlink(file, folder.path().join(command)).expect("a link");
        }
        Self {
            name: name.to_owned(),
            commands: folder,
        }
    }
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(name));
    files.find(|file| file.is_file())
}

/// A sandbox of each kind.
pub(crate) fn each_of() -> impl Iterator<Item = Local> {
    Machine::all().into_iter().map(Local::on)
}

/// Does something in a sandbox of each kind.
pub(crate) async fn each(story: impl AsyncFn(&Local)) {
    each_with(Fate::Well, story).await;
}

/// The same where this happens to programs.
pub(crate) async fn each_with(fate: Fate, story: impl AsyncFn(&Local)) {
    for machine in Machine::all() {
        story(&Local::on(machine).with(fate)).await;
    }
}

/// What happens to programs. What they do they have done, but for [`Fate::Unsent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Well,
    /// They are run once more.
    Twice,
    /// The answer to the one with this number is lost.
    Lost(usize),
    /// The one with this number is never run.
    Unsent(usize),
}

/// What happens in a sandbox's folder before the program with a number.
type Happens = Box<dyn Fn(&Path, usize) + Send + Sync>;

/// A folder of this machine as a sandbox.
pub(crate) struct Local {
    machine: Machine,
    home: TempDir,
    fate: Fate,
    seen: Mutex<Seen>,
    /// Who runs programs, if not the user of this test.
    user: AtomicU32,
    line: usize,
    output: usize,
    /// Something that happens before a program.
    between: Option<Happens>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    programs: usize,
    line: usize,
    output: usize,
}

impl Local {
    pub fn on(machine: Machine) -> Self {
        Self {
            machine,
            home: tempfile::tempdir().expect("a folder"),
            fate: Fate::Well,
            seen: Mutex::default(),
            user: AtomicU32::new(0),
            line: LINE,
            output: OUTPUT,
            between: None,
        }
    }

    pub fn usual() -> Self {
        Self::on(Machine::shell("sh").expect("a shell"))
    }

    pub fn with(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }

    pub fn with_line(self, line: usize) -> Self {
        Self { line, ..self }
    }

    pub fn with_output(self, output: usize) -> Self {
        Self { output, ..self }
    }

    /// Before the program with this number, from 0 on, something is done in the sandbox's folder.
    pub fn between(self, happens: impl Fn(&Path, usize) + Send + Sync + 'static) -> Self {
        Self {
            between: Some(Box::new(happens)),
            ..self
        }
    }

    /// From now on programs are run by somebody to whom nothing belongs, who may read and write its folder. False if the
    /// user of this test cannot do that.
    pub fn as_stranger(&self) -> bool {
        const NOBODY: u32 = 65_534;
        let is_root = fs::metadata(self.home()).expect("a folder").uid() == 0;
        for folder in [self.home(), self.machine.commands.path()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("its own");
        }
        self.user.store(NOBODY, Ordering::Relaxed);
        is_root
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        fs::write(self.home().join(path), bytes).expect("a file");
    }

    pub fn file(&self, path: &str) -> Vec<u8> {
        fs::read(self.home().join(path)).expect("a file")
    }

    pub fn mode(&self, path: &str) -> u32 {
        let file = fs::metadata(self.home().join(path)).expect("a file");
        file.permissions().mode() & 0o7777
    }

    pub fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.home().join(path), fs::Permissions::from_mode(mode)).expect("its own");
    }

    /// What is in its folder, hidden files included.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home()).expect("a folder");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name().into_vec();
        let mut names: Vec<_> = entries
            .map(name)
            .map(|name| String::from_utf8(name).expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    pub fn programs(&self) -> usize {
        self.seen().programs
    }

    /// The longest program and the longest output.
    pub fn longest(&self) -> (usize, usize) {
        let seen = self.seen();
        (seen.line, seen.output)
    }

    fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn run_once(&self, program: &Program) -> Ran {
        let shell = self.machine.commands.path().join(&program.cmd);
        let mut command = Command::new(shell);
        if let user @ 1.. = self.user.load(Ordering::Relaxed) {
            command.uid(user).gid(user);
        }
        let output = command
            .args(&program.args)
            .current_dir(self.home())
            .env_clear()
            .env("PATH", self.machine.commands.path())
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        Ran {
            stdout: String::from_utf8(output.stdout).expect("text"),
            exit_code: output.status.code().expect("an end").into(),
            timed_out: false,
            truncated: false,
        }
    }
}

impl Exec for Local {
    async fn run(&self, program: Program) -> Result<Ran, Error> {
        let number = self.programs();
        let words = program.args.iter().map(String::len);
        let line = words.sum::<usize>() + 3 * program.args.len();
        self.note(|seen| {
            seen.programs += 1;
            seen.line = seen.line.max(line);
        });
        if let Some(happens) = &self.between {
            happens(self.home(), number);
        }
        let lost = || Err(Error::new(Code::S502, "lost"));
        if self.fate == Fate::Unsent(number) {
            return lost();
        }
        let mut ran = self.run_once(&program);
        if self.fate == Fate::Twice {
            ran = self.run_once(&program);
        }
        self.note(|seen| seen.output = seen.output.max(ran.stdout.len()));
        if self.fate == Fate::Lost(number) {
            lost()
        } else {
            Ok(ran)
        }
    }

    fn output_bytes(&self) -> usize {
        self.output
    }

    fn line_bytes(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.machine.name)
    }
}
