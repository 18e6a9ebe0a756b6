use std::path::PathBuf;

use clap::{Args, ValueEnum};
use provider_codegen::schema;

use super::{Failure, keep, print};

/// Print the JSON Schema of mapping.yaml, examples.yaml or overlay.yaml, for editors.
#[derive(Args)]
pub struct Schema {
    /// Which of them.
    #[arg(required_unless_present_any = ["write", "check"])]
    of: Option<Of>,
    /// Write mapping.schema.json, examples.schema.json and overlay.schema.json to this folder instead.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "spec", conflicts_with = "of")]
    write: Option<PathBuf>,
    /// Write nothing, fail if those in this folder are stale.
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "spec", conflicts_with_all = ["of", "write"])]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    Mapping,
    Examples,
    Overlay,
}

impl Schema {
    pub fn run(self) -> Result<(), Failure> {
        match self.of {
            Some(Of::Mapping) => print(&schema::mapping()),
            Some(Of::Examples) => print(&schema::examples()),
            Some(Of::Overlay) => print(&schema::overlay()),
            None => {}
        }
        let Some(dir) = self.write.as_ref().or(self.check.as_ref()) else {
            return Ok(());
        };
        let check = self.check.is_some();
        let mut files = schema::files().into_iter();
        files.try_for_each(|(name, text)| keep(&dir.join(name), &text, check))
    }
}
