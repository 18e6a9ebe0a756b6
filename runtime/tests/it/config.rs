//! What an operator may write into a configuration file, and what he is told when it is wrong.

mod accepted;
mod api_key;
mod catalog;
mod entry;
mod refused_files;
mod refused_values;

use std::path::{Path, PathBuf};

use provider_runtime::config::{Config, Defaults, ExtraKey, ExtraKind, Loaded};
use tempfile::TempDir;

const DEFAULTS: Defaults = Defaults {
    api_base: "https://api.example.com/v1",
    api_key_env: "EXAMPLE_API_KEY",
    optional: &[("extend", &["extend"]), ("pause", &["nap::begin", "nap::end"])],
};

const EXTRA: [ExtraKey; 3] = [
    ExtraKey {
        name: "region",
        description: "A key of the provider.",
        kind: ExtraKind::String,
        default: Some(r#""eu""#),
        required: false,
    },
    ExtraKey {
        name: "replicas",
        description: "A key of the provider.",
        kind: ExtraKind::Integer,
        default: None,
        required: false,
    },
    ExtraKey {
        name: "preview",
        description: "A key of the provider.",
        kind: ExtraKind::Boolean,
        default: Some("false"),
        required: false,
    },
];

struct Folder(TempDir);

impl Folder {
    fn with(content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("config.yaml"), content).expect("a writable folder");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("config.yaml")
    }
}

fn load(named: Option<&Path>) -> Result<Loaded, String> {
    Config::load(named, &DEFAULTS, &EXTRA).map_err(|error| error.to_string())
}

fn accepted(content: &str) -> Config {
    let folder = Folder::with(content);
    match load(Some(&folder.file())) {
        Ok(loaded) => loaded.config,
        Err(line) => panic!("{content:?} was refused: {line}"),
    }
}

/// The whole line, with the folder's path cut off its beginning.
fn refused(content: impl AsRef<[u8]>) -> String {
    let folder = Folder::with(&content);
    let line = load(Some(&folder.file())).expect_err("a refusal");
    let prefix = format!("{}/", folder.0.path().display());
    match line.strip_prefix(&prefix) {
        Some(line) => line.to_owned(),
        None => panic!("{line:?} does not begin with the file's path"),
    }
}

fn check_refusals(cases: &[(&str, &str)]) {
    for (content, line) in cases {
        assert_eq!(&refused(content), line, "for {content:?}");
    }
}
