//! The shell of a sandbox, by the provider's own `exec`: what runs the worker's scripts in it.

use std::time::Duration;

use serde_json::json;

use super::{Adapter, records::Record};
use crate::{
    dispatch::Invocation,
    error::{Code, Error},
    guest::{Allowance, Exec, Program, Ran},
    provider::Api,
};

/// A line that every provider takes.
pub(super) const LINE: usize = 96 * 1024;

/// The longest output that is asked for at a time.
const OUTPUT: usize = 1024 * 1024;

/// What a script may take at least.
const TIME: Duration = Duration::from_secs(30);

pub(super) struct Shell<C: Api> {
    adapter: Adapter<C>,
    record: Record,
    allowance: Allowance,
}

impl<C: Api> Adapter<C> {
    pub(super) fn shell(&self, record: &Record) -> Shell<C> {
        let config = self.0.config();
        Shell {
            adapter: self.clone(),
            record: record.clone(),
            allowance: Allowance {
                output_bytes: OUTPUT.min(config.output_room()),
                time: TIME.max(config.request_timeout),
                repeatable: true,
            },
        }
    }
}

impl<C: Api> Exec for Shell<C> {
    async fn run(&self, program: Program) -> Result<Ran, Error> {
        let Program { cmd, args, repeatable } = program;
        let payload = json!({"sandbox_id": self.record.id, "cmd": cmd, "args": args});
        let invocation = Invocation::allowing(Allowance {
            repeatable,
            ..self.allowance
        });
        let ran = self.adapter.0.invoke("exec", invocation, payload).await?;
        let is = |name: &str| ran[name] == true;
        let failed = |what: &str| Err(Error::new(Code::S502, what));
        if is("timed_out") {
            return failed("the sandbox was not done in time");
        }
        if is("stdout_truncated") {
            return failed("the sandbox answers more than was asked for");
        }
        let Some(exit_code) = ran["exit_code"].as_i64() else {
            return failed("the provider does not say how a script has ended");
        };
        Ok(Ran {
            stdout: ran["stdout"].as_str().unwrap_or_default().to_owned(),
            exit_code,
            timed_out: false,
            truncated: false,
        })
    }

    fn output_bytes(&self) -> usize {
        self.allowance.output_bytes
    }

    fn line_bytes(&self) -> usize {
        LINE
    }
}
