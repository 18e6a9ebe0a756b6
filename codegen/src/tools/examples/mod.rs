//! The examples of a mapping, run through the built worker by the tests of its package.

mod package;
mod shown;
mod trial;

use std::path::{Path, PathBuf};

use crate::{diagnostic::Report, plan::ExamplesPlan};

pub use shown::shown;
pub use trial::Trial;

/// The examples of a checked mapping, and the package whose worker is made of it.
pub struct Examples {
    plan: ExamplesPlan,
    spec: PathBuf,
}

/// Why no example was run.
#[derive(Debug)]
pub enum Refusal {
    /// The function has none; these have.
    Function(Vec<String>),
    /// There is no worker, or it does not build, or it has no test of them.
    Worker(String),
}

impl Examples {
    /// Reads and checks `spec/`; only of a mapping that holds the examples can be run.
    pub fn read(spec: &Path) -> Result<Self, Report> {
        let (checked, _) = crate::check_spec(spec)?;
        Ok(Self {
            plan: ExamplesPlan::of(&checked),
            spec: spec.to_owned(),
        })
    }

    /// Runs those of one function, or all.
    pub fn run(&self, function: Option<&str>) -> Result<Trial, Refusal> {
        let all = || {
            self.plan
                .functions
                .iter()
                .filter(|function| !function.examples.is_empty())
        };
        let wanted: Vec<_> = all().filter(|of| function.is_none_or(|name| of.name == name)).collect();
        if wanted.is_empty() {
            return Err(match function {
                Some(_) => Refusal::Function(all().map(|function| function.name.clone()).collect()),
                None => Refusal::Worker(format!("{}: no function has examples", self.spec.display())),
            });
        }
        let filter = match (function, wanted.as_slice()) {
            (Some(_), [one]) => format!("examples::{}::", one.module),
            _ => "examples::".to_owned(),
        };
        let reports = package::test(&self.spec, &filter)?;
        Ok(Trial::new(&wanted, &reports))
    }
}
