use std::path::PathBuf;

use clap::Args;

use super::{Failure, Format, print};

/// Check mapping, overlay and document, and show every problem.
#[derive(Args)]
pub struct Check {
    /// The folder with mapping.yaml.
    #[arg(default_value = "spec")]
    dir: PathBuf,
}

impl Check {
    pub fn run(self, format: Format) -> Result<(), Failure> {
        let notes = provider_codegen::check_only(&self.dir)?;
        if format == Format::Text {
            notes.iter().for_each(|note| print(&format!("note: {note}\n")));
            print(&format!("{}: no problems\n", self.dir.display()));
        }
        Ok(())
    }
}
