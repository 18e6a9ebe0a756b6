//! The texts at a path of a sandbox, fetched to be matched in the worker.
//!
//! Short files come many at a time. Of longer ones the beginning is looked at first, so that what is no text is not fetched.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream, stream::BoxStream};

use super::{
    super::fault::{Code, Fault, Outcome},
    globs::Globs,
    refused::{refused, told},
};
use crate::guest::{
    opening,
    script::Exec,
    tree::{self, Found, Tree, Wanted},
};

/// How much is fetched at most, in all.
const MOST: usize = 64 << 20;

/// Longer files are looked at before they are fetched.
const SHORT: usize = 64 * 1024;

/// What has a NUL so near its beginning is no text.
const SNIFFED: usize = 8 * 1024;

/// Files whose beginnings are looked at in one go, where not all of them may be wanted.
const GROUP: usize = 256;

/// Programs that fetch at a time.
const AT_ONCE: usize = 4;

/// A file that was fetched.
pub(super) struct Fetched {
    pub path: String,
    pub content: Content,
}

impl Fetched {
    /// Whether it is more than is fetched.
    pub fn is_beyond(&self) -> bool {
        matches!(&self.content, Content::Unread(fault) if fault.code() == Code::S219)
    }
}

/// What is in a file.
pub(super) enum Content {
    /// Which need not be UTF-8.
    Text(Vec<u8>),
    /// There is a NUL near its beginning.
    Binary,
    Unread(Fault),
}

/// How many bytes may still be fetched, by any number of steps.
#[derive(Clone)]
struct Room(Arc<AtomicUsize>);

impl Room {
    fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(MOST)))
    }

    /// Whether there is room for so many, which is taken then.
    fn take(&self, bytes: usize) -> bool {
        let left = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }
}

/// Files that are fetched by one step.
enum Step {
    Short(Vec<Wanted>),
    Long(String),
    /// Those need not be fetched.
    Binary(Vec<String>),
}

/// All texts below a directory, or the one of the file at `path`, that `globs` take.
///
/// # Errors
/// S210 for a directory that is not to be read recursively, S211 to S216 if there is nothing that could be read, S219 if
/// that is too much.
pub(super) async fn all<'a, E: Exec>(
    exec: &'a E,
    path: &'a str,
    recursive: bool,
    globs: &Globs,
) -> Outcome<impl Stream<Item = Outcome<Vec<Fetched>>> + Send + 'a> {
    let steps = match below(exec, path, recursive, globs).await? {
        Below::File(step) => step.into_iter().collect(),
        Below::Directory(found) => {
            let sorted = sorted(exec, found).await?;
            are_few(&sorted.texts)?;
            sorted.steps(exec)
        }
    };
    Ok(fetched(exec, steps))
}

/// The same, in the order of their paths, and of many as much as is fetched at most: what is beyond is unread by S219.
///
/// # Errors
/// As [`all`]; S219 is none of them.
pub(super) async fn first<'a, E: Exec>(
    exec: &'a E,
    path: &'a str,
    recursive: bool,
    globs: &Globs,
) -> Outcome<BoxStream<'a, Outcome<Vec<Fetched>>>> {
    let found = match below(exec, path, recursive, globs).await? {
        Below::File(step) => return Ok(fetched(exec, step.into_iter().collect()).boxed()),
        Below::Directory(found) => found,
    };
    let groups: Vec<Vec<Found>> = found.chunks(GROUP).map(<[Found]>::to_vec).collect();
    let room = Room::new();
    let steps = stream::iter(groups).then(move |group| async move {
        let steps = sorted(exec, group).await?.steps(exec);
        Ok::<_, Fault>(stream::iter(steps).map(Ok))
    });
    let fetched = steps.try_flatten().map_ok(move |step| step.run(exec, room.clone()));
    Ok(fetched.try_buffered(AT_ONCE).boxed())
}

/// What is at a path.
enum Below {
    /// None if no glob takes it.
    File(Option<Step>),
    Directory(Vec<Found>),
}

async fn below<E: Exec>(exec: &E, path: &str, recursive: bool, globs: &Globs) -> Outcome<Below> {
    match told("path", tree::walk(exec, path, recursive).await)? {
        Tree::File => {
            let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
            Ok(Below::File(globs.take(name).then(|| Step::Long(path.to_owned()))))
        }
        Tree::Directory(_) if !recursive => {
            let fault = Fault::new(
                Code::S210,
                "`path` names a directory, which is only read if `recursive` is true",
            );
            Err(fault.fixed_by("recursive", true))
        }
        Tree::Directory(found) => {
            let root = path.trim_end_matches('/');
            let found = found.into_iter().filter(|found| globs.take(&found.path));
            let found = found.map(|found| Found {
                path: format!("{root}/{}", found.path),
                ..found
            });
            Ok(Below::Directory(found.collect()))
        }
    }
}

/// Files that a caller names, one by one.
pub(super) fn named<'a, E: Exec>(
    exec: &'a E,
    files: Vec<String>,
) -> impl Stream<Item = Outcome<Vec<Fetched>>> + Send + 'a {
    fetched(exec, files.into_iter().map(Step::Long).collect())
}

fn fetched<'a, E: Exec>(exec: &'a E, steps: Vec<Step>) -> impl Stream<Item = Outcome<Vec<Fetched>>> + Send + 'a {
    let room = Room::new();
    let steps = stream::iter(steps).map(move |step| step.run(exec, room.clone()));
    steps.buffered(AT_ONCE)
}

/// Files, the long ones that are no texts by themselves.
struct Sorted {
    texts: Vec<Found>,
    binary: Vec<String>,
}

async fn sorted<E: Exec>(exec: &E, found: Vec<Found>) -> Outcome<Sorted> {
    let is_long = |found: &&Found| found.size > short(exec);
    let long = found.iter().filter(is_long).map(|found| Wanted {
        path: found.path.clone(),
        bytes: SNIFFED.min(exec.output_bytes() / 4),
    });
    let looks = tree::batches(exec, long)
        .into_iter()
        .map(|batch| async move { told("path", tree::fetch(exec, &batch).await) });
    let looks: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    let mut are_binary = looks
        .into_iter()
        .flatten()
        .map(|begin| begin.is_none_or(|begin| is_binary(&begin)));
    let (texts, binary): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|found| !is_long(&found) || are_binary.next() == Some(false));
    let binary = binary.into_iter().map(|found| found.path).collect();
    Ok(Sorted { texts, binary })
}

/// # Errors
/// S219 if that is more than is fetched.
fn are_few(found: &[Found]) -> Outcome<()> {
    let bytes: u64 = found.iter().map(|found| found.size).sum();
    match bytes <= MOST as u64 {
        true => Ok(()),
        false => Err(too_much()),
    }
}

pub(super) fn too_much() -> Fault {
    let text = format!("`path` names more than {} MiB of texts", MOST >> 20);
    Fault::new(Code::S219, text)
        .noted("name a directory below it, or take fewer files by `include_glob` and `exclude_glob`")
}

/// How long a file may be that comes with others.
fn short<E: Exec>(exec: &E) -> u64 {
    SHORT.min(exec.output_bytes() / 4) as u64
}

impl Sorted {
    /// How they are fetched, in the same order.
    fn steps<E: Exec>(self, exec: &E) -> Vec<Step> {
        let (mut steps, mut shorts) = (Vec::new(), Vec::new());
        let flush = |shorts: &mut Vec<Wanted>, steps: &mut Vec<Step>| {
            steps.extend(tree::batches(exec, shorts.drain(..)).into_iter().map(Step::Short));
        };
        for Found { path, size } in self.texts {
            if size > short(exec) {
                flush(&mut shorts, &mut steps);
                steps.push(Step::Long(path));
            } else {
                shorts.push(Wanted {
                    path,
                    bytes: size as usize,
                });
            }
        }
        flush(&mut shorts, &mut steps);
        steps.push(Step::Binary(self.binary));
        steps
    }
}

impl Step {
    /// Only a step for several files can fail as a whole.
    fn run<'a, E: Exec>(self, exec: &'a E, room: Room) -> BoxFuture<'a, Outcome<Vec<Fetched>>> {
        async move {
            match self {
                Self::Short(batch) if !room.take(batch.iter().map(|wanted| wanted.bytes).sum()) => {
                    let beyond = batch.into_iter().map(|wanted| Fetched {
                        path: wanted.path,
                        content: Content::Unread(too_much()),
                    });
                    Ok(beyond.collect())
                }
                Self::Short(batch) => {
                    let contents = told("path", tree::fetch(exec, &batch).await)?;
                    let fetched = batch.into_iter().zip(contents).map(|(wanted, bytes)| Fetched {
                        path: wanted.path,
                        content: bytes.map_or_else(unread, Content::of),
                    });
                    Ok(fetched.collect())
                }
                Self::Binary(paths) => {
                    let known = paths.into_iter().map(|path| Fetched {
                        path,
                        content: Content::Binary,
                    });
                    Ok(known.collect())
                }
                Self::Long(path) => {
                    let content = match opening::whole(exec, &path, |size| room.take(size)).await {
                        Ok((_, bytes)) => Content::of(bytes),
                        Err(failure) => Content::Unread(refused("path", failure)),
                    };
                    Ok(vec![Fetched { path, content }])
                }
            }
        }
        .boxed()
    }
}

impl Content {
    fn of(bytes: Vec<u8>) -> Self {
        match is_binary(&bytes) {
            true => Self::Binary,
            false => Self::Text(bytes),
        }
    }
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(SNIFFED).any(|byte| *byte == 0)
}

fn unread() -> Content {
    Content::Unread(Fault::new(
        Code::S215,
        "the user of the sandbox may not read it, or it is no file any more",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much_in_all_and_what_did_not_fit_takes_none() {
        let room = Room::new();
        let other = room.clone();
        assert!(room.take(MOST - 10));
        assert!(!other.take(11));
        assert!(other.take(10) && room.take(0));
        assert!(!room.take(1));
    }
}
