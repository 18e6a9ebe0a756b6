use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};

/// Print the generated code, formatted.
#[derive(Args)]
pub struct Expand {
    /// The folder with mapping.yaml.
    #[arg(default_value = "spec")]
    dir: PathBuf,
    /// Only the module of this function.
    #[arg(long)]
    function: Option<String>,
}

impl Expand {
    pub fn run(self) -> Result<(), Failure> {
        let generated = provider_codegen::generate(&self.dir)?;
        let text = match &self.function {
            None => generated.provider,
            Some(name) => generated
                .module(name)
                .ok_or_else(|| Failure::Usage(format!("the mapping has no function `{name}`")))?,
        };
        print(&text);
        Ok(())
    }
}
