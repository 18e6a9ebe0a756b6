//! How long sandboxes live: a timeout that counts from when it is set becomes an idle timeout.

use serde_json::json;
use testkit::{Deployment, mapping};

use crate::{MAPPING, configured, e2b, worker};

/// How many seconds it lives yet.
fn left(worker: &Deployment, sandbox: &str) -> u64 {
    let ends_at = e2b(worker).sandbox(sandbox).expect("it lives").ends_at;
    ends_at.saturating_sub(e2b(worker).now())
}

#[tokio::test]
async fn the_idle_timeout_is_set_when_the_sandbox_is_ready() {
    let worker = configured("default_idle_timeout_secs: 45").await;
    let sandbox = worker.sandbox().await;
    let path = format!("/sandboxes/{sandbox}/timeout");
    let sent = e2b(&worker).wait_for_request("POST", &path, 1).await;
    assert_eq!(sent.body, Some(json!({"timeout": 45})));
    e2b(&worker)
        .wait_for_sandboxes(|all| all[0].ends_at - all[0].started_at <= 46)
        .await;
    assert!(left(&worker, &sandbox) <= 46);
}

#[tokio::test]
async fn extend_lets_it_live_so_long_at_least_where_the_configuration_lists_it() {
    let mut functions = mapping::functions(MAPPING);
    functions.push("extend".to_owned());
    let worker = worker()
        .config("functions: [extend]")
        .functions(&functions)
        .start()
        .await;
    let sandbox = worker.sandbox().await;
    let extended = worker
        .call("extend", json!({"sandbox_id": sandbox, "secs": 3600}))
        .await;
    assert_eq!(extended, Ok(json!({})));
    assert!(left(&worker, &sandbox) > 3590, "{}", left(&worker, &sandbox));
    let created = worker
        .call("create", json!({"image": "base"}))
        .await
        .expect("a sandbox");
    assert_eq!(
        created["capabilities"].as_array().expect("tags").last(),
        Some(&json!("extend"))
    );
}

#[tokio::test]
async fn without_a_word_in_the_configuration_there_is_no_extend() {
    let worker = configured("").await;
    assert!(worker.engine.functions().iter().all(|one| !one.id.ends_with("extend")));
}

#[tokio::test]
async fn one_that_has_ended_is_not_counted_any_more() {
    let worker = configured("default_idle_timeout_secs: 60").await;
    worker.sandbox().await;
    worker.simulator().advance(std::time::Duration::from_secs(600));
    worker.wait_for_in_flight(0).await;
}
