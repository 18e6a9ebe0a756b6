//! The folder on disk: whole, or not at all.

use std::{fs, io, path::Path, process};

use super::target::Target;

/// A file of the new folder: its path within, and its bytes.
pub type File = (String, Vec<u8>);

/// Writes beside the target, then renames. An error is a sentence for a person.
pub fn write(target: &Target, files: &[File]) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot make {}: {error}", target.folder.display());
    let parent = target.folder.parent().unwrap_or(Path::new("")).to_owned();
    // A half-made member would break the workspace for whoever builds meanwhile.
    let beside = match (&target.root, target.member) {
        (Some(root), true) => root.clone(),
        _ => parent.clone(),
    };
    let half = beside.join(format!(".codegen-new.{}", process::id()));
    let made = fs::create_dir_all(&parent)
        .and_then(|()| fill(&half, files))
        .and_then(|()| fs::rename(&half, &target.folder));
    if made.is_err() {
        // What is left behind is less of a problem than what is reported.
        let _ = fs::remove_dir_all(&half);
    }
    made.map_err(failed)
}

fn fill(folder: &Path, files: &[File]) -> io::Result<()> {
    fs::create_dir(folder)?;
    for (name, bytes) in files {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
