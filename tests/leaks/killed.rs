//! Every call of create and branch is killed in every way, one at a time.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::{ONE, WORKER, house, image};

/// Ways to fail a call.
fn broken() -> Vec<Fault> {
    vec![Fault::Status(500), Fault::Cut, Fault::Stall]
}

/// Ways to answer it that fail a call whose answer is needed.
fn unreadable() -> Vec<Fault> {
    vec![Fault::CutMidBody, Fault::Truncated, Fault::Nonsense, Fault::EmptyBody]
}

/// A call to kill, and how.
struct Kill {
    call: (&'static str, &'static str),
    number: usize,
    after: bool,
    ways: Vec<Fault>,
}

impl Kill {
    fn of(method: &'static str, path: &'static str, number: usize) -> Self {
        let ways = [broken(), unreadable()].concat();
        Self {
            call: (method, path),
            number,
            after: true,
            ways,
        }
    }

    /// After each way only what ran before runs, and the next call works.
    async fn leaves_nothing(self, house: &Deployment, function: &str, payload: Value) {
        let others = house.morph().instances().len();
        for way in self.ways {
            let case = format!(
                "{:?} {}, {way:?}, after its effect: {}",
                self.call, self.number, self.after
            );
            let fault = house.morph().fail(self.call.0, self.call.1).with(way);
            let fault = if self.after { fault.after_effect() } else { fault };
            fault.nth(self.number);
            let refusal = house.refusal(function, payload.clone()).await;
            assert!(
                refusal.starts_with("[S502] provider unavailable: "),
                "{case}: {refusal}"
            );
            assert_eq!(house.morph().instances().len(), others, "{case}");
            assert_eq!(house.in_flight().await, others as u64, "{case}");
            house.morph().clear_faults();
            let answer = house.call(function, payload.clone()).await;
            stop_all(house, &answer.unwrap_or_else(|error| panic!("{case}: {error}"))).await;
        }
    }

    async fn of_create(self) {
        self.leaves_nothing(&house().await, "create", image()).await;
    }

    /// Of a branch into two copies, for which there is just room.
    async fn of_branch(self) {
        let yaml = "max_concurrent_sandboxes: 3\nrequest_timeout_secs: 1";
        let house = Deployment::builder(WORKER).config(yaml).start().await;
        let parent = json!({"sandbox_id": house.sandbox().await});
        self.leaves_nothing(&house, "branch", parent).await;
    }
}

/// Stops what `create` or `branch` has answered.
async fn stop_all(house: &Deployment, answer: &Value) {
    let one = answer.get("sandbox_id").into_iter();
    let many = answer
        .get("sandbox_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for sandbox in one.chain(many) {
        let stopped = house.call("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(stopped, Ok(json!({})));
    }
}

#[tokio::test]
async fn a_create_whose_start_is_killed_before_its_effect() {
    let kill = Kill::of("POST", "/instance", 1);
    Kill { after: false, ..kill }.of_create().await;
}

#[tokio::test]
async fn a_create_whose_start_is_killed_after_its_effect() {
    Kill::of("POST", "/instance", 1).of_create().await;
}

#[tokio::test]
async fn a_create_whose_first_look_is_killed() {
    Kill::of("GET", ONE, 1).of_create().await;
}

#[tokio::test]
async fn a_create_whose_second_look_is_killed() {
    Kill::of("GET", ONE, 2).of_create().await;
}

#[tokio::test]
async fn a_branch_that_is_killed_before_its_effect() {
    let kill = Kill::of("POST", "/instance/{id}/branch", 1);
    Kill { after: false, ..kill }.of_branch().await;
}

#[tokio::test]
async fn a_branch_that_is_killed_after_its_effect() {
    Kill::of("POST", "/instance/{id}/branch", 1).of_branch().await;
}

#[tokio::test]
async fn a_branch_whose_second_copy_gets_no_lifetime() {
    let kill = Kill::of("POST", "/instance/{id}/ttl", 2);
    Kill { ways: broken(), ..kill }.of_branch().await;
}

#[tokio::test]
async fn a_branch_whose_second_copy_cannot_be_looked_at() {
    Kill::of("GET", ONE, 2).of_branch().await;
}
