//! Where a configuration comes from.

use std::{fmt, path::PathBuf};

use super::entry;
use crate::{cli::NamedFile, config::Loaded, manifest::Package};

/// What counts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file that `--config` or this variable names.
    Named {
        file: PathBuf,
        by: &'static str,
    },
    /// The entry of this id.
    Entry(String),
    /// A file that was found in the working directory.
    Found(PathBuf),
    Defaults,
}

impl Source {
    /// The source of what was loaded at the start.
    pub(crate) fn of(named: Option<&NamedFile>, loaded: &Loaded) -> Self {
        match (&loaded.file, named) {
            (None, _) => Self::Defaults,
            (Some(file), None) => Self::Found(file.clone()),
            (Some(file), Some(named)) => Self::Named {
                file: file.clone(),
                by: named.variable.unwrap_or("--config"),
            },
        }
    }

    /// Whether an entry changes nothing: whoever has named a file means what it says.
    pub(super) fn outranks_the_entry(&self) -> bool {
        matches!(self, Self::Named { .. })
    }

    /// What is to be said of it where no engine is asked for the entry of a worker.
    pub(crate) fn without_the_entry(&self, package: &Package) -> String {
        let id = entry::id(package);
        let id = id.escape_debug();
        match self.outranks_the_entry() {
            true => format!(
                "the entry {id} of the engine's configuration worker does not count beside a file that is named"
            ),
            false => format!(
                "the entry {id} of the engine's configuration worker is not asked for here; where it has a value, a worker \
                 that serves follows that instead"
            ),
        }
    }

    /// In one word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Named { .. } | Self::Found(_) => "file",
            Self::Entry(_) => "entry",
            Self::Defaults => "defaults",
        }
    }
}

/// One line, whatever the name of a file holds.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |file: &PathBuf| file.to_string_lossy().escape_debug().to_string();
        match self {
            Self::Named { file, by } => write!(f, "{}, named by {by}", shown(file)),
            Self::Entry(id) => write!(f, "entry {} of the configuration worker", id.escape_debug()),
            Self::Found(file) => write!(f, "{} in the working directory", shown(file)),
            Self::Defaults => {
                f.write_str("defaults: no file is named, and there is no config.yaml in the working directory")
            }
        }
    }
}
