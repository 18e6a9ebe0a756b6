//! A sandbox's file system: a directory, copied when the sandbox is.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct Disk {
    root: TempDir,
}

impl Disk {
    pub(crate) fn empty() -> Self {
        Self {
            root: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn copy(&self) -> Self {
        let copy = Self::empty();
        copy_tree(self.root(), copy.root()).expect("a copy of a sandbox's directory");
        copy
    }
}

/// A folder with links to these commands.
pub(crate) fn commands(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in names {
        let mut files = std::env::split_paths(&path).map(|folder| folder.join(name));
        let file = files.find(|file| file.is_file()).expect("an installed command");
        symlink(file, folder.path().join(name)).expect("a link");
    }
    folder
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
