//! The vendored document replaced, whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use crate::{diagnostic::Sink, document::Document, source::Source};

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
        self.is_readable_there()?;
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

    /// A name that ends in `.json` is read as JSON, whatever the file was called that the bytes come from.
    fn is_readable_there(&self) -> io::Result<()> {
        let source = Source::new(self.vendored.display().to_string(), self.new.text.as_str());
        match Document::parse(&source, &mut Sink::default()) {
            Some(_) => Ok(()),
            None => Err(io::Error::other(format!(
                "by its name it is JSON, which {} is not: convert that, or give both the file and `document` in the \
                 mapping another name",
                self.new.name
            ))),
        }
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
