//! A file of a sandbox with how it looks, and its content as far as an output goes.
//!
//! Where the provider has a call of its own that reads files, a program only tells how the file looks, which no provider's
//! call does, and its digest: what that call answers counts if it is this content, else programs read it.

use futures::{StreamExt, TryStreamExt, future::ready, stream, stream::BoxStream};
use sha2::{Digest, Sha256};

use super::{
    entries::Look,
    reading::{TRIES, decoded, digest, piece_bytes, pieces, rest, unreadable},
    script::{Exec, Failure, Refusal, Script, script},
};

/// How a file looks in a line, its size and its SHA-256 in another, and then how it begins, as base64. Takes its path, and
/// how many bytes are wanted; there is no digest where that is the whole file.
const OPEN: Script = script!("named", "open");

/// A file that has been begun to be read. A link is followed.
#[derive(Debug)]
pub(crate) struct Opened {
    pub look: Look,
    /// In bytes, which for a file that is made while it is read is not what its look says.
    pub size: usize,
    /// How it begins, or all of it.
    begin: Vec<u8>,
    /// Of a file that is longer than that.
    digest: Option<String>,
}

/// Takes one program.
pub(crate) async fn open<E: Exec>(exec: &E, path: &str) -> Result<Opened, Failure> {
    let most = if exec.reader().is_some() { 0 } else { piece_bytes(exec) };
    let output = OPEN.run(exec, vec![path.to_owned(), most.to_string()]).await?;
    let opened = || {
        let mut lines = output.splitn(3, '\n');
        let look = Look::read(lines.next()?)?;
        let mut words = lines.next()?.split_ascii_whitespace();
        let size: usize = words.next()?.parse().ok()?;
        let begin = decoded(lines.next()?)?;
        let is_longer = size >= most;
        Some(Opened {
            look,
            size: if is_longer { size } else { begin.len() },
            begin,
            digest: words.next().filter(|_| is_longer).map(str::to_owned),
        })
    };
    opened().ok_or_else(unreadable)
}

/// A file as it was at one moment, if there is room for so many bytes.
pub(crate) async fn whole<E: Exec>(
    exec: &E,
    path: &str,
    has_room: impl Fn(usize) -> bool,
) -> Result<(Look, Vec<u8>), Failure> {
    for _ in 0..TRIES {
        let opened = open(exec, path).await?;
        if !has_room(opened.size) {
            return Err(Refusal::TooLarge.into());
        }
        let look = opened.look;
        if let Some(bytes) = opened.all(exec, path).await? {
            return Ok((look, bytes));
        }
    }
    Err(Refusal::Changed.into())
}

impl Opened {
    /// Whether one call of the provider's own reads it.
    pub fn takes_one_call<E: Exec>(&self, exec: &E) -> bool {
        exec.reader().is_some_and(|reader| self.size <= reader.most())
    }

    /// Its content; none if it has changed meanwhile.
    pub async fn all<E: Exec>(self, exec: &E, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Some(expected) = self.digest else {
            return Ok(Some(self.begin));
        };
        let is_it = |bytes: &Vec<u8>| bytes.len() == self.size && digest(bytes) == expected;
        if let Some(reader) = exec.reader().filter(|reader| self.size <= reader.most()) {
            // It may be that the provider sees files otherwise than programs do.
            if let Some(bytes) = reader.read(path).await.ok().filter(is_it) {
                return Ok(Some(bytes));
            }
        }
        let bytes = rest(exec, path, self.begin, self.size).await?;
        Ok(Some(bytes).filter(is_it))
    }

    /// Its content piece by piece.
    pub fn pieces<'a, E: Exec>(self, exec: &'a E, path: &'a str) -> Pieces<'a> {
        let rest = pieces(exec, path, self.begin.len(), self.size);
        Pieces {
            pieces: stream::once(ready(Ok(self.begin))).chain(rest).boxed(),
            expected: self.digest,
            seen: Sha256::new(),
        }
    }
}

/// The pieces of a file, a few of which are fetched ahead.
pub(crate) struct Pieces<'a> {
    pieces: BoxStream<'a, Result<Vec<u8>, Failure>>,
    expected: Option<String>,
    seen: Sha256,
}

impl Pieces<'_> {
    /// The next one. None at the end, or an error if the file has changed meanwhile.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(piece) = self.pieces.try_next().await? {
            self.seen.update(&piece);
            return Ok(Some(piece));
        }
        let seen = format!("{:x}", self.seen.finalize_reset());
        match self.expected.take() {
            Some(expected) if expected != seen => Err(Refusal::Changed.into()),
            _ => Ok(None),
        }
    }
}
