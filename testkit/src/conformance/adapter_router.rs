//! The worker behind the engine's router: what its consumers do there, through `sandbox::*` alone.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::acting::{nothing_is_left, running};
use super::adapting::{self, Fault, IMAGE};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::engine::CallError;
use crate::simulator::Seen;

async fn bound(worker: DeploymentBuilder) -> Deployment {
    let deployment = adapting::started(worker).await;
    deployment.bind_adapter();
    deployment
}

async fn call(deployment: &Deployment, operation: &str, payload: Value) -> Result<Value, CallError> {
    deployment.engine.call(&format!("sandbox::{operation}"), payload).await
}

async fn done(deployment: &Deployment, operation: &str, payload: Value) -> Value {
    let answer = call(deployment, operation, payload.clone()).await;
    answer.unwrap_or_else(|error| panic!("{operation} of {payload} was refused: {error}"))
}

async fn started(deployment: &Deployment) -> String {
    let created = done(deployment, "create", json!({"image": IMAGE})).await;
    created["sandbox_id"].as_str().expect("an id").to_owned()
}

pub async fn the_router_is_told_which_adapter_it_has(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    let told = done(&deployment, "adapter::info", json!({})).await;
    let info = &told["info"];
    assert_eq!(info["adapter"], told["adapter"]);
    assert_eq!(info["contract"], json!({"major": 1, "minor": 2}));
    assert_eq!(info["features"], json!([]));
    assert!(
        info["adapter_version"]
            .as_str()
            .is_some_and(|version| version.contains('.')),
        "{info}"
    );
    deployment.engine.go_away().await;
    let refused = call(&deployment, "list", json!({})).await.expect_err("nobody is there");
    assert_eq!(Fault::of(&refused).code, "S301");
    deployment.engine.come_back().await;
    deployment.engine.registered(&deployment.adapter_id("list")).await;
    assert_eq!(done(&deployment, "list", json!({})).await, json!({"sandboxes": []}));
}

/// Every function says in its schemas what it takes and answers, and lets through what callers add.
pub async fn what_it_forwards_to_is_described(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    for function in adapting::offered(&deployment) {
        let registered = deployment.engine.registered(&deployment.adapter_id(&function)).await;
        assert!(
            registered.description.is_some_and(|text| !text.is_empty()),
            "{function}"
        );
        let request = registered.request_format.unwrap_or_default();
        let response = registered.response_format.unwrap_or_default();
        assert_eq!(
            (&request["type"], &response["type"]),
            (&json!("object"), &json!("object")),
            "{function}"
        );
        assert_ne!(request["additionalProperties"], false, "{function}");
    }
}

/// What the worker of an IDE decodes an answer into.
#[derive(Debug, Deserialize)]
struct Ran {
    stdout: String,
    exit_code: i32,
    timed_out: bool,
    duration_ms: u64,
    success: bool,
}

/// How it takes an error: by the code in the JSON, else by the first that looks like one.
fn code(error: &CallError) -> String {
    let text = &error.message;
    let payload = text
        .find('{')
        .and_then(|at| serde_json::from_str::<Value>(&text[at..]).ok());
    let code = payload.and_then(|payload| payload["code"].as_str().map(str::to_owned));
    code.unwrap_or_else(|| error.code.clone())
}

pub async fn an_ide_decodes_what_a_program_answers(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    let sandbox = started(&deployment).await;
    Uuid::try_parse(&sandbox).expect("its type is that of a UUID");
    let program = |script: &str, limit: u64| json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", script], "timeout_ms": limit});
    for (script, exit_code) in [("echo hi", 0), ("echo hi; exit 7", 7), ("echo hi; kill -9 $$", 137)] {
        let answer = done(&deployment, "exec", program(script, 30_000)).await;
        let ran: Ran = serde_json::from_value(answer).expect("the answer that it knows");
        assert_eq!((ran.stdout.as_str(), ran.exit_code), ("hi\n", exit_code));
        assert_eq!((ran.timed_out, ran.success), (false, exit_code == 0));
        assert!(ran.duration_ms < 30_000);
    }
    let late = call(&deployment, "exec", program("sleep 60", 500)).await;
    assert_eq!(code(&late.expect_err("a timeout")), "S200");
}

/// As the fleet page polls: every two seconds, compared without the age, at most ten seconds for an answer.
pub async fn a_page_of_the_fleet_follows_what_happens(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    let look = async || {
        let listed = timeout(Duration::from_secs(10), done(&deployment, "list", json!({})))
            .await
            .expect("an answer");
        let rows = listed["sandboxes"].as_array().expect("rows").iter().map(|row| {
            let mut row = row.clone();
            row.as_object_mut().expect("a row").remove("age_secs");
            (row["sandbox_id"].as_str().expect("an id").to_owned(), row)
        });
        rows.collect::<BTreeMap<_, _>>()
    };
    assert!(look().await.is_empty());
    let named = done(&deployment, "catalog::list", json!({})).await["images"][0]["name"].clone();
    let created = done(&deployment, "create", json!({"image": named, "name": "from the page"})).await;
    let id = created["sandbox_id"].as_str().expect("an id");
    let first = look().await;
    assert_eq!((first.len(), &first[id]["name"]), (1, &json!("from the page")));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(look().await, first, "nothing has happened");
    done(&deployment, "stop", json!({"sandbox_id": id})).await;
    assert!(look().await.is_empty());
}

/// As a code runner has a session: a sandbox, files, programs that read their input, and an end.
pub async fn a_code_runner_has_a_session(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    let env = json!({"III_URL": "ws://engine.example:49134"});
    let created = done(
        &deployment,
        "create",
        json!({"image": IMAGE, "network": true, "env": env}),
    )
    .await;
    let id = created["sandbox_id"].as_str().expect("an id").to_owned();
    for number in 0..3 {
        let code = base64_of(&format!("echo run {number} at $III_URL\n"));
        let ran = done(
            &deployment,
            "exec",
            json!({"sandbox_id": id, "cmd": "sh", "stdin": code}),
        )
        .await;
        assert_eq!(ran["stdout"], format!("run {number} at ws://engine.example:49134\n"));
    }
    assert_eq!(
        done(&deployment, "list", json!({})).await["sandboxes"][0]["sandbox_id"],
        id.as_str()
    );
    done(&deployment, "stop", json!({"sandbox_id": id})).await;
    // It takes these for a session that is over, and begins another one.
    for operation in ["stop", "exec"] {
        let gone = call(&deployment, operation, json!({"sandbox_id": id, "cmd": "true"})).await;
        let code = code(&gone.expect_err("it is over"));
        assert!(["S002", "S004"].contains(&code.as_str()), "{operation}: {code}");
    }
    nothing_is_left(&deployment).await;
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

pub async fn consumers_do_not_come_into_each_others_way(worker: DeploymentBuilder) {
    let deployment = bound(worker.config("max_concurrent_sandboxes: 6")).await;
    let session = async |number: usize| {
        let sandbox = started(&deployment).await;
        let mine = format!("echo {number} > mine; cat mine");
        for _ in 0..5 {
            let program = json!({"sandbox_id": sandbox, "argv": ["sh", "-c", mine], "env": {"N": number.to_string()}});
            let ran = done(&deployment, "exec", program).await;
            assert_eq!(ran["stdout"], format!("{number}\n"));
            let listed = done(&deployment, "list", json!({})).await.to_string();
            assert!(listed.contains(&sandbox), "{listed}");
        }
        done(&deployment, "stop", json!({"sandbox_id": sandbox})).await;
    };
    join_all((0..4).map(session)).await;
    assert!(running(&deployment).is_empty());
    nothing_is_left(&deployment).await;
}

pub async fn of_two_that_stop_one_sandbox_one_is_told_that_it_did(worker: DeploymentBuilder) {
    let deployment = bound(worker).await;
    let sandbox = started(&deployment).await;
    let stops = (0..4).map(|_| call(&deployment, "stop", json!({"sandbox_id": sandbox})));
    let answers = join_all(stops).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(code(error), "S002", "{error}");
    }
    nothing_is_left(&deployment).await;
}

/// Whether the start is under way or what comes after it.
pub async fn a_create_whose_caller_is_lost_leaves_nothing(worker: DeploymentBuilder) {
    let deployment = bound(worker.config("max_concurrent_sandboxes: 1\nrequest_timeout_secs: 5")).await;
    let traffic = deployment.simulator().traffic();
    for acts in [1, 2] {
        traffic.clear_requests();
        traffic.set_latency(Duration::from_secs(1));
        let payload = json!({"image": IMAGE, "env": {"A": "1"}});
        let creating = deployment.engine.begin("sandbox::create", payload);
        let is_act = |seen: &Seen| seen.method != "GET";
        while traffic.requests().into_iter().filter(is_act).count() < acts {
            sleep(Duration::from_millis(10)).await;
        }
        deployment.engine.drop_connections();
        assert_eq!(creating.await.expect_err("it was stopped").code, "invocation_stopped");
        traffic.set_latency(Duration::ZERO);
        for function in ["create", "stop"] {
            deployment.engine.registered(&deployment.adapter_id(function)).await;
        }
        deployment.engine.registered(&deployment.id("list")).await;
        nothing_is_left(&deployment).await;
        let sandbox = started(&deployment).await;
        done(&deployment, "stop", json!({"sandbox_id": sandbox})).await;
    }
}
