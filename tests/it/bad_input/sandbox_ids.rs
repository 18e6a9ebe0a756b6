//! Ids that would not stay one segment of a URL's path.

use serde_json::{Value, json};

use super::{Function, deployment};

const TAKERS: [&str; 5] = ["exec", "stop", "snapshot", "branch", "expose_port"];

#[rustfmt::skip]
const NO_SEGMENTS: [&str; 26] = [
    "", ".", "..", "/", "a/b", "../x", "a?b", "?x=1", "a#b", "a%2fb", "%", "%2e%2e", "a b", " a", "a ", "a\tb",
    "a\nb", "a\r\nX-Injected: 1", "a\0b", "a\u{7f}", "a\u{85}b", "a\\b", "..;a", "a\u{200b}b", "a\u{2024}", "\u{ff0f}",
];

#[rustfmt::skip]
const ODD_SEGMENTS: [&str; 14] = [
    "a:b@c", "a,b&c=d", "(a)", "ä", "...", "a+b", "~", "a|b", "\"", "<a>", "[1]", "{a}", "`a`", "^",
];

#[tokio::test]
async fn an_id_that_is_no_path_segment() {
    let deployment = deployment().await;
    for name in TAKERS {
        let function = Function::of(&deployment, name);
        let text = "`sandbox_id` must be one path segment";
        function.refuses("sandbox_id", NO_SEGMENTS.map(Value::from), text).await;
        function.refuses("sandbox_id", ["x".repeat(257).into()], text).await;
    }
}

#[tokio::test]
async fn an_id_that_is_no_text() {
    let deployment = deployment().await;
    for name in TAKERS {
        let function = Function::of(&deployment, name);
        let wrong = [json!(7), json!(true), json!(["morphvm_1"]), json!({"id": "morphvm_1"})];
        function
            .refuses("sandbox_id", wrong, "`sandbox_id` must be a string")
            .await;
    }
}

#[tokio::test]
async fn an_id_that_looks_odd_stays_one_segment() {
    let deployment = deployment().await;
    for id in ODD_SEGMENTS {
        let text = deployment.refusal("snapshot", json!({"sandbox_id": id})).await;
        assert_eq!(text, "[S002] no such sandbox");
        let asked = deployment.morph().requests().pop().expect("a look");
        let segments: Vec<_> = asked.path.split('/').collect();
        assert_eq!(segments[..2], ["", "instance"], "{id}");
        assert_eq!((segments.len(), asked.query.len()), (3, 0), "{id}: {}", asked.line());
    }
}
