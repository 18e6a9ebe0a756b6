//! snapshot: what is saved starts further sandboxes.

use serde_json::json;

use crate::{configured, e2b};

#[tokio::test]
async fn a_snapshot_is_an_image_and_its_sandbox_lives_on() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    std::fs::write(e2b(&worker).home(&sandbox).join("kept"), "yes").expect("a file");
    let saved = worker
        .call("snapshot", json!({"sandbox_id": sandbox}))
        .await
        .expect("a snapshot");
    assert_eq!(
        e2b(&worker).snapshots(),
        [saved["snapshot_id"].as_str().expect("an id")]
    );
    let copy = worker.sandbox_with(json!({"image": saved["snapshot_id"]})).await;
    assert!(e2b(&worker).home(&copy).join("kept").exists());
    assert_eq!(worker.in_flight().await, 2);
    let sent = e2b(&worker).requests_to("POST", "/sandboxes/{id}/snapshots");
    assert_eq!(sent[0].body, Some(json!({})));
}

#[tokio::test]
async fn what_is_paused_or_gone_cannot_be_saved() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    e2b(&worker).pause_sandbox(&sandbox);
    let refused = worker.refusal("snapshot", json!({"sandbox_id": sandbox})).await;
    assert!(refused.starts_with("[S502] ") && refused.contains("409"), "{refused}");
    e2b(&worker).remove_sandbox(&sandbox);
    let refused = worker.refusal("snapshot", json!({"sandbox_id": sandbox})).await;
    assert!(
        refused.starts_with("[S002] ") && !refused.contains("not found"),
        "{refused}"
    );
}
