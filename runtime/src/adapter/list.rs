//! The sandboxes that run, as far as the worker knows.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Adapter,
    fault::{Code, Fault, Outcome},
    of_deployment,
};
use crate::{provider::Api, shutdown::Stage, slots::Described};

/// How often the provider is asked at most.
const REFRESHED: Duration = Duration::from_secs(5);

/// How long the first list of all may take that is needed to tell what runs.
const FIRST: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
pub(super) struct List {
    sandboxes: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    sandbox_id: String,
    name: Option<String>,
    image: String,
    age_secs: u64,
    exec_in_progress: bool,
    exec_in_flight: u32,
    exec_slots_free: u32,
    stopped: bool,
}

impl<C: Api> Adapter<C> {
    /// Answers at once. The provider is asked beside that, for the next time.
    ///
    /// # Errors
    /// S300 as long as the provider has not told what an earlier process has left running: that there is nothing would be
    /// taken for the truth.
    pub(super) async fn list(&self) -> Outcome<List> {
        if !self.0.knows_what_runs(FIRST).await {
            let text = "what runs is not known yet: the provider has told nothing since the worker began";
            return Err(Fault::new(Code::S300, text).retryable());
        }
        self.refresh();
        let running = self.0.slots.described().into_iter();
        let mut sandboxes: Vec<Row> = running.map(|(id, described)| self.row(&id, &described)).collect();
        sandboxes.sort_by(|one, other| one.sandbox_id.cmp(&other.sandbox_id));
        Ok(List { sandboxes })
    }

    fn row(&self, id: &str, described: &Described) -> Row {
        let worker = &self.0;
        let record = of_deployment(worker, |deployed| worker.records.of(deployed, id, &described.image));
        let in_flight = record.in_flight();
        Row {
            sandbox_id: record.uuid.to_string(),
            image: record.details.image,
            name: record.details.name,
            age_secs: age(&described.started_at),
            exec_in_progress: in_flight > 0,
            exec_in_flight: in_flight,
            exec_slots_free: worker.config().max_exec_per_sandbox.saturating_sub(in_flight),
            stopped: false,
        }
    }

    fn refresh(&self) {
        if !self.0.can_list() || self.0.can_call().is_err() || !self.0.records.is_due(REFRESHED) {
            return;
        }
        let worker = self.0.clone();
        self.0.background.spawn(async move {
            tokio::select! {
                listed = worker.reconcile() => {
                    if let Err(error) = listed {
                        tracing::warn!(%error, "no list from the provider: `list` answers what was known before");
                    }
                }
                () = worker.shutdown.reached(Stage::Draining) => {}
            }
        });
    }
}

fn age(started_at: &str) -> u64 {
    let started: Option<Timestamp> = started_at.parse().ok();
    let age = started.map(|started| Timestamp::now().duration_since(started).as_secs());
    age.and_then(|secs| u64::try_from(secs).ok()).unwrap_or_default()
}
