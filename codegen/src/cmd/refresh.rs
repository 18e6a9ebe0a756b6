use std::path::PathBuf;

use clap::Args;
use provider_codegen::refresh::{self, Refresh as Comparison, Refusal};

use super::{Failure, Format, print};

/// Compare the vendored document with a newer one, as far as the mapping cares.
#[derive(Args)]
pub struct Refresh {
    /// The newer document.
    new: PathBuf,
    /// The folder with mapping.yaml.
    #[arg(default_value = "spec")]
    dir: PathBuf,
    /// The new document is that of this further API, one of the mapping's `apis`.
    #[arg(long, value_name = "NAME")]
    api: Option<String>,
    /// Replace the vendored document if nothing breaks.
    #[arg(long)]
    write: bool,
    /// With --write: replace it whatever breaks, to mend the mapping after it.
    #[arg(long, requires = "write")]
    force: bool,
}

impl Refresh {
    pub fn run(self, format: Format) -> Result<(), Failure> {
        let comparison = refresh::refresh(&self.new, &self.dir, self.api.as_deref()).map_err(failure)?;
        // Problems as JSON have standard output to themselves.
        let tell = |text: &str| {
            if format == Format::Json {
                eprint!("{text}")
            } else {
                print(text)
            }
        };
        tell(&told(&comparison));
        let breaks = comparison.breaks();
        if self.write && (!breaks || self.force) {
            let place = comparison.vendored().display();
            let replaced = comparison.replace();
            replaced.map_err(|error| Failure::Refused(format!("cannot replace {place}: {error}")))?;
            tell(&format!("{place}: replaced\n"));
        } else if self.write {
            tell(&format!(
                "{}: left as it is; --force replaces it\n",
                comparison.vendored().display()
            ));
        }
        match breaks {
            true => Err(comparison.breaking.into()),
            false => Ok(()),
        }
    }
}

fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Files(report) => report.into(),
        Refusal::Api(name, known) if known.is_empty() => {
            Failure::Usage(format!("the mapping has no API `{name}`, nor any other under `apis`"))
        }
        Refusal::Api(name, known) => {
            let known = known.join("`, `");
            Failure::Usage(format!(
                "the mapping has no API `{name}`; under `apis` it has `{known}`"
            ))
        }
    }
}

fn told(comparison: &Comparison) -> String {
    let mut text = String::new();
    for note in &comparison.notes {
        text.push_str(&format!("{note}\n"));
    }
    for (label, stub) in &comparison.suggestions {
        text.push_str(&format!("New beside what is mapped: {label}\n\n{stub}\n"));
    }
    let verdict = match comparison.breaking.problems.len() {
        0 => "Nothing that the mapping uses breaks.".to_owned(),
        1 => "1 change breaks the mapping.".to_owned(),
        many => format!("{many} changes break the mapping."),
    };
    text.push_str(&format!("{}\n{verdict}\n", comparison.elsewhere));
    text
}
