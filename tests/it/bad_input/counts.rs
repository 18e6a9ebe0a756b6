//! Numbers: timeouts, counts and ports.

use serde_json::{Value, json};

use super::{Function, deployment};

/// What no field that counts takes.
#[rustfmt::skip]
fn no_counts() -> [Value; 12] {
    let huge = serde_json::from_str("123456789012345678901234567890").expect("a number");
    [
        json!(0), json!(-1), json!(i64::MIN), json!(1.5), json!(0.1), json!(u64::MAX), huge, json!(1e300), json!("1"),
        json!(true), json!([1]), json!({}),
    ]
}

/// Neither those nor one more than the largest are taken.
async fn refuses(function: &'static str, field: &str, largest: u64) {
    let deployment = deployment().await;
    let function = Function::of(&deployment, function);
    let text = format!("`{field}` must be a whole number from 1 to {largest}");
    function.refuses(field, no_counts(), &text).await;
    function.refuses(field, [json!(largest + 1)], &text).await;
}

#[tokio::test]
async fn an_idle_timeout_that_is_none() {
    refuses("create", "idle_timeout_secs", 31_536_000).await;
}

#[tokio::test]
async fn a_timeout_that_is_none() {
    refuses("exec", "timeout_ms", 86_400_000).await;
}

#[tokio::test]
async fn a_count_that_is_none() {
    refuses("branch", "count", 100).await;
}

#[tokio::test]
async fn a_port_that_is_none() {
    refuses("expose_port", "port", 65_535).await;
}

#[tokio::test]
async fn a_number_with_a_fraction_of_zero_is_whole() {
    let deployment = deployment().await;
    let sandbox = deployment.sandbox_with(json!({"idle_timeout_secs": 60.0})).await;
    let payload = json!({"sandbox_id": sandbox, "port": 8080.0});
    deployment.call("expose_port", payload).await.expect("a url");
    let instance = deployment.morph().instance(&sandbox).expect("a sandbox");
    assert_eq!((instance.ttl_seconds, instance.services[0].port), (Some(60), 8080));
}
