use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};

/// List a document's operations, and what of it the build repairs or refuses, before there is a mapping.
#[derive(Args)]
pub struct Inspect {
    /// An OpenAPI 3.0, 3.1 or 3.2 document, JSON or YAML.
    document: PathBuf,
    /// Every place of every construct that is repaired, not only the first ones.
    #[arg(long)]
    all: bool,
}

impl Inspect {
    pub fn run(self) -> Result<(), Failure> {
        print(&provider_codegen::inspect::inspect(&self.document, self.all)?);
        Ok(())
    }
}
