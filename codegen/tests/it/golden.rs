//! Files that hold what was found and looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// [`holds`], or the test fails.
#[track_caller]
pub fn fresh(path: &Path, found: &str) {
    holds(path, found).unwrap_or_else(|stale| panic!("{stale}"));
}

/// Compares with a golden file, or writes it when asked to.
pub fn holds(path: &Path, found: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(path, found).expect("to write a golden file");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "{} is not what was found; look at it, then accept it by UPDATE_GOLDENS=1\n{found}",
        path.display()
    ))
}
