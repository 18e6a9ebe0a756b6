//! What every provider shares names none of them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::sources::{entries, files, text};

/// What the shared crates are made of.
const SHARED: [&str; 8] = [
    "runtime/Cargo.toml",
    "runtime/src",
    "codegen/Cargo.toml",
    "codegen/contract.yaml",
    "codegen/docs",
    "codegen/schema",
    "codegen/src",
    "codegen/templates",
];

/// The providers of this workspace: what their mappings say, and the folders of the siblings.
fn providers() -> BTreeSet<String> {
    let siblings: Vec<_> = entries(Path::new("providers"))
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    let folders = siblings
        .iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    let specs = siblings.iter().map(|path| path.join("spec")).chain(["spec".into()]);
    folders.chain(specs.map(|spec| said(&spec))).collect()
}

/// What a mapping calls its provider.
fn said(spec: &Path) -> String {
    let mapping = text(spec.join("mapping.yaml"));
    let name = mapping.lines().find_map(|line| line.strip_prefix("provider: "));
    name.expect("a provider").trim().to_owned()
}

#[test]
fn runtime_and_codegen_name_no_provider() {
    let names = providers();
    let files: Vec<_> = SHARED.into_iter().flat_map(files).collect();
    assert!(
        !names.is_empty() && files.len() > 100,
        "{names:?} in {} files",
        files.len()
    );
    for file in files {
        let text = text(&file).to_lowercase();
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let named: Vec<_> = names.iter().filter(|name| words.contains(name.as_str())).collect();
        assert!(named.is_empty(), "{} names {named:?}", file.display());
    }
}
