//! Two consumers at once, while requests fail, the engine goes away, and the worker is killed or told to end in the middle
//! of their calls.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use futures::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::acting::{nothing_is_left, running};
use super::adapting::{self, rows, script};
use super::consumers::{Book, Consumer, answer, settled};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::engine::PendingCall;
use crate::simulator::Fault;

const SOON: &str =
    "request_timeout_secs: 2\nready_timeout_secs: 4\nmax_concurrent_sandboxes: 60\nimages: {python: $known_image}";

/// Sessions of one round; every third is of the consumer that calls the family's functions.
const SESSIONS: usize = 6;

/// Starts under way when the worker ends, of each consumer.
const STARTS: usize = 2;

/// A storm in progress.
struct Storm {
    deployment: Deployment,
    /// The calls to the provider of sessions that meet no fault, as method and pattern.
    calls: Vec<(String, String)>,
    book: Book,
    rng: Rng,
    seed: u64,
}

fn consumer(number: usize) -> Consumer {
    match number % 3 {
        2 => Consumer::Family,
        _ => Consumer::Router,
    }
}

impl Storm {
    async fn begin(worker: DeploymentBuilder) -> Self {
        let seed = crate::seed("STORM_SEED");
        let deployment = worker.config(SOON).start().await;
        deployment.bind_adapter();
        let traffic = deployment.simulator().traffic();
        traffic.clear_requests();
        for consumer in [Consumer::Router, Consumer::Family] {
            consumer.session(&deployment, &Book::default(), true, "calm").await;
        }
        let seen = traffic.requests().into_iter();
        let calls: BTreeSet<_> = seen
            .map(|seen| (seen.method, deployment.simulator().pattern(&seen.path)))
            .collect();
        Self {
            deployment,
            calls: calls.into_iter().collect(),
            book: Book::default(),
            rng: Rng::with_seed(seed),
            seed,
        }
    }

    /// The next request of some kind meets some fault.
    fn arm(&mut self) {
        let (method, pattern) = &self.calls[self.rng.usize(..self.calls.len())];
        let rule = self.deployment.simulator().traffic().fail(method, pattern);
        match self.rng.u8(..7) {
            0 => rule.with(Fault::Stall).after_effect().once(),
            1 | 2 => rule.with(Fault::Status(500)).once(),
            3 | 4 => rule.with(Fault::CutMidBody).after_effect().once(),
            _ => rule.with(Fault::Cut).after_effect().once(),
        }
    }

    /// Sessions of both consumers, all of which meet a fault somewhere. `meanwhile` happens beside them.
    async fn sessions(&mut self, round: &str, meanwhile: impl AsyncFnOnce(&Deployment)) {
        for _ in 0..SESSIONS {
            self.arm();
        }
        let (deployment, book) = (&self.deployment, &self.book);
        let sessions = (0..SESSIONS).map(|number| async move {
            let mark = format!("{round}-{number}");
            consumer(number).session(deployment, book, number % 2 == 0, &mark).await;
        });
        tokio::join!(join_all(sessions), meanwhile(deployment));
        deployment.simulator().traffic().clear_faults();
        deployment.simulator().traffic().release_stalled();
    }

    async fn settled(&self) {
        let told = self.book.lock().clone();
        settled(&self.deployment, &told, self.seed).await;
    }

    /// Calls of both consumers that are under way: the provider has got some of their requests.
    async fn under_way(&mut self) -> UnderWay {
        let traffic = self.deployment.simulator().traffic();
        traffic.clear_requests();
        traffic.set_latency(Duration::from_millis(200));
        let starts = [Consumer::Router, Consumer::Family].repeat(STARTS).into_iter();
        let starts = starts.map(|consumer| (consumer, consumer.create(&self.deployment, "under way")));
        let starts = starts.collect();
        let adapted = self.book.lock().adapted.clone();
        let mut others = Vec::new();
        for (number, id) in adapted.iter().enumerate() {
            let (function, more) = match number % 3 {
                0 => ("fs::write", json!({"path": "f", "content": "x".repeat(200_000)})),
                1 => ("exec", json!({"cmd": "sleep 1", "timeout_ms": 3000})),
                _ => ("fs::grep", json!({"path": ".", "pattern": "x"})),
            };
            let payload = adapting::with(json!({"sandbox_id": id}), more);
            others.push(Consumer::Router.begin(&self.deployment, function, payload));
        }
        let arrived = self.rng.usize(1..2 * STARTS);
        while traffic.requests().len() < arrived {
            sleep(Duration::from_millis(10)).await;
        }
        UnderWay { starts, others }
    }

    fn calm(&self) {
        self.deployment.simulator().traffic().set_latency(Duration::ZERO);
    }
}

struct UnderWay {
    starts: Vec<(Consumer, PendingCall)>,
    others: Vec<PendingCall>,
}

impl UnderWay {
    /// Whatever comes of them. How many starts were not answered by a sandbox.
    async fn end(self, book: &Book) -> usize {
        let mut unanswered = 0;
        for (consumer, call) in self.starts {
            match answer(call).await {
                Some(created) => drop(consumer.started(book, &created)),
                None => unanswered += 1,
            }
        }
        for call in self.others {
            answer(call).await;
        }
        unanswered
    }
}

pub async fn whatever_fails_no_sandbox_is_lost_and_none_is_left(worker: DeploymentBuilder) {
    let mut storm = Storm::begin(worker).await;
    storm.sessions("killed afterwards", async |_| {}).await;
    storm.settled().await;
    storm.deployment.restart().await;
    storm.settled().await;
    let requests = storm.rng.usize(1..8);
    let lose_the_engine = async |deployment: &Deployment| {
        let traffic = deployment.simulator().traffic();
        let before = traffic.requests().len();
        while traffic.requests().len() < before + requests {
            sleep(Duration::from_millis(10)).await;
        }
        deployment.engine.drop_connections();
    };
    storm.sessions("the engine is lost", lose_the_engine).await;
    for function in ["list", "exec", "create"] {
        let deployment = &storm.deployment;
        deployment.engine.registered(&deployment.adapter_id(function)).await;
        deployment.engine.registered(&deployment.id(function)).await;
    }
    storm.settled().await;
}

/// All that its callers were not told of is ended before it ends.
pub async fn told_to_end_in_the_middle_of_calls_it_leaves_what_was_told(worker: DeploymentBuilder) {
    let mut storm = Storm::begin(worker).await;
    storm.sessions("before", async |_| {}).await;
    storm.settled().await;
    let calls = storm.under_way().await;
    let status = storm.deployment.terminate().await;
    assert!(status.success(), "{status}");
    storm.calm();
    calls.end(&storm.book).await;
    let told = storm.book.lock().clone();
    let all = told.adapted.len() + told.provided.len() + told.doubtful.len();
    let left = running(&storm.deployment);
    assert!(
        told.provided.is_subset(&left),
        "seed {}: {told:?}, but {left:?}",
        storm.seed
    );
    let least = told.adapted.len() + told.provided.len();
    assert!(
        (least..=all).contains(&left.len()),
        "seed {}: {told:?}, but {left:?}",
        storm.seed
    );
}

/// What was started without an answer is found by the next one, which knows all that was told before.
pub async fn killed_in_the_middle_of_calls_it_knows_all_that_runs(worker: DeploymentBuilder) {
    let mut storm = Storm::begin(worker).await;
    storm.sessions("before", async |_| {}).await;
    storm.settled().await;
    let calls = storm.under_way().await;
    storm.deployment.restart().await;
    storm.calm();
    let unanswered = calls.end(&storm.book).await;
    storm.book.lock().unanswered = unanswered;
    storm.settled().await;
    let deployment = &storm.deployment;
    let adapted = storm.book.lock().adapted.clone();
    for id in &adapted {
        assert_ne!(
            script(deployment, id, "echo $MARK").await,
            "\n",
            "its variables are kept"
        );
    }
    for id in rows(deployment).await.keys() {
        adapting::stop(deployment, id).await;
    }
    nothing_is_left(deployment).await;
}
