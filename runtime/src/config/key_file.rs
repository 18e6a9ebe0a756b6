//! Reading the API key from a file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError, mpsc::sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use super::ApiKey;
use super::document::Value;
use super::problem::Problem;

/// More than any key has.
const MAX_BYTES: usize = 16 * 1024;

/// What everybody may do with a file: the last three bits of its mode, of which this is the first.
const READABLE_BY_ALL: u32 = 0o004;

/// How long reading it may take: from a pipe or a dead mount it may take for ever.
const READ: Duration = Duration::from_secs(5);

/// How many files are read at a time, those that never end among them.
const FILES: usize = 16;

/// The files that are being read, each by a thread of its own, which cannot be ended.
static READING: (Mutex<BTreeSet<PathBuf>>, Condvar) = (Mutex::new(BTreeSet::new()), Condvar::new());

const NO_KEY: &str = "names a file that holds something that cannot be an API key";

/// A file that holds the API key and nothing else.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// Where it is, relative to the working directory.
    pub path: PathBuf,
    /// The key, without the blanks and line ends around it.
    pub key: SecretString,
    /// Whether every user of the machine may read it.
    pub is_readable_by_all: bool,
}

impl PartialEq for KeyFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.is_readable_by_all) == (&other.path, other.is_readable_by_all)
            && self.key.expose_secret() == other.key.expose_secret()
    }
}

/// No message has the path: somebody may have put the key itself in its place.
pub(super) fn read(value: &Value) -> Result<KeyFile, Problem> {
    let path = match value {
        Value::Text(path) if !path.trim().is_empty() => PathBuf::from(path),
        other => {
            let found = other.describe();
            return Err(Problem::new(format!(
                "must be the path of a file that holds the API key, got {found}"
            )));
        }
    };
    let (text, is_readable_by_all) = in_time(&path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => Problem::new(NO_KEY),
        ErrorKind::TimedOut => Problem::new(format!("names a file that cannot be read within {} s", READ.as_secs())),
        _ => Problem::new(format!("names a file that cannot be read: {error}")),
    })?;
    Ok(KeyFile {
        key: key(text)?,
        path,
        is_readable_by_all,
    })
}

/// [`content`], unless it takes too long; then the file is not read by others either before that has come to an end.
fn in_time(path: &Path) -> io::Result<(SecretString, bool)> {
    let end = Instant::now() + READ;
    let (reading, ended) = &READING;
    let files = reading.lock().unwrap_or_else(PoisonError::into_inner);
    let is_taken = |files: &mut BTreeSet<PathBuf>| files.contains(path) || files.len() >= FILES;
    let waited = ended.wait_timeout_while(files, READ, is_taken);
    let (mut files, waited) = waited.unwrap_or_else(PoisonError::into_inner);
    if waited.timed_out() {
        return Err(ErrorKind::TimedOut.into());
    }
    let (send, receive) = sync_channel(1);
    let file = path.to_owned();
    let read = move || {
        let read = content(&file);
        reading.lock().unwrap_or_else(PoisonError::into_inner).remove(&file);
        ended.notify_all();
        // Nobody may wait for it any more.
        let _ = send.send(read);
    };
    thread::Builder::new().name("key-file".to_owned()).spawn(read)?;
    files.insert(path.to_owned());
    drop(files);
    let left = end.saturating_duration_since(Instant::now());
    receive
        .recv_timeout(left)
        .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

/// At most one byte more than is allowed, and whether everybody may read it.
fn content(path: &Path) -> io::Result<(SecretString, bool)> {
    let file = File::open(path)?;
    let is_readable_by_all = file.metadata()?.permissions().mode() & READABLE_BY_ALL != 0;
    // Room for all of it, so that no copy is left behind where a smaller one was.
    let mut text = String::with_capacity(MAX_BYTES + 1);
    file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok((SecretString::from(text), is_readable_by_all))
}

fn key(text: SecretString) -> Result<SecretString, Problem> {
    let said = text.expose_secret();
    if said.len() > MAX_BYTES {
        return Err(Problem::new("names a file that is too large for an API key"));
    }
    if said.trim().contains(['\n', '\r']) {
        return Err(Problem::new(
            "names a file of more than one line: it must hold the API key and nothing else",
        ));
    }
    match ApiKey::from(text) {
        ApiKey::Present(key) => Ok(key),
        ApiKey::Missing => Err(Problem::new("names a file that is empty: it must hold the API key")),
        ApiKey::Malformed => Err(Problem::new(NO_KEY)),
    }
}
