//! The calls of create and branch, killed in every way, one at a time.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::{START, house, house_for, image};

const LOOK: &str = "GET /instance/{instance_id}";
const FORK: &str = "POST /instance/{instance_id}/branch";
const EXPIRE: &str = "POST /instance/{instance_id}/ttl";

/// Ways to fail a call, with what is said of it.
fn ways() -> [(Fault, &'static str); 7] {
    let lacking = "the answer cannot be read, or lacks what is needed";
    [
        (Fault::Status(500), "status 500"),
        (Fault::Cut, "the connection broke before the answer was complete"),
        (Fault::Stall, "no answer within 1 s"),
        (Fault::CutMidBody, "the connection broke before the answer was complete"),
        (Fault::Truncated, lacking),
        (Fault::Nonsense, lacking),
        (Fault::EmptyBody, lacking),
    ]
}

/// The call to kill: of which step, which of its like, and whether after its effect.
struct Kill {
    at: &'static str,
    call: &'static str,
    number: usize,
    after: bool,
}

impl Kill {
    fn of(at: &'static str, call: &'static str, number: usize) -> Self {
        Self {
            at,
            call,
            number,
            after: true,
        }
    }

    /// After each way only what ran before runs, and the next call works.
    async fn leaves_nothing(self, house: &Deployment, function: &str, payload: Value) {
        let (method, path) = self.call.split_once(' ').expect("a method and a path");
        let before = house.morph().instances();
        for (way, what) in ways() {
            let fault = house.morph().fail(method, path).with(way);
            let fault = if self.after { fault.after_effect() } else { fault };
            fault.nth(self.number);
            let refusal = house.refusal(function, payload.clone()).await;
            let text = format!("[S502] provider unavailable: {}: {what} ({})", self.at, self.call);
            assert_eq!(refusal, text);
            assert_eq!(house.morph().instances(), before, "{text}");
            assert_eq!(house.in_flight().await, before.len() as u64, "{text}");
            works(house, function, &payload).await;
        }
    }

    async fn of_create(self) {
        self.leaves_nothing(&house().await, "create", image()).await;
    }

    /// Of a branch into two copies, for which there is just room.
    async fn of_branch(self) {
        let house = house_for(3).await;
        let parent = json!({"sandbox_id": house.sandbox().await});
        self.leaves_nothing(&house, "branch", parent).await;
    }
}

/// Calls the function and stops what it has started.
async fn works(house: &Deployment, function: &str, payload: &Value) {
    house.morph().clear_faults();
    let answer = house.call(function, payload.clone()).await.expect("an answer");
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
async fn a_create_that_is_killed_at_any_of_its_calls_leaves_nothing() {
    let start = || Kill::of("create (start)", START, 1);
    let before = Kill {
        after: false,
        ..start()
    };
    tokio::join!(
        before.of_create(),
        start().of_create(),
        Kill::of("create (ready)", LOOK, 1).of_create(),
        Kill::of("create (ready)", LOOK, 2).of_create(),
    );
}

#[tokio::test]
async fn a_branch_that_is_killed_at_its_start_leaves_nothing() {
    let fork = || Kill::of("branch (fork)", FORK, 1);
    let before = Kill { after: false, ..fork() };
    tokio::join!(before.of_branch(), fork().of_branch());
}

#[tokio::test]
async fn a_branch_that_is_killed_at_its_second_copy_leaves_nothing() {
    let expire = || Kill::of("branch (expire)", EXPIRE, 2);
    let before = Kill {
        after: false,
        ..expire()
    };
    tokio::join!(
        before.of_branch(),
        expire().of_branch(),
        Kill::of("branch (ready)", LOOK, 2).of_branch(),
    );
}
