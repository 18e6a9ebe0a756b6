//! What callers are answered.

use iii_sdk::channel::StreamChannelRef;
use serde::Serialize;

use crate::guest::entries::{self, Look};

#[derive(Debug, Serialize)]
pub(super) struct Ls {
    pub entries: Vec<Entry>,
}

/// How an entry looks; a link is not followed.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    name: String,
    is_dir: bool,
    /// In bytes.
    size: u64,
    /// `0644`.
    mode: String,
    /// In seconds since 1970.
    mtime: i64,
    is_symlink: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Mkdir {
    pub created: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Rm {
    pub removed: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Chmod {
    /// The path itself included.
    pub updated: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Mv {
    pub moved: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Grep {
    pub matches: Vec<Match>,
    /// Whether there are more.
    pub truncated: bool,
}

/// A line that matches.
#[derive(Debug, Serialize)]
pub(super) struct Match {
    pub path: String,
    /// From 1 on.
    pub line: u64,
    /// Without its end.
    pub content: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Sed {
    pub results: Vec<Row>,
    pub total_replacements: u64,
}

/// What has become of a file.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub path: String,
    pub replacements: u64,
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Read {
    /// Where all of it comes from.
    pub content: StreamChannelRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// In bytes.
    pub size: u64,
    pub mode: String,
    pub mtime: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Write {
    pub bytes_written: u64,
    pub path: String,
}

impl Entry {
    pub fn new(name: String, look: Look) -> Self {
        Self {
            name,
            is_dir: look.is_directory(),
            size: look.size,
            mode: octal(look),
            mtime: look.mtime,
            is_symlink: look.is_link(),
        }
    }
}

impl From<entries::Entry> for Entry {
    fn from(entry: entries::Entry) -> Self {
        Self::new(entry.name, entry.look)
    }
}

/// `0644`.
pub(super) fn octal(look: Look) -> String {
    format!("{:04o}", look.permissions())
}
