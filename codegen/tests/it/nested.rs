//! cargo for the packages that tests make, with what this workspace has compiled already; its lock is free while tests run.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs cargo in a package's folder, without a network.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        // As the workspace's profile has it: with another one every dependency is compiled anew.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .output()
        .expect("cargo")
}

/// The tests' binary is `target/<profile>/deps/it-…`.
pub fn target() -> PathBuf {
    let own = env::current_exe().expect("a path");
    own.ancestors().nth(3).expect("a target folder").to_owned()
}
