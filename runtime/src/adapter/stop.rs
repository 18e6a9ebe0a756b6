//! Ends a sandbox.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Adapter,
    fault::{Fault, Outcome},
    records::Record,
};
use crate::provider::Api;

#[derive(Debug, Deserialize)]
pub(super) struct Stop {
    sandbox_id: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Stopped {
    sandbox_id: String,
    stopped: bool,
}

impl<C: Api> Adapter<C> {
    pub(super) async fn stop(&self, stop: Stop) -> Outcome<Stopped> {
        let record = self.known(&stop.sandbox_id).await?;
        // Of several that stop one at a time, one is told that it did.
        let _alone = record.stopping.lock().await;
        if !self.0.counts(&record.id) {
            return Err(Fault::unknown());
        }
        self.invoke("stop", &record, json!({})).await?;
        Ok(Stopped {
            sandbox_id: record.uuid.to_string(),
            stopped: true,
        })
    }

    /// Ends a sandbox that a call has started in vain. What does not succeed now goes on beside other calls.
    pub(super) async fn end(&self, record: &Record) {
        self.0.end_for_nobody(&record.id).await;
    }
}
