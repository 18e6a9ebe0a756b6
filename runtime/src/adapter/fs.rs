//! Files of a sandbox, as the contract has them.
//!
//! An operation reads its request, does its work by the scripts of [`crate::guest`], and words what they refuse by the
//! contract's codes. It knows neither the sandbox nor the provider: [`Exec`] is all that it has of them.

mod alone;
mod answer;
mod channel;
mod entries;
mod globs;
mod grep;
mod pattern;
mod read;
mod refused;
mod request;
mod sed;
#[cfg(test)]
mod tests;
mod texts;
mod write;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use self::write::put;
use self::{
    alone::NoChannels,
    channel::{Channels, EngineChannels},
};
use super::{
    Adapter,
    fault::{Code, Fault, Outcome},
};
use crate::{guest::Exec, provider::Api};

/// The operations that the contract has for files, `fs::` and their names in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Ls,
    Stat,
    Mkdir,
    Rm,
    Chmod,
    Mv,
    Grep,
    Sed,
    Read,
    Write,
}

impl Operation {
    /// The operation of this name, such as `fs::ls`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "fs::ls" => Self::Ls,
            "fs::stat" => Self::Stat,
            "fs::mkdir" => Self::Mkdir,
            "fs::rm" => Self::Rm,
            "fs::chmod" => Self::Chmod,
            "fs::mv" => Self::Mv,
            "fs::grep" => Self::Grep,
            "fs::sed" => Self::Sed,
            "fs::read" => Self::Read,
            "fs::write" => Self::Write,
            _ => return None,
        })
    }
}

#[derive(Deserialize)]
struct OfSandbox {
    sandbox_id: Option<String>,
}

impl<C: Api> Adapter<C> {
    pub(super) async fn files(&self, operation: Operation, request: Value) -> Outcome<Value> {
        let OfSandbox { sandbox_id } = request::read(&request)?;
        let record = self.record(&request::required("sandbox_id", sandbox_id)?).await?;
        let exec = Arc::new(self.shell(&record));
        match self.0.line() {
            Some(line) => {
                let channels = EngineChannels::new(line.client().clone(), self.0.clone());
                call(operation, exec, &channels, request).await
            }
            None => call(operation, exec, &NoChannels, request).await,
        }
    }
}

/// Does an operation in the sandbox whose programs `exec` runs.
///
/// # Errors
/// S001 if the request lacks something; S210 to S219 if it cannot be done.
async fn call<E, C>(operation: Operation, exec: Arc<E>, channels: &C, request: Value) -> Outcome<Value>
where
    E: Exec + Send + 'static,
    C: Channels,
{
    let exec = &exec;
    match operation {
        Operation::Ls => answered(entries::ls(exec, request::read(&request)?).await?),
        Operation::Stat => answered(entries::stat(exec, request::read(&request)?).await?),
        Operation::Mkdir => answered(entries::mkdir(exec, request::read(&request)?).await?),
        Operation::Rm => answered(entries::rm(exec, request::read(&request)?).await?),
        Operation::Chmod => answered(entries::chmod(exec, request::read(&request)?).await?),
        Operation::Mv => answered(entries::mv(exec, request::read(&request)?).await?),
        Operation::Grep => answered(grep::grep(exec, request::read(&request)?).await?),
        Operation::Sed => answered(sed::sed(exec, request::read(&request)?).await?),
        Operation::Read => answered(read::read(exec, channels, request::read(&request)?).await?),
        Operation::Write => answered(write::write(exec, channels, request::read(&request)?).await?),
    }
}

fn answered(answer: impl Serialize) -> Outcome<Value> {
    serde_json::to_value(answer).map_err(|_| Fault::new(Code::S216, "what was found cannot be told"))
}
