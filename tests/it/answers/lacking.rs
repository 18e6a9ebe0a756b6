//! Answers that are JSON, but not what is needed.

use serde_json::{Value, json};
use testkit::deployment::fields_of;
use testkit::{CallError, Deployment};

use super::{UNREADABLE, WORKER};

/// What an answer has in the place of a field: nothing, null, or something else.
fn instead(others: &[Value]) -> Vec<Option<Value>> {
    let others = others.iter().cloned().map(Some);
    [None, Some(Value::Null)].into_iter().chain(others).collect()
}

/// From now on `call` answers without the field at a JSON pointer, or with `value` there.
fn spoil(deployment: &Deployment, call: &str, pointer: &'static str, value: Option<Value>) {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    deployment.morph().clear_rewrites();
    deployment
        .morph()
        .rewrite(method, path, move |answer| put(answer, pointer, value.clone()));
}

fn put(answer: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = answer
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .expect("an object");
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
}

/// Spoils one field of the answers to `call` in every way; `at` is the place in the function that is called.
async fn check(at: &str, call: &str, pointer: &'static str, others: &[Value], fields: Value) {
    check_on(&Deployment::start(WORKER).await, at, call, pointer, others, fields).await;
}

async fn check_on(
    deployment: &Deployment,
    at: &str,
    call: &str,
    pointer: &'static str,
    others: &[Value],
    fields: Value,
) {
    let mut payload = fields;
    payload["sandbox_id"] = json!(deployment.sandbox().await);
    let function = at.split(' ').next().expect("a function");
    for value in instead(others) {
        spoil(deployment, call, pointer, value.clone());
        let answered = deployment.call(function, fields_of(function, &payload)).await;
        let expected = CallError::unavailable(&format!("{at}: {UNREADABLE} ({call})"));
        assert_eq!(answered, Err(expected), "{pointer} is {value:?}");
    }
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
}

const EXEC: &str = "POST /instance/{instance_id}/exec";
const LOOK: &str = "GET /instance/{instance_id}";
const SNAPSHOT: &str = "POST /instance/{instance_id}/snapshot";

#[tokio::test]
async fn an_exec_without_an_exit_code() {
    let others = [json!("0"), json!(0.5), json!(true), json!([0]), json!(u64::MAX)];
    check("exec", EXEC, "/exit_code", &others, json!({"cmd": "true"})).await;
}

#[tokio::test]
async fn an_exec_without_output() {
    let others = [json!(7), json!(["line"]), json!({})];
    check("exec", EXEC, "/stdout", &others, json!({"cmd": "true"})).await;
    check(
        "exec",
        EXEC,
        "/stderr",
        &others,
        json!({"cmd": "true", "timeout_ms": 5000}),
    )
    .await;
}

#[tokio::test]
async fn a_create_without_an_id() {
    let others = [json!(7), json!({}), json!(["morphvm_1"])];
    check(
        "create (start)",
        "POST /instance",
        "/id",
        &others,
        json!({"image": "snapshot_base"}),
    )
    .await;
}

#[tokio::test]
async fn a_create_without_a_moment() {
    let others = [json!("now"), json!({}), json!(1.5)];
    let deployment = Deployment::builder(WORKER)
        .config("ready_timeout_secs: 1")
        .start()
        .await;
    let at = "create (ready): not ready within 1 s; the last look";
    check_on(
        &deployment,
        at,
        LOOK,
        "/created",
        &others,
        json!({"image": "snapshot_base"}),
    )
    .await;
}

#[tokio::test]
async fn a_snapshot_without_an_id() {
    let call = "POST /instance/{instance_id}/snapshot";
    check("snapshot (save)", call, "/id", &[json!(7)], json!({})).await;
}

#[tokio::test]
async fn a_branch_without_copies() {
    let call = "POST /instance/{instance_id}/branch";
    let others = [json!({}), json!("two")];
    check("branch (fork)", call, "/instances", &others, json!({})).await;
}

#[tokio::test]
async fn a_branch_with_copies_that_have_no_ids() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await});
    for copies in [json!([7, 8]), json!([{"name": "copy"}, {"name": "another"}])] {
        spoil(
            &deployment,
            "POST /instance/{instance_id}/branch",
            "/instances",
            Some(copies),
        );
        let answered = deployment.call("branch", payload.clone()).await;
        let what = "unreadable answer: it gives an id that cannot be used";
        assert_eq!(answered, Err(CallError::unavailable(what)));
    }
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
}

#[tokio::test]
async fn a_create_with_an_id_that_would_leave_its_path() {
    let deployment = Deployment::start(WORKER).await;
    for id in ["", "..", "../snapshot/x", "a b", "a?b", "a%2fb"] {
        spoil(&deployment, "POST /instance", "/id", Some(json!(id)));
        let answered = deployment.call("create", json!({"image": "snapshot_base"})).await;
        let what = "unreadable answer: it gives an id that cannot be used";
        assert_eq!(answered, Err(CallError::unavailable(what)), "{id:?}");
    }
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
}

#[tokio::test]
async fn a_moment_that_no_calendar_has() {
    let deployment = Deployment::start(WORKER).await;
    spoil(&deployment, LOOK, "/created", Some(json!(i64::MAX)));
    let answered = deployment.call("create", json!({"image": "snapshot_base"})).await;
    let what = "unreadable answer: `rfc3339` takes seconds since 1970 or RFC 3339";
    assert_eq!(answered, Err(CallError::unavailable(what)));
    deployment.morph().wait_for_instances(<[_]>::is_empty).await;
}

#[tokio::test]
async fn a_branch_that_starts_one_twice() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "count": 2});
    deployment.morph().rewrite("POST", "/instance/{id}/branch", |answer| {
        answer["instances"][1] = answer["instances"][0].clone();
    });
    let answered = deployment.call("branch", payload).await;
    assert_eq!(
        answered,
        Err(CallError::unavailable("the provider started 1 of 2 sandboxes"))
    );
    deployment.morph().wait_for_instances(|left| left.len() == 1).await;
}

#[tokio::test]
async fn a_snapshot_that_failed() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await});
    spoil(&deployment, SNAPSHOT, "/status", Some(json!("failed")));
    let answered = deployment.call("snapshot", payload).await;
    let what = "snapshot (saved): the provider says that it failed (GET /snapshot/{snapshot_id})";
    assert_eq!(answered, Err(CallError::unavailable(what)));
}

#[tokio::test]
async fn a_port_that_is_exposed_but_not_listed() {
    let deployment = Deployment::start(WORKER).await;
    let payload = json!({"sandbox_id": deployment.sandbox().await, "port": 80});
    let services = "/networking/http_services";
    spoil(&deployment, LOOK, services, Some(json!([])));
    let exposed = move |answer: &mut Value| put(answer, services, Some(json!([])));
    deployment.morph().rewrite("POST", "/instance/{id}/http", exposed);
    let answered = deployment.call("expose_port", payload).await;
    let why = "expose_port (expose): done, but it did not appear within 12 s (POST /instance/{instance_id}/http)";
    assert_eq!(answered, Err(CallError::unavailable(why)));
}

#[tokio::test]
async fn a_list_that_is_none() {
    let deployment = Deployment::start(WORKER).await;
    let known = json!({"sandboxes": [], "in_flight": 0, "cap": 10, "remaining": 10, "reconciled": false});
    for value in instead(&[json!({}), json!("none"), json!(7)]) {
        spoil(&deployment, "GET /instance", "/data", value);
        assert_eq!(deployment.call("list", json!({})).await, Ok(known.clone()));
    }
}
