//! What stories do and ask again and again.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::deployment::Deployment;

/// How long a worker may go on undoing in the background.
const BACKGROUND: Duration = Duration::from_secs(60);

/// The short names of what the worker has registered.
pub(super) fn registered(deployment: &Deployment) -> BTreeSet<String> {
    let prefix = deployment.id("");
    let functions = deployment.engine.functions().into_iter();
    let names = functions.filter_map(|function| Some(function.id.strip_prefix(&prefix)?.to_owned()));
    names.collect()
}

/// The ids of the sandboxes that exist at the provider.
pub(super) fn running(deployment: &Deployment) -> BTreeSet<String> {
    let sandboxes = deployment.simulator().sandboxes().into_iter();
    sandboxes.map(|sandbox| sandbox.id).collect()
}

/// What `create` takes.
pub(super) fn image(deployment: &Deployment) -> Value {
    json!({"image": deployment.simulator().known_image()})
}

/// Waits until nothing but these sandboxes exists. Panics if that does not come.
pub(super) async fn left(deployment: &Deployment, ids: &BTreeSet<String>) {
    let wanted = |all: &[crate::simulator::Sandbox]| all.iter().map(|one| &one.id).eq_any_order(ids);
    let comes = deployment.simulator().comes_to(BACKGROUND, wanted).await;
    assert!(
        comes,
        "expected {ids:?} at the provider, found {:?}",
        running(deployment)
    );
}

/// Waits until no sandbox exists, and the worker counts none. Panics if that does not come.
pub(super) async fn nothing_is_left(deployment: &Deployment) {
    left(deployment, &BTreeSet::new()).await;
    deployment.wait_for_in_flight(0).await;
}

trait AnyOrder {
    fn eq_any_order(self, other: &BTreeSet<String>) -> bool;
}

impl<'a, I: Iterator<Item = &'a String>> AnyOrder for I {
    fn eq_any_order(self, other: &BTreeSet<String>) -> bool {
        self.collect::<BTreeSet<_>>() == other.iter().collect()
    }
}

/// The call by which the worker starts a sandbox, seen from one that it starts and stops again.
pub(super) async fn starting(deployment: &Deployment) -> (String, String) {
    let traffic = deployment.simulator().traffic();
    traffic.clear_requests();
    let sandbox = deployment.sandbox().await;
    let requests = traffic.requests();
    let start = requests.iter().find(|seen| seen.method != "GET").expect("a start");
    let call = (start.method.clone(), deployment.simulator().pattern(&start.path));
    stop(deployment, &sandbox).await;
    nothing_is_left(deployment).await;
    traffic.clear_requests();
    call
}

pub(super) async fn stop(deployment: &Deployment, sandbox: &str) {
    let stopped = deployment.call("stop", json!({"sandbox_id": sandbox})).await;
    assert_eq!(stopped, Ok(json!({})), "stop of {sandbox}");
}

/// What running a program answers. Panics if it is refused.
pub(super) async fn exec(deployment: &Deployment, sandbox: &str, fields: Value) -> Value {
    let mut payload = fields;
    payload["sandbox_id"] = sandbox.into();
    let answer = deployment.call("exec", payload.clone()).await;
    answer.unwrap_or_else(|error| panic!("exec of {payload} was refused: {error}"))
}

/// What running a script answers.
pub(super) async fn script(deployment: &Deployment, sandbox: &str, text: &str) -> Value {
    exec(deployment, sandbox, json!({"cmd": "sh", "args": ["-c", text]})).await
}

/// What a program answers that ends by itself and writes no more than may be.
pub(super) fn ended(stdout: &str, stderr: &str, exit_code: i64) -> Value {
    json!({
        "stdout": stdout,
        "stderr": stderr,
        "exit_code": exit_code,
        "timed_out": false,
        "stdout_truncated": false,
        "stderr_truncated": false,
    })
}

/// The code of a call's refusal. Panics if it is none of the family's, or not refused.
pub(super) async fn code(deployment: &Deployment, function: &str, payload: Value) -> String {
    let text = deployment.refusal(function, payload).await;
    let code = text.strip_prefix('[').and_then(|text| text.split_once(']'));
    code.expect("a code in brackets").0.to_owned()
}
