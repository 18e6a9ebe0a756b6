//! What providers can do beyond the adapter contract, for sandboxes that are known by UUIDs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Adapter, fault::Outcome, label::Details, of_deployment, records::Deployed};
use crate::provider::Api;

#[derive(Debug, Deserialize)]
pub(super) struct Snapshot {
    sandbox_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Branch {
    sandbox_id: String,
    count: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct ExposePort {
    sandbox_id: String,
    port: u16,
}

#[derive(Debug, Deserialize)]
pub(super) struct Extend {
    sandbox_id: String,
    secs: u64,
}

impl<C: Api> Adapter<C> {
    pub(super) async fn snapshot(&self, snapshot: Snapshot) -> Outcome<Value> {
        let record = self.record(&snapshot.sandbox_id).await?;
        self.invoke("snapshot", &record, json!({})).await
    }

    /// The copies have the image and the environment of their parent.
    pub(super) async fn branch(&self, branch: Branch) -> Outcome<Value> {
        let parent = self.record(&branch.sandbox_id).await?;
        let mut answer = self.invoke("branch", &parent, json!({"count": branch.count})).await?;
        let details = Details {
            name: None,
            ..parent.details
        };
        let ids = answer["sandbox_ids"].as_array_mut().into_iter().flatten();
        for id in ids {
            let copy = id.as_str().unwrap_or_default();
            let started = |deployed: &Deployed<'_>| self.0.records.started(deployed, None, copy, details.clone());
            let record = of_deployment(&self.0, started);
            *id = record.uuid.to_string().into();
        }
        Ok(answer)
    }

    pub(super) async fn expose_port(&self, expose: ExposePort) -> Outcome<Value> {
        let record = self.record(&expose.sandbox_id).await?;
        self.invoke("expose_port", &record, json!({"port": expose.port})).await
    }

    pub(super) async fn extend(&self, extend: Extend) -> Outcome<Value> {
        let record = self.record(&extend.sandbox_id).await?;
        self.invoke("extend", &record, json!({"secs": extend.secs})).await
    }
}
