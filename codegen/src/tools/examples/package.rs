//! The tests of the package that a `spec/` folder is part of.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use super::Refusal;

/// Where the tests tell what has become of each example (testkit/src/examples/report.rs).
const FOLDER: &str = "EXAMPLES_REPORT";

/// What a test tells of its example.
#[derive(Debug, Deserialize)]
pub(super) struct Reported {
    pub(super) function: String,
    pub(super) summary: String,
    /// What is not as the example says.
    pub(super) failure: Option<String>,
}

/// Builds the worker and runs its tests whose names have this in them. What cargo has to say goes to standard error.
pub(super) fn test(spec: &Path, filter: &str) -> Result<Vec<Reported>, Refusal> {
    let manifest = manifest(spec)?;
    let folder = tempfile::tempdir().map_err(|error| Refusal::Worker(format!("no folder for the reports: {error}")))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ended = Command::new(cargo)
        .args(["test", "--test", "it", "--manifest-path"])
        .arg(&manifest)
        .args(["--", filter])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .status()
        .map_err(|error| Refusal::Worker(format!("cannot run cargo: {error}")))?;
    let reports = reports(folder.path());
    if reports.is_empty() {
        return Err(Refusal::Worker(match ended.success() {
            true => format!("{} has no test of the examples: {ADD}", manifest.display()),
            false => format!("no example was run: {} does not build", manifest.display()),
        }));
    }
    Ok(reports)
}

const ADD: &str = "add tests/it/examples.rs with `testkit::examples!(env!(\"CARGO_BIN_EXE_…\"));`, and `mod examples;` to \
                   tests/it/main.rs";

/// The package is around the folder.
fn manifest(spec: &Path) -> Result<PathBuf, Refusal> {
    let folder = fs::canonicalize(spec).map_err(|error| Refusal::Worker(format!("{}: {error}", spec.display())))?;
    let mut manifests = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let found = manifests.find(|manifest| manifest.is_file());
    found.ok_or_else(|| {
        Refusal::Worker(format!(
            "{} is in no package: there is no worker to run",
            spec.display()
        ))
    })
}

fn reports(folder: &Path) -> Vec<Reported> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.filter_map(|text| serde_json::from_str(&text).ok()).collect()
}
