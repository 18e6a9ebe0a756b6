//! Ids that would not stay one segment of a URL's path.

use serde_json::{Value, json};

use crate::{house, refuses_as};

/// Every function that takes an id, with the other fields that it requires.
fn takers() -> [(&'static str, Value); 5] {
    [
        ("exec", json!({"cmd": "true"})),
        ("stop", json!({})),
        ("snapshot", json!({})),
        ("branch", json!({})),
        ("expose_port", json!({"port": 80})),
    ]
}

#[tokio::test]
async fn an_id_that_is_no_path_segment() {
    let house = house().await;
    let wrong = [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "../x",
        "a?b",
        "?x=1",
        "a#b",
        "a%2fb",
        "%",
        "%2e%2e",
        "a b",
        " a",
        "a ",
        "a\tb",
        "a\nb",
        "a\r\nX-Injected: 1",
        "a\0b",
        "a\u{7f}",
        "a\u{85}b",
        "a\\b",
        "..;a",
        "a\u{200b}b",
        "a\u{2024}",
        "\u{ff0f}",
    ];
    let mut wrong: Vec<Value> = wrong.map(Value::from).into();
    wrong.push("x".repeat(257).into());
    for (function, known) in takers() {
        refuses_as(
            &house,
            function,
            known,
            "sandbox_id",
            &wrong,
            "`sandbox_id` must be one path segment",
        )
        .await;
    }
}

#[tokio::test]
async fn an_id_that_is_no_text() {
    let house = house().await;
    let wrong = [json!(7), json!(true), json!(["morphvm_1"]), json!({"id": "morphvm_1"})];
    for (function, known) in takers() {
        refuses_as(
            &house,
            function,
            known,
            "sandbox_id",
            &wrong,
            "`sandbox_id` must be a string",
        )
        .await;
    }
}

#[tokio::test]
async fn an_id_that_looks_odd_stays_one_segment() {
    let house = house().await;
    for id in [
        "a:b@c", "a,b&c=d", "(a)", "ä", "...", "a+b", "~", "a|b", "\"", "<a>", "[1]", "{a}", "`a`", "^",
    ] {
        let refused = house
            .call("snapshot", json!({"sandbox_id": id}))
            .await
            .expect_err("a refusal");
        assert_eq!(refused.message, "[S502] provider unavailable: no such sandbox");
        let asked = house.morph().requests().pop().expect("a look");
        let segments: Vec<_> = asked.path.split('/').collect();
        assert_eq!(
            (segments.len(), segments[1], asked.query.len()),
            (3, "instance", 0),
            "{id}: {}",
            asked.path
        );
    }
}
