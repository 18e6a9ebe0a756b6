//! The command line: what is printed, and with which status the process ends.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};
use testkit::worker::{Output, run_to_end};

mod arguments;
mod config_file;
mod no_key;

use crate::WORKER;

fn empty() -> TempDir {
    tempdir().expect("a folder")
}

fn folder_with(config: impl AsRef<[u8]>) -> TempDir {
    let folder = empty();
    fs::write(folder.path().join("config.yaml"), config).expect("a file");
    folder
}

async fn run(args: &[&str], env: &[(&str, &str)], folder: &Path) -> Output {
    run_to_end(WORKER, args, env, folder).await
}

/// The worker does not start: status 1, this one line, and nothing else.
fn assert_refused(ended: &Output, line: &str) {
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("", format!("sandbox-morph: {line}\n").as_str())
    );
    assert_eq!(ended.status.code(), Some(1));
}
