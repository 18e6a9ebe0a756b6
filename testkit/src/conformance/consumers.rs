//! Two consumers of one worker: one that calls `sandbox::*`, which the router forwards to it, and one that calls the
//! family's functions. What they have been told of is held against what runs.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::acting::running;
use super::adapting::{Fault as Refusal, IMAGE, rows};
use crate::deployment::Deployment;
use crate::engine::{CallError, PendingCall};

/// How long the worker may go on undoing, and `list` be behind.
pub(super) const SETTLED: Duration = Duration::from_secs(90);

/// What the log says of what a caller may know of or not.
const UNCONFIRMED: &str = "its caller may not know of what was made";

/// By which functions a consumer calls the worker.
#[derive(Clone, Copy, Debug)]
pub(super) enum Consumer {
    Router,
    Family,
}

/// What consumers know.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Sandboxes that run, by their UUIDs.
    pub adapted: BTreeSet<String>,
    /// Others that run, by the provider's ids.
    pub provided: BTreeSet<String>,
    /// Asked to stop, without being told that they have, by either.
    pub doubtful: BTreeSet<String>,
    /// How many starts were never answered because the worker was killed.
    pub unanswered: usize,
}

/// What all consumers know, whoever writes it down.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Told>);

impl Book {
    pub fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn of(&mut self, consumer: Consumer) -> &mut BTreeSet<String> {
        match consumer {
            Consumer::Router => &mut self.adapted,
            Consumer::Family => &mut self.provided,
        }
    }

    /// What this consumer was told of is to be stopped.
    pub fn doubt(&mut self, consumer: Consumer, id: &str) {
        self.of(consumer).remove(id);
        self.doubtful.insert(id.to_owned());
    }
}

impl Consumer {
    pub fn begin(self, deployment: &Deployment, function: &str, payload: Value) -> PendingCall {
        match self {
            Self::Router => deployment.engine.begin(&format!("sandbox::{function}"), payload),
            Self::Family => deployment.begin(function, payload),
        }
    }

    pub fn create(self, deployment: &Deployment, mark: &str) -> PendingCall {
        let payload = match self {
            Self::Router => json!({"image": IMAGE, "env": {"MARK": mark}}),
            Self::Family => json!({"image": deployment.simulator().known_image()}),
        };
        self.begin(deployment, "create", payload)
    }

    /// The sandbox that this consumer was told of.
    pub fn started(self, book: &Book, created: &Value) -> String {
        let id = created["sandbox_id"].as_str().expect("an id").to_owned();
        book.lock().of(self).insert(id.clone());
        id
    }

    /// A sandbox is started, used, and perhaps stopped.
    pub async fn session(self, deployment: &Deployment, book: &Book, stops: bool, mark: &str) {
        let Some(created) = answer(self.create(deployment, mark)).await else {
            return;
        };
        let id = self.started(book, &created);
        match self {
            Self::Router => use_by_router(deployment, &id, mark).await,
            Self::Family => {
                let program = json!({"sandbox_id": id, "cmd": "echo", "args": [mark], "timeout_ms": 3000});
                if let Some(ran) = answer(self.begin(deployment, "exec", program)).await {
                    assert_eq!(ran["stdout"], format!("{mark}\n"));
                }
            }
        }
        answer(self.begin(deployment, "list", json!({}))).await;
        if stops {
            book.lock().doubt(self, &id);
            let stop = json!({"sandbox_id": id});
            if answer(self.begin(deployment, "stop", stop)).await.is_some() {
                book.lock().doubtful.remove(&id);
            }
        }
    }
}

async fn use_by_router(deployment: &Deployment, id: &str, mark: &str) {
    let call = |function: &str, payload: Value| answer(Consumer::Router.begin(deployment, function, payload));
    let program = json!({"sandbox_id": id, "argv": ["sh", "-c", "echo $MARK"], "timeout_ms": 3000});
    if let Some(ran) = call("exec", program).await {
        assert_eq!(ran["stdout"], format!("{mark}\n"));
    }
    let file = json!({"sandbox_id": id, "path": "mark", "content": mark});
    let is_written = call("fs::write", file).await.is_some();
    let read = call("fs::read", json!({"sandbox_id": id, "path": "mark"})).await;
    if let (true, Some(read)) = (is_written, read) {
        assert_eq!(read["body"], mark);
    }
}

/// The answer of a call; none if it is refused, which has to be in the words of whoever refuses it.
pub(super) async fn answer(call: PendingCall) -> Option<Value> {
    match call.within(SETTLED).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            judge(&error);
            None
        }
    }
}

/// A refusal is the family's, the contract's, or the engine's that has lost the worker.
fn judge(error: &CallError) {
    let is_of_engine = ["invocation_stopped", "function_not_found"].contains(&error.code.as_str());
    let is_of_family = error.message.starts_with(&format!("[{}] ", error.code));
    if !is_of_engine && !is_of_family {
        Refusal::of(error);
    }
}

/// Waits until all that consumers count on runs and is listed, and nothing else does but what nobody could be told of.
pub(super) async fn settled(deployment: &Deployment, told: &Told, seed: u64) {
    let settles = async {
        while !is_true(deployment, told).await {
            sleep(Duration::from_millis(200)).await;
        }
    };
    if timeout(SETTLED, settles).await.is_err() {
        let (rows, running) = (rows(deployment).await, running(deployment));
        panic!(
            "seed {seed}: {told:?}, but {rows:?} at {running:?}; {}",
            deployment.worker.said()
        );
    }
}

async fn is_true(deployment: &Deployment, told: &Told) -> bool {
    let (rows, running) = (rows(deployment).await, running(deployment));
    let all_there = told.adapted.iter().all(|id| rows.contains_key(id)) && told.provided.is_subset(&running);
    let said = deployment.worker.stderr();
    let is_unconfirmed = |id: &str| said.lines().any(|line| line.contains(UNCONFIRMED) && line.contains(id));
    // Whom the other consumer was told of has a UUID that nobody knows yet.
    let is_known = |id: &&String| told.provided.contains(*id) || told.doubtful.contains(*id) || is_unconfirmed(id);
    let known = running.iter().filter(is_known).count() + told.unanswered;
    let others = rows
        .keys()
        .filter(|id| !told.adapted.contains(*id) && !told.doubtful.contains(*id));
    all_there && others.count() <= known && rows.len() == running.len()
}
