//! The vendored document replaced, whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use super::Refresh;

impl Refresh {
    /// The document that would be replaced.
    pub fn vendored(&self) -> &Path {
        &self.vendored
    }

    pub fn breaks(&self) -> bool {
        !self.breaking.problems.is_empty()
    }

    /// Puts the new document in the place of the vendored one, byte for byte. The new bytes are on disk before the name
    /// is theirs, so a crash leaves one of the two documents.
    pub fn replace(&self) -> io::Result<()> {
        let name = self.vendored.file_name().unwrap_or_default().to_string_lossy();
        let beside = self
            .vendored
            .with_file_name(format!(".{name}.{}.new", std::process::id()));
        let written = write(&beside, &self.new.text).and_then(|()| fs::rename(&beside, &self.vendored));
        if written.is_err() {
            // What is left of the attempt is of no use; why it failed is told.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
