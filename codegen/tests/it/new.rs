//! `cargo codegen new`: what it makes, that it works, and what it refuses.

mod builds;
mod made;
mod refused;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::golden;

/// A folder of this test's own, and the workspace to run from.
struct Story {
    folder: TempDir,
}

impl Story {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    /// `cargo codegen new NAME --document …` with the test's documents, run in the workspace.
    fn make(&self, name: &str, documents: &[&str]) -> Output {
        self.make_in(
            &workspace(),
            name,
            documents,
            &["--path", &self.path(name).to_string_lossy()],
        )
    }

    fn make_in(&self, folder: &Path, name: &str, documents: &[&str], more: &[&str]) -> Output {
        let places = documents
            .iter()
            .map(|document| tests().join("documents").join(document));
        Command::new(env!("CARGO_BIN_EXE_codegen"))
            .current_dir(folder)
            .args(["new", name, "--document"])
            .args(places)
            .args(more)
            .output()
            .expect("the binary")
    }

    /// [`Story::make`] where nothing may go wrong.
    #[track_caller]
    fn made(&self, name: &str, documents: &[&str]) -> String {
        let output = self.make(name, documents);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Everything below the test's folder.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for path in fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
    {
        match path.is_dir() {
            true => collect(root, &path, files),
            false => files.push(path.strip_prefix(root).expect("below").display().to_string()),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the workspace")
}

/// The documents that a worker is made of, and what is told and written.
fn tests() -> PathBuf {
    golden::tests().join("new")
}

/// Compares with a golden file of this module's.
#[track_caller]
fn fresh(name: &str, found: &str) {
    golden::fresh(&tests().join("expected").join(name), found);
}
