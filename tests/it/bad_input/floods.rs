//! A foolish payload costs little: the check ends at the first thing that is wrong.

use serde_json::{Map, Value, json};
use testkit::Deployment;

use super::WORKER;

/// What a look at a payload may cost beyond the payload itself.
const LITTLE: u64 = 50 << 20;

/// `exec` refuses a payload, and holds hardly more memory for that than a function that does not look into it.
async fn refuses(payload: Value, text: &str) {
    let deployment = Deployment::start(WORKER).await;
    // More than once: what the SDK holds of one payload may not be given back before it takes the next.
    for _ in 0..3 {
        deployment.refusal("list", payload.clone()).await;
    }
    let held = deployment.worker.peak_memory();
    assert_eq!(
        deployment.refusal("exec", payload).await,
        format!("[S001] bad input: {text}")
    );
    let beyond = deployment.worker.peak_memory().saturating_sub(held);
    assert!(beyond < LITTLE, "{beyond} bytes for {text}");
}

#[tokio::test]
async fn three_million_wrong_arguments() {
    let args = vec![Value::from(1); 3_000_000];
    let payload = json!({"sandbox_id": "vm_1", "cmd": "true", "args": args});
    refuses(payload, "`args` must have 65536 entries or less").await;
}

#[tokio::test]
async fn as_many_as_there_may_be_all_wrong() {
    let args = vec![Value::from(1); 65_536];
    let payload = json!({"sandbox_id": "vm_1", "cmd": "true", "args": args});
    refuses(payload, "`args[0]` must be a string").await;
}

#[tokio::test]
async fn two_hundred_thousand_names_that_are_none() {
    let names = (0..200_000).map(|n| (format!("{n}-"), json!("x")));
    let payload = json!({"sandbox_id": "vm_1", "cmd": "true", "env": names.collect::<Map<_, _>>()});
    refuses(payload, "`env` must have 4096 entries or less").await;
}

#[tokio::test]
async fn few_that_are_huge() {
    let payload = json!({"sandbox_id": "vm_1", "cmd": "true", "args": ["x".repeat(3 << 20)]});
    refuses(payload, "`args` must have 2097152 bytes or less in all").await;
}
