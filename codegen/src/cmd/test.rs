use clap::Args;
use provider_codegen::{
    diagnostic::did_you_mean,
    examples::{Examples, Refusal},
};

use super::{Failure, place, print};

/// Run the examples of the functions through the built worker.
#[derive(Args)]
pub struct Test {
    /// The folder with mapping.yaml, `spec` unless given, and the function, all of them unless given.
    #[arg(value_names = ["DIR", "FUNCTION"], num_args = 0..=2)]
    what: Vec<String>,
}

impl Test {
    pub fn run(self) -> Result<(), Failure> {
        let (dir, functions) = place(&self.what);
        let function = functions.first().map(String::as_str);
        let examples = Examples::read(&dir)?;
        let trial = examples.run(function).map_err(|refusal| match refusal {
            Refusal::Function(known) => {
                let name = function.unwrap_or_default();
                let help = did_you_mean(name, known.iter().map(String::as_str));
                Failure::Usage(format!("no function `{name}` has examples: {help}"))
            }
            Refusal::Worker(why) => Failure::Refused(why),
        })?;
        print(&trial.text);
        match (trial.held, trial.of) {
            (held, of) if held == of => {
                print(&format!("{of} hold.\n"));
                Ok(())
            }
            (held, of) => Err(Failure::Refused(format!("{held} of {of} hold."))),
        }
    }
}
