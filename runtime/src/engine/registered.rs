//! Asking the engine which of our functions it has.
//!
//! A registration gets no answer (engines before 0.25), and the SDK only logs that a function is refused, so the
//! catalogue is the one place to find out.

use iii_sdk::errors::Error;
use serde_json::Value;
use tokio::sync::watch::Receiver;

use super::catalogue::Catalogue;
use crate::manifest::Package;

/// The engine has no catalogue, or shows it to others only.
const CLOSED: [&str; 2] = ["function_not_found", "FORBIDDEN"];

/// What the engine says about all of our functions together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Survey {
    /// It has them all.
    Complete,
    /// It does not have these yet.
    Missing(Vec<String>),
    /// It has this one from a worker of another name.
    Taken { function_id: String, owner: String },
    /// It does not tell: too old, or not to this worker.
    Untold,
    /// No answer.
    Silent,
}

/// What to ask for.
pub(super) struct Registry {
    pub(super) catalogue: Catalogue,
    worker_name: String,
    function_ids: Receiver<Vec<String>>,
}

impl Registry {
    pub(super) fn new(catalogue: Catalogue, package: &Package, function_ids: Receiver<Vec<String>>) -> Self {
        Self {
            catalogue,
            worker_name: package.worker_name(),
            function_ids,
        }
    }

    /// How many there are to ask for.
    pub(super) fn len(&self) -> usize {
        self.function_ids.borrow().len()
    }

    /// Resolves when there are others to ask for than at the last survey.
    pub(super) async fn changed(&mut self) {
        if self.function_ids.changed().await.is_err() {
            std::future::pending().await
        }
    }

    pub(super) async fn survey(&mut self) -> Survey {
        let mut missing = Vec::new();
        let function_ids = self.function_ids.borrow_and_update().clone();
        for function_id in &function_ids {
            match self.catalogue.info(function_id).await {
                Ok(info) => {
                    if let Some(owner) = other_owner(&info, function_id, &self.worker_name) {
                        return Survey::Taken {
                            function_id: function_id.clone(),
                            owner,
                        };
                    }
                }
                Err(Error::Remote { code, .. }) if code == "NOT_FOUND" => {
                    missing.push(function_id.clone());
                }
                Err(Error::Remote { code, .. }) if CLOSED.contains(&code.as_str()) => {
                    return Survey::Untold;
                }
                Err(_) => return Survey::Silent,
            }
        }
        match missing.is_empty() {
            true => Survey::Complete,
            false => Survey::Missing(missing),
        }
    }
}

/// The worker that has the function, if it is not `worker_name`. Until the engine knows a worker's name, it puts the
/// id's first segment in its place.
fn other_owner(info: &Value, function_id: &str, worker_name: &str) -> Option<String> {
    let owner = info["worker_name"].as_str()?;
    let placeholder = function_id.split("::").next()?;
    let is_other = !["", placeholder, worker_name].contains(&owner);
    is_other.then(|| owner.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_worker_is_told_from_one_that_is_not_named_yet() {
        for (info, owner) in [
            (json!({"worker_name": "sandbox-example"}), None),
            (json!({"worker_name": "sandbox"}), None),
            (json!({"worker_name": ""}), None),
            (json!({"worker_name": null}), None),
            (json!({}), None),
            (json!({"worker_name": "stranger"}), Some("stranger".to_owned())),
        ] {
            let found = other_owner(&info, "sandbox::provider::example::list", "sandbox-example");
            assert_eq!(found, owner, "for {info}");
        }
    }
}
