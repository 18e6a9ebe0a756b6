use std::path::{Path, PathBuf};

use clap::Args;
use provider_codegen::{diagnostic::did_you_mean, explain::Explained};

use super::{Failure, keep, place, print};

/// Say what the functions do: inputs, calls in order, answers, statuses.
#[derive(Args)]
pub struct Explain {
    /// The folder with mapping.yaml, `spec` unless given, and the functions, all of them unless given.
    #[arg(value_names = ["DIR", "FUNCTION"], num_args = 0..)]
    what: Vec<String>,
    /// Write the reference page beside the folder, docs/functions.md, instead.
    #[arg(long)]
    markdown: bool,
    /// With --markdown: write nothing, fail if the page is stale.
    #[arg(long, requires = "markdown")]
    check: bool,
}

impl Explain {
    pub fn run(self) -> Result<(), Failure> {
        let (dir, functions) = place(&self.what);
        let explained = Explained::read(&dir)?;
        if self.markdown {
            return keep(&page(&dir), &explained.markdown(), self.check);
        }
        if functions.is_empty() {
            print(&explained.all());
            return Ok(());
        }
        let texts: Result<Vec<String>, Failure> = functions.iter().map(|name| one(&explained, name)).collect();
        print(&texts?.join("\n"));
        Ok(())
    }
}

fn one(explained: &Explained, name: &str) -> Result<String, Failure> {
    explained.function(name).ok_or_else(|| {
        let help = did_you_mean(name, explained.functions());
        Failure::Usage(format!("the mapping has no function `{name}`: {help}"))
    })
}

/// The folder `spec` is part of a package, whose documentation is beside it.
fn page(dir: &Path) -> PathBuf {
    let package = dir.parent().unwrap_or(Path::new(""));
    package.join("docs").join("functions.md")
}
