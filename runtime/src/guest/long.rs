//! Lists of files that may be longer than an output.
//!
//! A list is answered at once if it fits. Otherwise it is kept in a file of the sandbox, so that it is one of one moment,
//! read piece by piece, and removed.

use uuid::Uuid;

use super::{
    reading::{decoded, piece_bytes, rest, unreadable},
    script::{Exec, Failure, Refusal, Script, script},
};

/// The longest list.
const MOST: usize = 32 << 20;

/// How a list that is whole ends.
const END: &[u8] = b".\n";

const RECORD_END: &[u8] = b"//\n";

/// Removes a file. Takes its path.
const UNKEEP: Script = script!("named", "unkeep");

/// Two scripts that make the same list. Both take a path.
pub(super) struct Long {
    /// Prints how it begins as base64. Takes how many bytes are wanted then.
    pub begin: Script,
    /// Keeps it and prints its length. Takes where then.
    pub keep: Script,
}

impl Long {
    /// The list, without its end.
    pub async fn run<E: Exec>(&self, exec: &E, path: &str, others: &[String]) -> Result<Vec<u8>, Failure> {
        let args = |second: String| [&[path.to_owned(), second], others].concat();
        let most = piece_bytes(exec);
        let output = self.begin.run(exec, args(most.to_string())).await?;
        let list = decoded(&output).ok_or_else(unreadable)?;
        if list.len() < most {
            return whole(list);
        }
        let kept = format!("/tmp/.iii-{}", Uuid::new_v4());
        let list = self.kept(exec, args(kept.clone()), &kept).await;
        // It is of no use to anybody, but it has no name that others would use.
        let _ = UNKEEP.run(exec, vec![kept]).await;
        whole(list?)
    }

    async fn kept<E: Exec>(&self, exec: &E, args: Vec<String>, kept: &str) -> Result<Vec<u8>, Failure> {
        let length = self.keep.run(exec, args).await?;
        let length: usize = length.trim().parse().map_err(|_| unreadable())?;
        if length > MOST {
            return Err(Refusal::TooLarge.into());
        }
        rest(exec, kept, Vec::new(), length).await
    }
}

fn whole(mut list: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if !list.ends_with(END) {
        return Err(unreadable());
    }
    list.truncate(list.len() - END.len());
    Ok(list)
}

/// The records of a list, each of which ends in two slashes, which are in no path, and a line end.
///
/// # Errors
/// The last one is cut off.
pub(super) fn records(list: &[u8]) -> Result<Vec<&[u8]>, Failure> {
    let mut records = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.windows(RECORD_END.len()).position(|bytes| bytes == RECORD_END);
        let end = end.ok_or_else(unreadable)?;
        records.push(&rest[..end]);
        rest = &rest[end + RECORD_END.len()..];
    }
    Ok(records)
}
