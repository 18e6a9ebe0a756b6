//! What has become of each example, as a person reads it.

use crate::plan::{ExamplePlan, FunctionExamples};

use super::package::Reported;

/// The examples that were run.
#[derive(Debug)]
pub struct Trial {
    /// A line each, with what is not as it says below one that does not hold.
    pub text: String,
    pub held: usize,
    pub of: usize,
}

impl Trial {
    pub(super) fn new(functions: &[&FunctionExamples], reports: &[Reported]) -> Self {
        let mut trial = Self {
            text: String::new(),
            held: 0,
            of: 0,
        };
        for function in functions {
            trial.text.push_str(&format!("{}\n", function.name));
            for example in &function.examples {
                let of_it = |report: &&Reported| report.function == function.name && report.summary == example.summary;
                trial.note(example, reports.iter().find(of_it));
            }
        }
        trial
    }

    fn note(&mut self, example: &ExamplePlan, reported: Option<&Reported>) {
        self.of += 1;
        let (summary, place) = (&example.summary, &example.place);
        let failure = match reported {
            None => "it was not run to its end: `cargo test --test it examples::` shows why",
            Some(Reported { failure: None, .. }) => {
                self.held += 1;
                self.text.push_str(&format!("  ok      {summary}\n"));
                return;
            }
            Some(Reported {
                failure: Some(failure), ..
            }) => failure.as_str(),
        };
        self.text.push_str(&format!("  FAILED  {summary} ({place})\n"));
        for line in failure.lines() {
            self.text.push_str(&format!("            {line}\n"));
        }
    }
}
