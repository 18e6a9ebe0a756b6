//! What `--check` prints and `doctor` answers: where the configuration comes from, what is to be said of it, and whether the
//! provider takes the key.

use std::sync::Arc;

use serde::Serialize;

use crate::{config::Optional, error::Code, exposure, provider::Api, worker::Worker};

/// What was found of configuration and key.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Whether the worker can serve: the key is accepted, or there is nothing to try it with.
    pub ok: bool,
    /// Which configuration counts and why.
    configuration: String,
    provider: &'static str,
    api_base: String,
    owner: String,
    /// The optional functions that are offered, by the name that the configuration lists.
    optional: Vec<Offered>,
    warnings: Vec<String>,
    notes: Vec<String>,
    /// What is to be said of the API key, which is not in it.
    api_key: String,
}

#[derive(Clone, Debug, Serialize)]
struct Offered {
    name: &'static str,
    functions: &'static [&'static str],
}

impl Report {
    /// Asks the provider once, and changes nothing there.
    pub(crate) async fn of<C: Api>(worker: &Arc<Worker<C>>, source: &str) -> Self {
        let config = worker.config();
        let (ok, api_key) = try_key(worker).await;
        let is_in_environment = worker.can_call().is_ok() && config.api_key_file.is_none();
        Self {
            ok,
            configuration: source.to_owned(),
            provider: worker.provider.name,
            api_base: config.base_url().to_owned(),
            owner: config.owner.clone(),
            optional: optional(worker),
            warnings: warnings(worker),
            notes: is_in_environment
                .then(|| exposure::OF_ENVIRONMENT.to_owned())
                .into_iter()
                .collect(),
            api_key,
        }
    }

    /// The same with something more to be noted, before the rest.
    pub(crate) fn noting(mut self, note: String) -> Self {
        self.notes.insert(0, note);
        self
    }

    /// The same for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let head = [
            format!("configuration: {}", self.configuration),
            format!("provider: {} at {}", self.provider, self.api_base),
            format!("owner: {}", self.owner),
        ];
        let optional = self.optional.iter();
        let optional = optional.map(|one| format!("optional: {}, which is {}", one.name, one.functions.join(", ")));
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        let notes = self.notes.iter().map(|note| format!("note: {note}"));
        let key = [format!("API key: {}", self.api_key)];
        let lines = head.into_iter().chain(optional).chain(warnings);
        lines.chain(notes).chain(key).collect()
    }
}

/// What is to be said of a configuration that works and may not be meant.
fn warnings<C: Api>(worker: &Worker<C>) -> Vec<String> {
    let exposed = exposure::warnings(&worker.config()).into_iter();
    exposed.chain(too_long_lists(worker)).collect()
}

/// Says in the log what an operator is to be told of a configuration that counts from now on.
pub(crate) fn tell<C: Api>(worker: &Worker<C>) {
    for warning in warnings(worker) {
        tracing::warn!("{warning}");
    }
    match worker.can_call() {
        Ok(()) => {}
        Err(error) if error.code() == Code::S503 => {
            tracing::warn!(%error, "no API key: calls that need the provider will be refused");
        }
        Err(error) => tracing::warn!(%error, "not configured yet: calls that need the provider will be refused"),
    }
}

/// What is to be said of lists that cannot be read for their length: then nothing could be counted after a restart.
fn too_long_lists<C: Api>(worker: &Worker<C>) -> Option<String> {
    let config = worker.config();
    let (most, carried, needed) = (
        config.max_concurrent_sandboxes,
        config.max_response_bytes,
        config.longest_list_bytes(),
    );
    (worker.can_list() && needed > carried).then(|| {
        format!(
            "a list of {most} sandboxes may be {needed} bytes long, which max_response_bytes ({carried}) cannot carry: \
             raise it, or lower max_concurrent_sandboxes"
        )
    })
}

fn optional<C: Api>(worker: &Worker<C>) -> Vec<Offered> {
    let config = worker.config();
    let is_listed = |(name, _): &&Optional| config.functions.iter().any(|listed| listed == name);
    let listed = worker.provider.optional.iter().filter(is_listed);
    listed.map(|(name, functions)| Offered { name, functions }).collect()
}

/// Whether the API key can be used, and what is to be said of it.
async fn try_key<C: Api>(worker: &Arc<Worker<C>>) -> (bool, String) {
    let source = worker.config().key_source();
    if let (Ok(()), false) = (worker.can_call(), worker.can_list()) {
        let text = format!("{source} holds a key; the mapping has no list to try it with");
        return (true, text);
    }
    match worker.probe().await {
        Ok(sandboxes) => (
            true,
            format!("{source} is accepted; {sandboxes} sandboxes of this owner"),
        ),
        Err(error) => (false, error.to_string()),
    }
}
