//! The files of this repository, for the tests that hold its structure.

use std::fs;
use std::path::{Path, PathBuf};

/// What is in a folder, if it is there, in the order of the names.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Every file below a path, or the file that it is.
pub fn files(path: impl Into<PathBuf>) -> Vec<PathBuf> {
    let path = path.into();
    match path.is_dir() {
        true => entries(&path).into_iter().flat_map(files).collect(),
        false => vec![path],
    }
}

pub fn text(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files below a folder, each without its comments and its tests.
pub fn code(folder: &str) -> Vec<(PathBuf, String)> {
    let is_code = |path: &PathBuf| {
        let of_tests = ["tests.rs", "soak.rs", "double.rs"];
        path.extension().is_some_and(|kind| kind == "rs") && !of_tests.iter().any(|name| path.ends_with(name))
    };
    let files = files(folder).into_iter().filter(is_code);
    files.map(|path| (path.clone(), without_tests(&text(path)))).collect()
}

fn without_tests(source: &str) -> String {
    let code = source
        .split_once("#[cfg(test)]\nmod tests {")
        .map_or(source, |(code, _)| code);
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}
