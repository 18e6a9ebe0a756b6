//! The files below a directory of a sandbox, and what is in them, many by one program.

use super::{
    long::{Long, records},
    reading::{LINE, decoded, unreadable},
    script::{Exec, Failure, Script, script},
    upload::{AROUND, QUOTED},
};

/// What is at a path, and its files with their sizes. Takes the path, and after what a list takes something if files below
/// are wanted. Links are not followed; of the root directory `proc`, `sys` and `dev` are left out.
const TREE: Long = Long {
    begin: script!("named", "tree", "begin"),
    keep: script!("named", "tree", "keep"),
};

/// How files begin, each as base64 and a line with a dot, or one with an exclamation mark if it cannot be read. Takes for
/// each how many bytes are wanted, and its path.
const FETCH: Script = script!("fetch");

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    File,
    /// The files below, by their paths.
    Directory(Vec<Found>),
}

/// A file below a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// From the directory on.
    pub path: String,
    /// In bytes.
    pub size: u64,
}

/// How much of a file is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub path: String,
    pub bytes: usize,
}

/// What is at a path; the files below a directory only if that is `recursive`. Those whose paths are no UTF-8 are left out:
/// no program could be told of them.
pub(crate) async fn walk<E: Exec>(exec: &E, path: &str, recursive: bool) -> Result<Tree, Failure> {
    let recursive = super::entries::flag(recursive);
    let list = TREE.run(exec, path, &[recursive]).await?;
    match list.split_first_chunk() {
        Some((b"f\n", _)) => Ok(Tree::File),
        Some((b"d\n", list)) => {
            let found = records(list)?.into_iter().filter_map(Found::read);
            let mut found: Vec<_> = found.collect();
            found.sort_by(|one, other| one.path.cmp(&other.path));
            Ok(Tree::Directory(found))
        }
        _ => Err(unreadable()),
    }
}

/// How each of these begins; none for one that cannot be read. Takes one program; see [`batches`].
pub(crate) async fn fetch<E: Exec>(exec: &E, files: &[Wanted]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let args = files
        .iter()
        .flat_map(|file| [file.bytes.to_string(), file.path.clone()]);
    let output = FETCH.run(exec, args.collect()).await?;
    let mut lines = output.lines();
    let mut fetched = Vec::with_capacity(files.len());
    while fetched.len() < files.len() {
        let mut base64 = String::new();
        let is_read = loop {
            match lines.next().ok_or_else(unreadable)? {
                "." => break true,
                "!" => break false,
                line => base64.push_str(line),
            }
        };
        let bytes = decoded(&base64).ok_or_else(unreadable)?;
        fetched.push(is_read.then_some(bytes));
    }
    Ok(fetched)
}

/// These in the same order, as many at a time as fit into a line and an output.
pub(crate) fn batches<E: Exec>(exec: &E, files: impl IntoIterator<Item = Wanted>) -> Vec<Vec<Wanted>> {
    let room = (
        exec.line_bytes().saturating_sub(AROUND + FETCH.len()),
        exec.output_bytes(),
    );
    let (mut batches, mut taken) = (Vec::<Vec<Wanted>>::new(), room);
    for file in files {
        let (line, output) = file.costs();
        taken = (taken.0 + line, taken.1 + output);
        match batches.last_mut() {
            Some(batch) if taken.0 <= room.0 && taken.1 <= room.1 => batch.push(file),
            _ => {
                taken = (line, output);
                batches.push(vec![file]);
            }
        }
    }
    batches
}

impl Wanted {
    /// How many bytes of a line and of an output it takes.
    fn costs(&self) -> (usize, usize) {
        /// A number, its quotes and those of the path.
        const BESIDE: usize = 32;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        let special = self.path.bytes().filter(|byte| !is_plain(*byte)).count();
        let line = self.path.len() + special * (QUOTED - 1) + BESIDE;
        (line, (self.bytes.div_ceil(LINE.0) + 1) * LINE.1)
    }
}

impl Found {
    /// `12 ./path`.
    fn read(record: &[u8]) -> Option<Self> {
        let (size, path) = str::from_utf8(record).ok()?.split_once(" ./")?;
        Some(Self {
            path: path.to_owned(),
            size: size.parse().ok()?,
        })
    }
}
