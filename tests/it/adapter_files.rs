//! Files of a sandbox, through the engine's router and its channels.

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

use crate::WORKER;

/// A deployment that the router is bound to, and a sandbox of it.
struct Stage {
    deployment: Deployment,
    sandbox: Value,
}

impl Stage {
    async fn start() -> Self {
        let deployment = Deployment::builder(WORKER)
            .config("images: {python: snapshot_base}")
            .start()
            .await;
        deployment.engine.bind_sandbox_adapter("sandbox-morph");
        let created = deployment
            .engine
            .call("sandbox::create", json!({"image": "python"}))
            .await
            .expect("a sandbox");
        Self {
            deployment,
            sandbox: created["sandbox_id"].clone(),
        }
    }

    async fn call(&self, operation: &str, mut fields: Value) -> Result<Value, CallError> {
        fields["sandbox_id"] = self.sandbox.clone();
        self.deployment
            .engine
            .call(&format!("sandbox::fs::{operation}"), fields)
            .await
    }

    async fn answer(&self, operation: &str, fields: Value) -> Value {
        let answer = self.call(operation, fields.clone()).await;
        answer.unwrap_or_else(|error| panic!("{operation} {fields}: {error}"))
    }

    /// The code that consumers find in the message.
    async fn code(&self, operation: &str, fields: Value) -> String {
        let error = self.call(operation, fields).await.expect_err("it is refused");
        let json = error.message.find('{').map(|at| &error.message[at..]);
        let fault: Value = serde_json::from_str(json.unwrap_or_default()).expect("a payload");
        fault["code"].as_str().expect("a code").to_owned()
    }

    async fn read(&self, path: &str) -> (Value, Vec<u8>) {
        let answer = self.answer("read", json!({"path": path})).await;
        let received = self.deployment.engine.sink(&answer["content"]).read_to_end().await;
        let received = received.expect("a whole file");
        assert_eq!(received.texts, <[&str; 0]>::default());
        (answer, received.bytes)
    }
}

#[tokio::test]
async fn a_file_is_written_looked_at_read_moved_and_removed() {
    let stage = Stage::start().await;
    let written = stage
        .answer(
            "write",
            json!({"path": "a/b/f", "content": "a ü\n", "parents": true, "mode": "0640"}),
        )
        .await;
    assert_eq!(written, json!({"bytes_written": 5, "path": "a/b/f"}));
    let listed = stage.answer("ls", json!({"path": "a/b"})).await;
    let entry = &listed["entries"][0];
    assert_eq!(
        (&entry["name"], &entry["size"], &entry["mode"]),
        (&json!("f"), &json!(5), &json!("0640"))
    );
    assert_eq!(&stage.answer("stat", json!({"path": "a/b/f"})).await, entry);
    let (answer, bytes) = stage.read("a/b/f").await;
    assert_eq!((&answer["body"], bytes), (&json!("a ü\n"), "a ü\n".as_bytes().to_vec()));
    assert_eq!(
        stage.answer("mkdir", json!({"path": "c"})).await,
        json!({"created": true})
    );
    assert_eq!(
        stage.answer("mv", json!({"src": "a/b/f", "dst": "c/g"})).await,
        json!({"moved": true})
    );
    let changed = stage.answer("chmod", json!({"path": "c", "mode": "0700", "recursive": true}));
    assert_eq!(changed.await, json!({"updated": 2}));
    assert_eq!(
        stage.answer("rm", json!({"path": "c", "recursive": true})).await,
        json!({"removed": true})
    );
    assert_eq!(stage.code("stat", json!({"path": "c/g"})).await, "S211");
    assert_eq!(
        stage.code("write", json!({"path": "missing/f", "content": ""})).await,
        "S211"
    );
    assert_eq!(stage.code("ls", json!({})).await, "S001");
    stage.deployment.engine.wait_channels(0).await;
}

#[tokio::test]
async fn lines_are_found_and_replaced() {
    let stage = Stage::start().await;
    for (path, content) in [("d/one", "alpha\nbeta\n"), ("d/e/two", "gamma\nalpha\n")] {
        stage
            .answer("write", json!({"path": path, "content": content, "parents": true}))
            .await;
    }
    let found = stage.answer("grep", json!({"path": "d", "pattern": "^al(.*)$"})).await;
    let rows = json!([
        {"path": "d/e/two", "line": 2, "content": "alpha"},
        {"path": "d/one", "line": 1, "content": "alpha"},
    ]);
    assert_eq!(found, json!({"matches": rows, "truncated": false}));
    let request = json!({"path": "d", "pattern": "^al(.*)$", "replacement": "${1}al", "include_glob": ["one"]});
    let replaced = stage.answer("sed", request).await;
    let rows = json!([{"path": "d/one", "replacements": 1, "success": true}]);
    assert_eq!(replaced, json!({"results": rows, "total_replacements": 1}));
    assert_eq!(stage.read("d/one").await.1, b"phaal\nbeta\n");
    assert_eq!(stage.code("grep", json!({"path": "d", "pattern": "("})).await, "S217");
}

#[tokio::test]
async fn what_is_longer_than_a_program_goes_through_channels() {
    let stage = Stage::start().await;
    let sent: Vec<u8> = (0..3_000_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let source = stage.deployment.engine.source();
    let request = json!({"path": "f", "content": source.reference()});
    let (written, ()) = tokio::join!(stage.answer("write", request), source.send_all(&sent));
    assert_eq!(written["bytes_written"], sent.len());
    let (answer, bytes) = stage.read("f").await;
    assert_eq!((answer.get("body"), &answer["size"]), (None, &json!(sent.len())));
    assert!(bytes == sent, "{} bytes came back", bytes.len());
    stage.deployment.engine.wait_channels(0).await;
}

#[tokio::test]
async fn a_channel_of_one_sandbox_is_written_to_another() {
    let stage = Stage::start().await;
    stage
        .answer("write", json!({"path": "f", "content": "passed on"}))
        .await;
    let read = stage.answer("read", json!({"path": "f"})).await;
    stage
        .answer("write", json!({"path": "g", "content": read["content"]}))
        .await;
    assert_eq!(stage.read("g").await.1, b"passed on");
}

#[tokio::test]
async fn a_source_that_breaks_off_leaves_nothing() {
    let stage = Stage::start().await;
    for bytes in [0, 10, 200_000] {
        for has_failed in [false, true] {
            let source = stage.deployment.engine.source();
            let request = json!({"path": "d/f", "content": source.reference(), "parents": true});
            let breaking = async move {
                source.send(&vec![7; bytes]).await;
                match has_failed {
                    true => {
                        source.say("{\"error\": \"gone\"}").await;
                        source.close().await;
                    }
                    false => source.break_off(1011, "gone").await,
                }
            };
            let (code, ()) = tokio::join!(stage.code("write", request), breaking);
            assert_eq!(code, "S218", "{bytes} {has_failed}");
        }
    }
    let left = stage.call("ls", json!({"path": "d"})).await;
    assert!(left.is_err() || left == Ok(json!({"entries": []})), "{left:?}");
}

/// A deployment with no such channel: the one of an answer is over once it was read.
#[tokio::test]
async fn a_channel_that_is_over_is_s218() {
    let stage = Stage::start().await;
    stage.answer("write", json!({"path": "f", "content": "once"})).await;
    let (answer, _) = stage.read("f").await;
    stage.deployment.engine.wait_channels(0).await;
    assert_eq!(
        stage
            .code("write", json!({"path": "g", "content": answer["content"]}))
            .await,
        "S218"
    );
    assert_eq!(stage.code("stat", json!({"path": "g"})).await, "S211");
}

#[tokio::test]
async fn files_of_a_sandbox_that_has_ended_are_gone_with_it() {
    let stage = Stage::start().await;
    stage.answer("write", json!({"path": "f", "content": ""})).await;
    let stop = json!({"sandbox_id": stage.sandbox});
    stage
        .deployment
        .engine
        .call("sandbox::stop", stop)
        .await
        .expect("it ends");
    assert_eq!(stage.code("stat", json!({"path": "f"})).await, "S004");
    let unknown = json!({"sandbox_id": "0195b7f6-0000-7000-8000-000000000000", "path": "f"});
    let unknown = stage.deployment.engine.call("sandbox::fs::stat", unknown).await;
    assert!(unknown.expect_err("it is unknown").message.contains("S002"));
}
