//! Scripts for the shell of a sandbox, and what they tell by their exit status.
//!
//! They hold in every POSIX shell, with the commands of coreutils, busybox or toybox. What those do not have in common is
//! done without: `stat` but `-L` and `-c` with a few letters, options of `base64` but `-d`, `mv -T`. What a script is about
//! comes in as its arguments and never becomes a part of its text; a path begins with `/` or `./` before a command sees it.
//! Why a command has failed is seen by how its message ends, which is the same for all of them in the locale `C`.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::{
    error::{Code, Error},
    guest::{Program, Ran},
};

/// The text of a script of these parts.
macro_rules! script {
    ($($part:literal),+) => {
        $crate::guest::script::Script::new(concat!($(include_str!(concat!("scripts/", $part, ".sh"))),+))
    };
}
pub(super) use script;

/// Size and SHA-256 of a file in a line, and then how it begins, as base64. Takes its path, how large it may be at most, and
/// how many bytes are wanted.
pub(super) const LOOK: Script = script!("file", "look");

/// A piece of a file as base64. Takes its path, the number of its first byte, from 1 on, and how many are wanted.
pub(super) const PIECE: Script = script!("file", "piece");

/// Stores a piece of a file that is being written, in a folder beside it. Takes the path of the file, a name for the
/// folder, the number of the piece and its base64. The first piece, which is 0, makes the folder: what comes later than the
/// end finds none.
pub(super) const STORE: Script = script!("file", "target", "checked", "store");

/// Puts the pieces in the place of the file if they are what was sent. Takes the path of the file, the name of the folder,
/// how many pieces there are, their SHA-256, a mode or nothing, which keeps that of the file, and the SHA-256 that the file
/// has until then, or nothing.
pub(super) const JOIN: Script = script!("file", "target", "checked", "shift2", "join");

/// Both at once, for a file of one piece. Takes all of their arguments, those of [`STORE`] first.
pub(super) const WRITE: Script = script!("file", "target", "checked", "store", "shift4", "join");

/// Removes the folder. Takes the path of the file and the name of the folder.
pub(super) const DROP: Script = script!("file", "target", "drop");

/// Commands that the scripts take; some shells have `printf` themselves.
#[cfg(test)]
pub(super) const COMMANDS: [&str; 18] = [
    "sh",
    "base64",
    "cat",
    "chmod",
    "chown",
    "find",
    "head",
    "ls",
    "mkdir",
    "mv",
    "printf",
    "readlink",
    "rm",
    "rmdir",
    "sha256sum",
    "stat",
    "tail",
    "wc",
];

/// What runs scripts in a sandbox.
pub(crate) trait Exec: Sync {
    /// One that was not killed, all of whose output is there.
    fn run(&self, program: Program) -> impl Future<Output = Result<Ran, Error>> + Send;

    /// The longest output.
    fn output_bytes(&self) -> usize;

    /// The longest program, its arguments included, once quoted.
    fn line_bytes(&self) -> usize;

    /// The provider's own call that reads files, if it has one.
    fn reader(&self) -> Option<&dyn Reader> {
        None
    }

    /// The provider's own call that writes files, if it has one.
    fn writer(&self) -> Option<&dyn Writer> {
        None
    }
}

/// A provider's own call that reads files of the sandbox.
pub(crate) trait Reader: Send + Sync {
    /// How many bytes a file may have at most.
    fn most(&self) -> usize;

    /// All that is in a file.
    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, Error>>;
}

/// A provider's own call that writes files of the sandbox.
pub(crate) trait Writer: Send + Sync {
    /// How many bytes a file may have at most.
    fn most(&self) -> usize;

    /// Makes these bytes the content of a file in a folder that is there.
    fn write(&self, path: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), Error>>;
}

impl<E: Exec + Send> Exec for Arc<E> {
    fn run(&self, program: Program) -> impl Future<Output = Result<Ran, Error>> + Send {
        (**self).run(program)
    }

    fn output_bytes(&self) -> usize {
        (**self).output_bytes()
    }

    fn line_bytes(&self) -> usize {
        (**self).line_bytes()
    }

    fn reader(&self) -> Option<&dyn Reader> {
        (**self).reader()
    }

    fn writer(&self) -> Option<&dyn Writer> {
        (**self).writer()
    }
}

/// A POSIX script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    text: &'static str,
    /// Whether to run it twice does no more than to run it once, and says the same.
    repeatable: bool,
}

/// Why a script has not done what it was to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It has ended, and says why unless it was killed.
    Told(Refusal),
    /// What it has done is not known.
    Uncertain(Error),
}

/// What a script says by its exit status. Each is one that no shell gives by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Senseless,
    Missing,
    NoFile,
    NoParent,
    Lacking,
    Exists,
    NotEmpty,
    NoFolder,
    Broken,
    Changed,
    TooLarge,
    Denied,
    Other(i64),
}

impl Script {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, repeatable: true }
    }

    /// The same, to be run once only: what it says of what it has done itself would be a refusal.
    pub(super) const fn once(self) -> Self {
        Self {
            repeatable: false,
            ..self
        }
    }

    /// How long its text is.
    pub fn len(self) -> usize {
        self.text.len()
    }

    /// Runs it and gives its output.
    pub async fn run<E: Exec>(self, exec: &E, args: Vec<String>) -> Result<String, Failure> {
        let before = ["-c", self.text, "sh"].map(str::to_owned);
        let program = Program {
            cmd: "sh".to_owned(),
            args: before.into_iter().chain(args).collect(),
            repeatable: self.repeatable,
        };
        let ran = exec.run(program).await.map_err(Failure::Uncertain)?;
        match Refusal::of(ran.exit_code) {
            None => Ok(ran.stdout),
            Some(refusal) => Err(Failure::Told(refusal)),
        }
    }
}

impl Failure {
    /// Whether nothing is left of what the script had made: it has ended by itself, or there is no shell for it.
    pub fn is_settled(&self) -> bool {
        const NO_SHELL: [i64; 2] = [126, 127];
        match self {
            Self::Told(Refusal::Other(status)) => NO_SHELL.contains(status),
            Self::Told(_) => true,
            Self::Uncertain(_) => false,
        }
    }
}

impl Refusal {
    pub fn of(exit_code: i64) -> Option<Self> {
        Some(match exit_code {
            0 => return None,
            65 => Self::Senseless,
            66 => Self::Missing,
            67 => Self::NoFile,
            68 => Self::NoParent,
            69 => Self::Lacking,
            71 => Self::Exists,
            72 => Self::NotEmpty,
            73 => Self::NoFolder,
            74 => Self::Broken,
            75 => Self::Changed,
            76 => Self::TooLarge,
            77 => Self::Denied,
            other => Self::Other(other),
        })
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let of_path = |problem| Error::bad_input("path", problem);
        let failed = |what: &str| Error::new(Code::S502, what);
        match refusal {
            Refusal::Missing => of_path("names a file that does not exist"),
            Refusal::NoFile => of_path("names something that is no file"),
            Refusal::Senseless => of_path("names something that this cannot be done to"),
            Refusal::Exists => of_path("names something that exists"),
            Refusal::NotEmpty => of_path("names a folder that is not empty"),
            Refusal::NoParent => of_path("is in a folder that does not exist"),
            Refusal::NoFolder => of_path("is in a folder that cannot be made or written to"),
            Refusal::Denied => of_path("names a file that is not to be reached"),
            Refusal::Lacking => failed("the sandbox lacks a command that files take, such as `base64` or `sha256sum`"),
            Refusal::Broken => failed("the sandbox could not read or store the file: its disk may be full"),
            Refusal::Changed => failed("the file is not what was sent or read: it changes meanwhile"),
            Refusal::TooLarge => failed("the file is larger than the worker takes"),
            Refusal::Other(status) => failed(&format!("the shell of the sandbox ended with status {status}")),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Told(refusal) => refusal.into(),
            Failure::Uncertain(error) => error,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Told(refusal)
    }
}
