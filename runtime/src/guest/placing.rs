//! A file of a sandbox that is put in its place as a whole, with what it holds coming from anywhere.

use uuid::Uuid;

use super::{
    entries::{flag, octal},
    script::{Exec, Failure, script},
    upload::{self, Scripts, Source, Target, Unsent},
};

const SCRIPTS: Scripts = Scripts {
    store: script!("named", "target", "checked", "parent", "store", "place"),
    join: script!("named", "target", "checked", "shift2", "join"),
    write: script!("named", "target", "checked", "parent", "store", "shift4", "join"),
};

/// How often what was stored is removed if the file cannot be put in its place.
const TRIES: usize = 2;

/// A file to write. A link is followed.
#[derive(Clone, Debug)]
pub(crate) struct Placing<'a> {
    pub path: &'a str,
    /// None to keep that of the file.
    pub mode: Option<u32>,
    /// Whether the folders above it are made.
    pub parents: bool,
    /// The SHA-256 of what may be replaced, in hexadecimal digits; none for anything.
    pub was: Option<String>,
}

impl Placing<'_> {
    /// All of it or nothing, and how many bytes that were. Takes one program if it is short.
    pub async fn place<E, S, X>(&self, exec: &E, source: &mut S) -> Result<u64, X>
    where
        E: Exec,
        S: Source<X>,
        X: From<Failure> + Send,
    {
        let attempt = Uuid::new_v4().to_string();
        let target = Target {
            scripts: &SCRIPTS,
            path: self.path,
            attempt: &attempt,
            beside: vec![flag(self.parents)],
            mode: self.mode.map(octal).unwrap_or_default(),
            was: self.was.clone().unwrap_or_default(),
        };
        match upload::send(exec, &target, source).await {
            Ok(bytes) => Ok(bytes),
            Err(Unsent::Failed(failure)) if failure.is_settled() => Err(failure.into()),
            Err(Unsent::Failed(failure)) => {
                discard(exec, &target).await;
                Err(failure.into())
            }
            Err(Unsent::Broken(error)) => {
                discard(exec, &target).await;
                Err(error)
            }
        }
    }
}

/// Nobody is told if it cannot be done: why the file was not written is worse.
async fn discard<E: Exec>(exec: &E, target: &Target<'_>) {
    for _ in 0..TRIES {
        match upload::discard(exec, target).await {
            Err(failure) if !failure.is_settled() => continue,
            _ => return,
        }
    }
    tracing::warn!("the pieces of a file that was not written may be left in its folder");
}
