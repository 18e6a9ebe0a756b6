//! Something that is sent to a file of a sandbox, however long it is.
//!
//! Pieces are stored beside each other in a folder beside the file, so that one that is sent twice is there once, and those
//! of two uploads do not mix. The last script joins them, holds them against the digest of what was sent, and renames the
//! result, so that there never is half a file. Few pieces are under way at a time.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{Stream, TryFutureExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::script::{DROP, Exec, Failure, Script, Writer};

/// Pieces that are sent at a time.
const AT_ONCE: usize = 4;

/// What a line has beside the script, its path and the piece: what runs it, keeps its time and bounds its output.
pub(super) const AROUND: usize = 8192;

/// How many bytes a byte of a path may take once it is quoted.
pub(super) const QUOTED: usize = 4;

/// The smallest piece.
const SMALLEST: usize = 48;

/// The largest, where the provider takes files.
const LARGEST: usize = 4 << 20;

/// Where bytes come from.
pub(crate) trait Source<X>: Send {
    /// The next bytes: so many, or fewer at the end.
    fn take(&mut self, bytes: usize) -> impl Future<Output = Result<Vec<u8>, X>> + Send;
}

/// How pieces are stored and joined.
pub(super) struct Scripts {
    /// Takes what [`Target::before`] has, the number of a piece and its base64. Where it prints the folder that it has made, a
    /// provider may store the others there.
    pub store: Script,
    /// Takes the names, how many pieces there are, their SHA-256, a mode or nothing, and the SHA-256 of what is replaced or
    /// nothing.
    pub join: Script,
    /// Both at once, for one piece. Takes all of their arguments but the names a second time.
    pub write: Script,
}

/// The file that is written.
pub(super) struct Target<'a> {
    pub scripts: &'a Scripts,
    pub path: &'a str,
    /// No other upload has it.
    pub attempt: &'a str,
    /// What the first script takes beside these names.
    pub beside: Vec<String>,
    /// In octal; empty to keep that of the file.
    pub mode: String,
    /// The SHA-256 of what may be replaced; empty for anything.
    pub was: String,
}

/// Why something was not sent.
#[derive(Debug)]
pub(super) enum Unsent<X> {
    Failed(Failure),
    /// There is no more of it than what was read until then.
    Broken(X),
}

/// All of it or nothing, and how many bytes that were. What it has stored may still be there if it fails.
pub(super) async fn send<E, S, X>(exec: &E, target: &Target<'_>, source: &mut S) -> Result<u64, Unsent<X>>
where
    E: Exec,
    S: Source<X>,
    X: Send,
{
    let most = target.piece_bytes(exec);
    let first = source.take(most).await.map_err(Unsent::Broken)?;
    let second = match first.len() < most {
        true => Vec::new(),
        false => source.take(most).await.map_err(Unsent::Broken)?,
    };
    let mut sent = Sent::default();
    sent.note(&first);
    if second.is_empty() {
        let args = [target.storing(0, &first), target.joining(&sent)].concat();
        target.scripts.write.run(exec, args).await?;
        return Ok(sent.bytes);
    }
    // What is wrong with the file is known after the first, and whether the provider stores pieces after the second.
    let folder = target.scripts.store.run(exec, target.storing(0, &first)).await?;
    let (way, taken) = match Way::provider(exec, &folder, &second).await {
        Some(way) => {
            sent.note(&second);
            (way, None)
        }
        None => (Way::Script(exec, target), Some(second)),
    };
    let pieces = pieces(source, taken, way.piece_bytes());
    let stored = pieces.map_ok(|piece| {
        let number = sent.note(&piece);
        way.store(number, piece).map_err(Unsent::Failed)
    });
    stored.try_buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let args = [target.names(), target.joining(&sent)].concat();
    target.scripts.join.run(exec, args).await?;
    Ok(sent.bytes)
}

/// What comes of a source, after a piece of it that may have been taken already.
fn pieces<'s, S, X>(
    source: &'s mut S,
    taken: Option<Vec<u8>>,
    most: usize,
) -> impl Stream<Item = Result<Vec<u8>, Unsent<X>>> + Send
where
    S: Source<X>,
    X: Send + 's,
{
    stream::try_unfold((source, taken), move |(source, taken)| async move {
        let piece = match taken {
            Some(taken) => taken,
            None => source.take(most).await.map_err(Unsent::Broken)?,
        };
        Ok((!piece.is_empty()).then_some((piece, (source, None))))
    })
}

/// Removes what an upload may have left.
pub(super) async fn discard<E: Exec>(exec: &E, target: &Target<'_>) -> Result<(), Failure> {
    DROP.run(exec, target.names()).await.map(drop)
}

/// What has been sent.
#[derive(Default)]
struct Sent {
    pieces: usize,
    bytes: u64,
    digest: Sha256,
}

impl Sent {
    /// The number of this piece.
    fn note(&mut self, piece: &[u8]) -> usize {
        self.digest.update(piece);
        self.bytes += piece.len() as u64;
        self.pieces += 1;
        self.pieces - 1
    }
}

/// How pieces beyond the first are stored.
enum Way<'a, E> {
    Script(&'a E, &'a Target<'a>),
    /// By the provider's own call, in this folder.
    Provider(&'a dyn Writer, String),
}

impl<'a, E: Exec> Way<'a, E> {
    /// By the provider if it has a call that stores the second piece in the folder that was told.
    async fn provider(exec: &'a E, folder: &str, second: &[u8]) -> Option<Self> {
        let writer = exec.writer().filter(|writer| second.len() <= writer.most())?;
        let folder = folder.trim_end_matches('\n');
        let is_told = folder.starts_with('/') && !folder.contains(char::REPLACEMENT_CHARACTER);
        let path = is_told.then(|| format!("{folder}/1"))?;
        writer.write(path, second.to_vec()).await.ok()?;
        Some(Self::Provider(writer, folder.to_owned()))
    }

    fn piece_bytes(&self) -> usize {
        match self {
            Self::Script(exec, target) => target.piece_bytes(*exec),
            Self::Provider(writer, _) => writer.most().min(LARGEST),
        }
    }

    async fn store(&self, number: usize, piece: Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Script(exec, target) => {
                let args = target.storing(number, &piece);
                target.scripts.store.run(*exec, args).await.map(drop)
            }
            Self::Provider(writer, folder) => {
                let stored = writer.write(format!("{folder}/{number}"), piece).await;
                stored.map_err(Failure::Uncertain)
            }
        }
    }
}

impl<X> From<Failure> for Unsent<X> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Target<'_> {
    /// How many bytes of a file fit into a line.
    fn piece_bytes<E: Exec>(&self, exec: &E) -> usize {
        let taken = AROUND + self.scripts.write.len() + QUOTED * self.path.len();
        let left = exec.line_bytes().saturating_sub(taken);
        (left / 4 * 3).max(SMALLEST)
    }

    pub fn names(&self) -> Vec<String> {
        vec![self.path.to_owned(), self.attempt.to_owned()]
    }

    pub fn storing(&self, number: usize, piece: &[u8]) -> Vec<String> {
        let piece = vec![number.to_string(), STANDARD.encode(piece)];
        [self.names(), self.beside.clone(), piece].concat()
    }

    fn joining(&self, sent: &Sent) -> Vec<String> {
        let digest = format!("{:x}", sent.digest.clone().finalize());
        vec![sent.pieces.to_string(), digest, self.mode.clone(), self.was.clone()]
    }
}

impl<X> Source<X> for &[u8] {
    async fn take(&mut self, bytes: usize) -> Result<Vec<u8>, X> {
        let (taken, rest) = self.split_at(bytes.min(self.len()));
        *self = rest;
        Ok(taken.to_vec())
    }
}
