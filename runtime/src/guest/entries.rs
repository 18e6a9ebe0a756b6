//! The entries of directories of a sandbox: looked at, made, changed, moved and removed, by one program each.

use super::{
    long::{Long, records},
    script::{Exec, Failure, Script, script},
};
use crate::error::Error;

/// How an entry looks: `%f %s %Y` of `stat`. Takes its path.
const STAT: Script = script!("named", "stat");

/// The same of each entry of a directory, and its name. Takes the path of the directory.
const ENTRIES: Long = Long {
    begin: script!("named", "entries", "begin"),
    keep: script!("named", "entries", "keep"),
};

/// Makes a directory, and prints 1 unless it was there. Takes its path, its mode, and something if those above it are made.
const MKDIR: Script = script!("named", "mkdir").once();

/// Removes an entry. Takes its path, and something if all that is in it goes, too.
const RM: Script = script!("named", "rm").once();

/// Changes modes and owners, and prints how many. Takes a path, a mode, `uid:gid` or nothing, and something if all below
/// is changed, too.
const CHMOD: Script = script!("named", "chmod");

/// Moves an entry. Takes its path, the other one, and something if what is there is replaced.
const MV: Script = script!("named", "mv").once();

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The last part of its path; what is no UTF-8 in it is replaced by U+FFFD.
    pub name: String,
    pub look: Look,
}

/// How an entry looks to `stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Its type and its permissions, as `st_mode` has them.
    mode: u32,
    /// In bytes.
    pub size: u64,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub mode: u32,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// Whether all below is changed, too. Links there are left alone.
    pub recursive: bool,
}

/// What is at a path; a link is not followed.
pub(crate) async fn stat<E: Exec>(exec: &E, path: &str) -> Result<Look, Failure> {
    let output = STAT.run(exec, vec![path.to_owned()]).await?;
    Look::read(output.trim_end()).ok_or_else(unreadable)
}

/// What is in a directory, without `.` and `..`, by name.
pub(crate) async fn ls<E: Exec>(exec: &E, path: &str) -> Result<Vec<Entry>, Failure> {
    let output = ENTRIES.run(exec, path, &[]).await?;
    let entries = records(&output)?.into_iter().map(Entry::read);
    let mut entries: Vec<_> = entries.collect::<Option<_>>().ok_or_else(unreadable)?;
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

/// Makes a directory. False if it was there, which is no mistake where `parents` are made.
pub(crate) async fn mkdir<E: Exec>(exec: &E, path: &str, mode: u32, parents: bool) -> Result<bool, Failure> {
    let args = vec![path.to_owned(), octal(mode), flag(parents)];
    Ok(MKDIR.run(exec, args).await?.trim() == "1")
}

/// Removes an entry; a link, not what it leads to.
pub(crate) async fn rm<E: Exec>(exec: &E, path: &str, recursive: bool) -> Result<(), Failure> {
    RM.run(exec, vec![path.to_owned(), flag(recursive)]).await.map(drop)
}

/// How many entries were changed. A link at the path is followed.
pub(crate) async fn chmod<E: Exec>(exec: &E, path: &str, change: &Change) -> Result<u64, Failure> {
    let id = |id: Option<u32>| id.map(|id| id.to_string()).unwrap_or_default();
    let owner = match (change.uid, change.gid) {
        (None, None) => String::new(),
        (uid, None) => id(uid),
        (uid, gid) => format!("{}:{}", id(uid), id(gid)),
    };
    let args = vec![path.to_owned(), octal(change.mode), owner, flag(change.recursive)];
    let output = CHMOD.run(exec, args).await?;
    output.trim().parse().map_err(|_| unreadable())
}

/// Moves an entry to another path, as `rename` of POSIX does, across file systems too.
pub(crate) async fn mv<E: Exec>(exec: &E, from: &str, to: &str, overwrite: bool) -> Result<(), Failure> {
    MV.run(exec, vec![from.to_owned(), to.to_owned(), flag(overwrite)])
        .await
        .map(drop)
}

impl Entry {
    /// `81a4 12 1700000000 .`, a slash and the name.
    fn read(record: &[u8]) -> Option<Self> {
        let slash = record.iter().position(|byte| *byte == b'/')?;
        let look = str::from_utf8(&record[..slash]).ok()?.strip_suffix(" .")?;
        Some(Self {
            name: String::from_utf8_lossy(&record[slash + 1..]).into_owned(),
            look: Look::read(look)?,
        })
    }
}

impl Look {
    /// `81a4 12 1700000000`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let look = Self {
            mode: u32::from_str_radix(words.next()?, 16).ok()?,
            size: words.next()?.parse().ok()?,
            mtime: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(look)
    }

    pub fn is_directory(self) -> bool {
        self.file_type() == 0o040_000
    }

    pub fn is_link(self) -> bool {
        self.file_type() == 0o120_000
    }

    fn file_type(self) -> u32 {
        self.mode & 0o170_000
    }

    /// The lower twelve bits.
    pub fn permissions(self) -> u32 {
        self.mode & 0o7777
    }
}

/// So many digits that no bit of a directory is kept by `chmod`.
pub(super) fn octal(mode: u32) -> String {
    format!("{mode:05o}")
}

/// How scripts are told yes or no.
pub(super) fn flag(flag: bool) -> String {
    if flag { "1".to_owned() } else { String::new() }
}

fn unreadable() -> Failure {
    Failure::Uncertain(Error::unreadable("it does not say what files look like"))
}
