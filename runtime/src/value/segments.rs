//! Paths of several segments.

use super::{encoding::Text, refuse};
use crate::error::Error;

/// The longest path that a file may have.
const LONGEST: usize = 4096;

/// A path that becomes several segments of another. A slash before it is that which stands there already. Segments that a
/// client or a server would take for something else are refused: empty ones, `.` and `..`.
pub fn segments<S: Text>(path: S) -> Result<S::Of<String>, Error> {
    path.map("segments", |path| {
        let path = path.strip_prefix('/').unwrap_or(&path);
        let is_plain = |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(char::is_control);
        match path.len() <= LONGEST && path.split('/').all(is_plain) {
            true => Ok(path.to_owned()),
            false => Err(refuse("segments", "a path without empty segments, `.` and `..`")),
        }
    })
}
