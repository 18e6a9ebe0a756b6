//! Numbers: timeouts, counts and ports.

use serde_json::{Value, json};

use crate::{house, refuses_as, sandbox, with};

/// What no field that counts takes.
fn no_numbers() -> Vec<Value> {
    let huge = serde_json::from_str("123456789012345678901234567890").expect("a number");
    vec![
        json!(0),
        json!(-1),
        json!(i64::MIN),
        json!(1.5),
        json!(0.1),
        json!(u64::MAX),
        huge,
        json!(1e300),
        json!("1"),
        json!(true),
        json!([1]),
        json!({}),
    ]
}

#[tokio::test]
async fn an_idle_timeout_that_is_none() {
    let house = house().await;
    let wrong = [no_numbers(), vec![json!(31_536_001)]].concat();
    let text = "`idle_timeout_secs` must be a whole number from 1 to 31536000";
    refuses_as(
        &house,
        "create",
        json!({"image": "x"}),
        "idle_timeout_secs",
        &wrong,
        text,
    )
    .await;
}

#[tokio::test]
async fn a_timeout_that_is_none() {
    let house = house().await;
    let known = with(&sandbox(), "cmd", json!("true"));
    let wrong = [no_numbers(), vec![json!(86_400_001)]].concat();
    let text = "`timeout_ms` must be a whole number from 1 to 86400000";
    refuses_as(&house, "exec", known, "timeout_ms", &wrong, text).await;
}

#[tokio::test]
async fn a_count_that_is_none() {
    let house = house().await;
    let wrong = [no_numbers(), vec![json!(101)]].concat();
    let text = "`count` must be a whole number from 1 to 100";
    refuses_as(&house, "branch", sandbox(), "count", &wrong, text).await;
}

#[tokio::test]
async fn a_port_that_is_none() {
    let house = house().await;
    let wrong = [no_numbers(), vec![json!(65_536), json!("8080")]].concat();
    let text = "`port` must be a whole number from 1 to 65535";
    refuses_as(&house, "expose_port", sandbox(), "port", &wrong, text).await;
}

#[tokio::test]
async fn a_number_written_with_a_fraction_of_nothing_is_whole() {
    let house = house().await;
    let sandbox = house.sandbox_with(json!({"idle_timeout_secs": 60.0})).await;
    assert_eq!(house.morph().instance(&sandbox).expect("started").ttl_seconds, Some(60));
    let exposed = house
        .call("expose_port", json!({"sandbox_id": sandbox, "port": 8080.0}))
        .await;
    let url = house.morph().instance(&sandbox).expect("started").services[0]
        .url
        .clone();
    assert_eq!(exposed, Ok(json!({"url": url})));
}
