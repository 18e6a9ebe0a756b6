//! cargo for the packages that tests make, with what this workspace has compiled already; its lock is free while tests run.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Runs cargo in a package's folder, without a network.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    within(&mut Command::new(env!("CARGO")), folder)
        .args(arguments)
        .output()
        .expect("cargo")
}

/// A command in a package's folder that is cargo, or runs it.
pub fn within<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    command
        .current_dir(folder)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", target())
        // As the workspace's profile has it: with another one every dependency is compiled anew.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
}

/// The tests' binary is `target/<profile>/deps/it-…`.
pub fn target() -> PathBuf {
    let own = env::current_exe().expect("a path");
    own.ancestors().nth(3).expect("a target folder").to_owned()
}
