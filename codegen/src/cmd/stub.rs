use std::path::PathBuf;

use clap::Args;
use provider_codegen::stub::Operations;

use super::{Failure, print};

/// Print a function for an operation, every parameter and field laid out, to stand under `functions:`.
#[derive(Args)]
pub struct Stub {
    /// `METHOD /path` or an operationId of the document.
    operation: String,
    /// The folder with mapping.yaml.
    #[arg(default_value = "spec")]
    dir: PathBuf,
}

impl Stub {
    pub fn run(self) -> Result<(), Failure> {
        let operations = Operations::read(&self.dir)?;
        let Some(stub) = operations.stub(&self.operation) else {
            let help = operations.meant(&self.operation);
            let message = format!("the document has no operation `{}`: {help}", self.operation);
            return Err(Failure::Usage(message));
        };
        print(&stub);
        Ok(())
    }
}
