//! Finding and reading the file.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::problem::{ConfigError, Problem};

const DEFAULT_FILE: &str = "config.yaml";
const MAX_BYTES: u64 = 1 << 20;

pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path in messages, one line whatever it holds.
    pub(super) name: String,
    pub(super) text: String,
}

/// `None`: no file is named and the default one does not exist. A link to nowhere does exist.
pub(super) fn find(named: Option<&Path>) -> Result<Option<Found>, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let name = path.to_string_lossy().escape_debug().to_string();
    let bytes = match read(path) {
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) => {
            let problem = Problem::new(format!("cannot be read: {error}"));
            return Err(problem.within(&name));
        }
        Ok(bytes) => bytes,
    };
    let text = decode(bytes).map_err(|problem| problem.within(&name))?;
    Ok(Some(Found {
        path: path.to_owned(),
        name,
        text,
    }))
}

/// At most one byte more than is allowed: the path may be a device that never ends.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode(bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Problem::new("is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Problem::new("is not UTF-8 text").on_line(line)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(unmarked) => unmarked.to_owned(),
        None => text,
    })
}
