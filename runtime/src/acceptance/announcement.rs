//! What a run will do and what that may cost, said before anything is sent, and whether it may.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use tokio::task::spawn_blocking;

use super::{
    AT_ONCE, COPIES, EXTENDED_SECS, IDLE_SECS, Trial,
    adapter::{OF_ADAPTER, TRIED as ADAPTED},
    caller::Caller,
};
use crate::{provider::Api, telemetry::Lines, worker::Worker};

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Refused,
    /// There is nobody to ask.
    NotToBeHad,
}

/// Says what will be started, where, and that it may cost something.
pub(crate) fn announce<C: Api>(worker: &Arc<Worker<C>>, trial: &Trial, stdout: &Lines) {
    let caller = Caller::new(worker.clone());
    let has = |function: &str| caller.has(function);
    let again = u64::from(has("snapshot") && has("create"));
    let copies = if has("branch") { COPIES } else { 0 };
    let adapted = if caller.adapts() { OF_ADAPTER } else { 0 };
    let snapshots = ["snapshot", "branch"].into_iter().filter(|name| has(name)).count();
    let (provider, config) = (worker.provider.name, worker.config());
    let functions: Vec<_> = worker.provider.functions.iter().map(|function| function.name).collect();
    stdout.say(&format!("provider: {provider} at {}", config.base_url()));
    stdout.say(&format!("functions: {}", functions.join(", ")));
    if caller.adapts() {
        stdout.say(&format!("as a sandbox adapter: {}", ADAPTED.join(", ")));
    }
    stdout.say(&format!(
        "It starts {} sandboxes of {:?}, {AT_ONCE} at a time at most, and up to {snapshots} snapshots, works for some minutes, and \
         removes all of them.",
        1 + again + copies + adapted,
        trial.image,
    ));
    let tag = match worker.is_tagged() {
        true => format!("They carry the owner tag {}.", config.owner),
        false => "They carry no tag: the provider has none.".to_owned(),
    };
    stdout.say(&format!(
        "The provider may bill that. {tag} If the run is killed, they stay. {}",
        unattended(worker)
    ));
}

/// What becomes of sandboxes and snapshots that nobody removes.
pub(super) fn unattended<C: Api>(worker: &Worker<C>) -> String {
    let config = worker.config();
    let sandboxes = match worker.sets_lifetimes() {
        true => {
            let extended = if worker.offers("extend") { EXTENDED_SECS } else { 0 };
            let beside = config.ready_timeout.as_secs().max(config.default_exec_timeout_secs);
            let secs = extended.max(IDLE_SECS + beside);
            format!("Sandboxes end by themselves within {secs} s")
        }
        false => format!(
            "Sandboxes are asked for with an idle timeout of {IDLE_SECS} s, and end when the provider keeps to it"
        ),
    };
    format!("{sandboxes}; snapshots stay until somebody deletes them.")
}

/// Asks at the terminal.
pub(crate) async fn consent(stdout: &Lines) -> Consent {
    if !io::stdin().is_terminal() {
        return Consent::NotToBeHad;
    }
    stdout.add(b"Go on? [y/N] ");
    let answered = spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    match answered.await {
        Ok(Ok(line)) if ["y", "yes"].contains(&line.trim().to_lowercase().as_str()) => Consent::Given,
        _ => Consent::Refused,
    }
}
