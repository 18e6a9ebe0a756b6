//! What every sandbox does: it starts, is listed, lives on, and is gone when it is stopped.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{EXTENDED_SECS, IDLE_SECS, Trying, programs::refused, table::Problem};
use crate::provider::Api;

/// How long a list may lag.
const LISTED_WITHIN: Duration = Duration::from_secs(20);

const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// An image that no provider has.
pub(super) const NO_IMAGE: &str = "no-such-image-of-anybody";

/// What is said of an image that there is not, by whichever name.
pub(super) const UNKNOWN_IMAGE: &str = "S100";

/// What is said of a sandbox that there is not, or not any more.
pub(super) const UNKNOWN_SANDBOX: &str = "S002";

impl<C: Api> Trying<C> {
    /// Whether the provider can be talked to at all.
    pub(super) async fn list_of_nothing(&self) -> bool {
        if !self.caller.has("list") {
            return true;
        }
        let listed = self.table.check("list", "nothing yet", async {
            if let (true, Err(error)) = (self.worker.can_list(), self.worker.probe().await) {
                return Err(error.to_string());
            }
            let listed = self.call("list", json!({})).await?;
            match listed["in_flight"].as_u64() {
                Some(0) => Ok(()),
                _ => Err(format!("{} are in flight", listed["in_flight"])),
            }
        });
        listed.await.is_some()
    }

    /// The id of a sandbox that runs.
    pub(super) async fn create(&self) -> Option<String> {
        let started = self.table.check("create", "from the image, until it is ready", async {
            let payload = json!({"image": self.trial.image, "idle_timeout_secs": IDLE_SECS});
            let created = self.call("create", payload).await?;
            let started_at = created["started_at"].as_str().unwrap_or_default();
            if started_at.parse::<Timestamp>().is_err() {
                return Err(format!("started_at is {}", shown(&created["started_at"])));
            }
            if created["image"] != self.trial.image.as_str() {
                return Err(format!("image is {}", shown(&created["image"])));
            }
            let id = created["sandbox_id"].as_str().filter(|id| !id.is_empty());
            id.map(str::to_owned).ok_or_else(|| "there is no sandbox_id".to_owned())
        });
        started.await
    }

    pub(super) async fn list_of(&self, sandbox: &str) {
        if !self.caller.has("list") {
            return;
        }
        let listed = self
            .table
            .check("list", "the sandbox, by the provider's own list", async {
                let listed = self.call("list", json!({})).await?;
                let mut rows = listed["sandboxes"].as_array().into_iter().flatten();
                if !rows.any(|row| row["sandbox_id"] == sandbox) {
                    return Err("the sandbox is not in it".to_owned());
                }
                if self.worker.can_list() && self.worker.is_tagged() {
                    let after = self
                        .comes_to_list(|listed| listed.iter().any(|id| id == sandbox))
                        .await?;
                    if after > AGAIN_AFTER {
                        self.table.remark(format!("after {:.1} s", after.as_secs_f64()));
                    }
                }
                Ok(())
            });
        listed.await;
    }

    /// How long it takes until the sandboxes that the provider lists for this owner are as they should be.
    async fn comes_to_list(&self, wanted: impl Fn(&[String]) -> bool) -> Result<Duration, Problem> {
        let began = Instant::now();
        loop {
            let call = self.worker.inner_call().map_err(|error| error.to_string())?;
            let listed = self.worker.listed(&call).await.map_err(|error| error.to_string())?;
            let ids: Vec<String> = listed.into_iter().map(|sandbox| sandbox.id).collect();
            if wanted(&ids) {
                return Ok(began.elapsed());
            }
            if began.elapsed() > LISTED_WITHIN {
                let secs = LISTED_WITHIN.as_secs();
                return Err(format!(
                    "the provider's list, by the owner's tag, is of {} after {secs} s",
                    ids.len()
                ));
            }
            sleep(AGAIN_AFTER).await;
        }
    }

    pub(super) async fn extend(&self, sandbox: &str) {
        if !self.caller.has("extend") {
            return;
        }
        let extended = self.table.check("extend", "by more than it has left", async {
            let payload = json!({"sandbox_id": sandbox, "secs": EXTENDED_SECS});
            self.call("extend", payload).await.map(drop)
        });
        extended.await;
    }

    pub(super) async fn stop(&self, sandbox: &str) {
        let stopped = self.table.check("stop", "until it is gone, and once more", async {
            for _ in 0..2 {
                self.end(sandbox).await?;
            }
            Ok(())
        });
        if stopped.await.is_none() || !self.caller.has("exec") {
            return;
        }
        let exec = self.table.check("exec", "refused: the sandbox is gone", async {
            let payload = json!({"sandbox_id": sandbox, "cmd": "true"});
            refused(self.caller.call("exec", payload).await, UNKNOWN_SANDBOX)
        });
        exec.await;
    }

    /// Stops a sandbox. One that is not gone after that is found by its tag.
    pub(super) async fn end(&self, sandbox: &str) -> Result<(), Problem> {
        self.call("stop", json!({"sandbox_id": sandbox})).await?;
        self.has_ended(sandbox);
        Ok(())
    }

    /// A sandbox need not be removed any more.
    pub(super) fn has_ended(&self, sandbox: &str) {
        if let Some(ledger) = self.worker.ledger.get() {
            ledger.stopped(sandbox);
        }
    }

    pub(super) async fn refused_image(&self) {
        let create = self.table.check("create", "refused: there is no such image", async {
            let payload = json!({"image": NO_IMAGE});
            refused(self.caller.call("create", payload).await, UNKNOWN_IMAGE)
        });
        create.await;
    }

    pub(super) async fn list_of_nothing_left(&self) {
        if !self.caller.has("list") || !self.worker.can_list() || !self.worker.is_tagged() {
            return;
        }
        let listed = self.table.check("list", "nothing any more", async {
            let after = self.comes_to_list(<[String]>::is_empty).await?;
            if after > AGAIN_AFTER {
                self.table.remark(format!("after {:.1} s", after.as_secs_f64()));
            }
            match self.call("list", json!({})).await?["in_flight"].as_u64() {
                Some(0) => Ok(()),
                _ => Err("some are in flight still".to_owned()),
            }
        });
        listed.await;
    }

    /// The answer of a call, or what its caller is told.
    pub(super) async fn call(&self, function: &str, payload: Value) -> Result<Value, Problem> {
        self.caller
            .call(function, payload)
            .await
            .map_err(|refused| refused.text)
    }
}

/// A value that a provider gave, so short that it fits into a line, and without anything that a terminal would obey.
pub(super) fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
