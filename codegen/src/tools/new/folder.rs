//! The folder on disk: whole, or not at all.

use std::{fs, io, path::Path, process};

use crate::explain::Explained;

use super::{Refusal, target::Target};

/// A file of the new folder: its path within, and its bytes.
pub type File = (String, Vec<u8>);

/// What callers read, kept by `cargo codegen explain --markdown`.
const PAGE: &str = "docs/functions.md";

/// Writes beside the target, with the reference page of what is mapped, then renames.
pub fn write(target: &Target, files: &[File]) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::Folder(format!("cannot make {}: {error}", target.folder.display()));
    let parent = target.folder.parent().unwrap_or(Path::new("")).to_owned();
    // A half-made member would break the workspace for whoever builds meanwhile.
    let beside = match (&target.root, target.member) {
        (Some(root), true) => root.clone(),
        _ => parent.clone(),
    };
    let half = beside.join(format!(".codegen-new.{}", process::id()));
    let made = fs::create_dir_all(&parent)
        .and_then(|()| fill(&half, files))
        .map_err(failed)
        .and_then(|()| Ok(Explained::read(&half.join("spec"))?.markdown()))
        .and_then(|page| fill(&half, &[(PAGE.to_owned(), page.into_bytes())]).map_err(failed))
        .and_then(|()| fs::rename(&half, &target.folder).map_err(failed));
    if made.is_err() {
        // What is left behind is less of a problem than what is reported.
        let _ = fs::remove_dir_all(&half);
    }
    made
}

fn fill(folder: &Path, files: &[File]) -> io::Result<()> {
    for (name, bytes) in files {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
