//! cargo and rustc for the packages that tests make, with what this workspace has compiled already; cargo's lock is free while
//! tests run.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// What cargo tells a test of its own package. Build scripts that read it run again where it differs, and all that depends on
/// them is compiled anew.
const OF_THIS_PACKAGE: [&str; 4] = ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_MANIFEST_", "CARGO_PKG_"];

/// Runs cargo in a package's folder, without a network.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    within(&mut Command::new(env!("CARGO")), folder)
        .args(arguments)
        .output()
        .expect("cargo")
}

/// A command in a package's folder that is cargo, or runs it.
pub fn within<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    let names = env::vars().map(|(name, _)| name);
    for name in names.filter(|name| OF_THIS_PACKAGE.iter().any(|begins| name.starts_with(begins))) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target())
        // As the workspace's profile has it, unless it is built otherwise: else every dependency is compiled anew.
        .env("CARGO_PROFILE_DEV_DEBUG", debug())
}

fn debug() -> OsString {
    env::var_os("CARGO_PROFILE_DEV_DEBUG").unwrap_or_else(|| "line-tables-only".into())
}

/// The tests' binary is `target/<profile>/deps/it-…`.
pub fn target() -> PathBuf {
    ancestor(3)
}

/// Where the libraries are that the tests were built with.
pub fn libraries() -> PathBuf {
    ancestor(1)
}

fn ancestor(level: usize) -> PathBuf {
    let own = env::current_exe().expect("a path");
    own.ancestors().nth(level).expect("a target folder").to_owned()
}

/// The libraries of these packages, by the names of their crates, as the workspace's tests have them.
pub fn compiled(packages: &[&str]) -> BTreeMap<String, PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = cargo(
        &workspace,
        &["test", "--workspace", "--no-run", "--message-format=json"],
    );
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = built.stdout.split(|byte| *byte == b'\n');
    let artifacts = messages.filter_map(|message| serde_json::from_slice::<Value>(message).ok());
    let libraries = artifacts.filter_map(|artifact| library(&artifact, packages));
    libraries.collect()
}

/// The crate and the file of a library, if it is of one of these packages and not for tests of its own.
fn library(artifact: &Value, packages: &[&str]) -> Option<(String, PathBuf)> {
    let package = artifact["package_id"].as_str()?;
    let is_wanted = |name: &&str| package.contains(&format!("#{name}@"));
    let target = &artifact["target"];
    if artifact["profile"]["test"] == true || target["kind"][0] != "lib" || !packages.iter().any(is_wanted) {
        return None;
    }
    let files = artifact["filenames"].as_array()?.iter().filter_map(Value::as_str);
    let file = files.into_iter().find(|file| file.ends_with(".rlib"))?;
    Some((target["name"].as_str()?.to_owned(), file.into()))
}
