//! The contract's operations over shells of this machine, with channels in memory.

mod entries;
mod memory;
mod provided;
mod read;
mod search;
mod write;

use std::sync::Arc;

use serde_json::{Value, json};

use self::memory::Memory;
use super::{Operation, call};
use crate::{
    adapter::fault::{Fault, Outcome},
    guest::{script::Exec, tests::local::Local},
};

/// A sandbox and the channels of its engine.
struct Stage<E = Local> {
    sandbox: Arc<E>,
    channels: Memory,
}

impl Stage {
    fn usual() -> Self {
        Self::of(Local::usual())
    }
}

impl<E: Exec + Send + 'static> Stage<E> {
    fn of(sandbox: E) -> Self {
        Self {
            sandbox: Arc::new(sandbox),
            channels: Memory::default(),
        }
    }

    async fn call(&self, operation: Operation, request: Value) -> Outcome<Value> {
        call(operation, self.sandbox.clone(), &self.channels, request).await
    }

    /// The code, and the fix if there is one.
    async fn refused(&self, operation: Operation, request: Value) -> (&'static str, Value) {
        let fault = self.call(operation, request).await.expect_err("it is refused");
        (fault.code().name(), fixed(&fault))
    }
}

fn fixed(fault: &Fault) -> Value {
    fault.payload()["fix"].clone()
}

/// Without a fix.
fn code(code: &'static str) -> (&'static str, Value) {
    (code, Value::Null)
}

#[tokio::test]
async fn a_field_that_is_missing_or_wrong_is_named() {
    let stage = Stage::usual();
    for (operation, request, field) in [
        (Operation::Ls, json!({}), "path"),
        (Operation::Ls, json!({"path": null}), "path"),
        (Operation::Stat, json!({"path": 1}), "path"),
        (Operation::Mkdir, json!({"path": "d", "parents": "yes"}), "parents"),
        (Operation::Rm, json!({"path": "d", "recursive": 1}), "recursive"),
        (Operation::Chmod, json!({"path": "d"}), "mode"),
        (Operation::Chmod, json!({"path": "d", "mode": "0644", "uid": -1}), "uid"),
        (Operation::Mv, json!({"src": "a"}), "dst"),
        (Operation::Mv, json!({"dst": "a"}), "src"),
        (Operation::Read, json!({}), "path"),
        (Operation::Write, json!({"content": "a"}), "path"),
        (Operation::Write, json!({"path": "f"}), "content"),
        (
            Operation::Write,
            json!({"path": "f", "content": "a", "content_b64": "YQ=="}),
            "content",
        ),
        (Operation::Write, json!({"path": "f", "content": 5}), "content"),
        (
            Operation::Write,
            json!({"path": "f", "content_b64": "%"}),
            "content_b64",
        ),
    ] {
        let fault = stage.call(operation, request.clone()).await.expect_err("it is refused");
        assert_eq!(fault.code().name(), "S001", "{request}");
        assert!(
            fault.message().contains(&format!("`{field}`")),
            "{request}: {}",
            fault.message()
        );
    }
    for payload in [json!(null), json!([]), json!("path")] {
        assert_eq!(stage.refused(Operation::Ls, payload).await, code("S001"));
    }
    assert_eq!(stage.sandbox.programs(), 0);
}

#[tokio::test]
async fn a_path_that_none_has_and_a_mode_that_is_none_are_refused_before_anything_is_run() {
    let stage = Stage::usual();
    let long = "a/".repeat(2048);
    let name = "n".repeat(256);
    for path in ["", "a\0b", &long, &name] {
        assert_eq!(
            stage.refused(Operation::Stat, json!({"path": path})).await,
            code("S210"),
            "{path:?}"
        );
        let moved = stage.refused(Operation::Mv, json!({"src": "f", "dst": path}));
        assert_eq!(moved.await, code("S210"), "{path:?}");
        let written = stage.refused(Operation::Write, json!({"path": path, "content": ""}));
        assert_eq!(written.await, code("S210"), "{path:?}");
    }
    for mode in [
        "",
        "8",
        "0o755",
        "-1",
        "+7",
        "rwx",
        "17777",
        "0755 ",
        "77777777777777777777",
    ] {
        for operation in [Operation::Mkdir, Operation::Chmod, Operation::Write] {
            let request = json!({"path": "p", "mode": mode, "content": ""});
            assert_eq!(stage.refused(operation, request).await, code("S210"), "{mode:?}");
        }
    }
    assert_eq!(stage.sandbox.programs(), 0);
}

#[tokio::test]
async fn fields_that_nobody_knows_are_let_through() {
    let stage = Stage::usual();
    let request = json!({"path": ".", "_caller_worker_id": "w", "sandbox_id": "s", "later": {"more": 1}});
    assert_eq!(stage.call(Operation::Ls, request).await, Ok(json!({"entries": []})));
}

#[tokio::test]
async fn a_sandbox_that_lacks_a_command_or_cannot_be_reached_says_so() {
    use crate::guest::tests::local::{Fate, Machine};
    let stage = Stage::of(Local::on(Machine::without("stat")));
    assert_eq!(stage.refused(Operation::Stat, json!({"path": "f"})).await, code("S219"));
    let stage = Stage::of(Local::usual().with(Fate::Lost(0)));
    assert_eq!(stage.refused(Operation::Stat, json!({"path": "f"})).await, code("S216"));
}
