//! Running a piece of code in a sandbox of its own, of which nothing is left whatever happens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::acting::{nothing_is_left, running};
use super::adapting::{self, IMAGE, refused, rows, script, stop, with};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::simulator::{Fault, Seen, Tmp};

/// Limits that make a stalled request fail soon.
const SOON: &str = "request_timeout_secs: 2\nready_timeout_secs: 4\nimages: {python: $known_image}";

/// Cases wait more than they work.
const SIDE_BY_SIDE: usize = 6;

/// Longer than all that these limits, and the half minute that a script may take, allow a call with one stalled request.
const LIMIT: Duration = Duration::from_secs(120);

fn code(text: &str) -> Value {
    json!({"image": IMAGE, "lang": "sh", "code": text})
}

async fn run(deployment: &Deployment, payload: Value) -> Value {
    let answer = deployment.adapter("run", payload.clone()).await;
    answer.unwrap_or_else(|error| panic!("run of {payload} was refused: {error}"))
}

pub async fn it_answers_as_exec_does_and_ends_the_sandbox(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let deployment = adapting::started(worker).await;
    let files = json!([
        {"path": "it's a/b/c.txt", "content": "deep\n"},
        {"path": "top", "content": "ünïcode"},
    ]);
    let more = json!({"files": files, "env": {"A": "it's"}, "stdin": STANDARD.encode("read")});
    let text = "cat \"it's a/b/c.txt\" top; printf '|%s|' \"$A\"; cat; echo err >&2; exit 3";
    let mut answer = run(&deployment, with(code(text), more)).await;
    answer
        .as_object_mut()
        .expect("an object")
        .remove("duration_ms")
        .expect("it took a while");
    let expected = json!({
        "stdout": "deep\nünïcode|it's|read", "stderr": "err\n", "exit_code": 3, "success": false, "timed_out": false,
        "stdout_truncated": false, "stderr_truncated": false,
    });
    assert_eq!(answer, expected);
    nothing_is_left(&deployment).await;
    assert!(rows(&deployment).await.is_empty());
}

pub async fn a_language_is_a_name_or_the_path_of_an_interpreter(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let deployment = adapting::started(worker).await;
    for (lang, text, stdout) in [
        ("sh", "echo $0", "/tmp/run.sh\n"),
        ("bash", "echo $0", "/tmp/run.sh\n"),
        ("shell", "echo $0", "/tmp/run.sh\n"),
        ("python", "import sys; print(sys.argv[0])", "/tmp/run.py\n"),
        ("py", "print('it\\'s')", "it's\n"),
        ("/bin/cat", "itself\n", "itself\n"),
        ("cat", "", ""),
    ] {
        let answer = run(&deployment, json!({"image": IMAGE, "lang": lang, "code": text})).await;
        assert_eq!(
            (&answer["stdout"], &answer["exit_code"]),
            (&json!(stdout), &json!(0)),
            "{lang}: {answer}"
        );
    }
    let answer = run(&deployment, json!({"image": IMAGE, "lang": "/no/such", "code": ""})).await;
    assert_eq!(answer["exit_code"], 127, "{answer}");
    nothing_is_left(&deployment).await;
}

pub async fn a_sandbox_that_is_to_be_kept_is(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let deployment = adapting::started(worker).await;
    let answer = run(
        &deployment,
        with(code("echo kept > kept; exit 1"), json!({"keep_sandbox": true})),
    )
    .await;
    let id = answer["sandbox_id"].as_str().expect("its id").to_owned();
    assert_eq!(answer["exit_code"], 1);
    assert_eq!(script(&deployment, &id, "cat kept; rm kept").await, "kept\n");
    stop(&deployment, &id).await;
    nothing_is_left(&deployment).await;
}

pub async fn a_step_that_fails_keeps_its_code(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let deployment = adapting::started(worker).await;
    for (fields, code_of_step) in [
        (json!({"image": "perl"}), "S100"),
        (json!({"code": "sleep 60", "timeout_ms": 500}), "S200"),
        (json!({"files": [{"path": "/dev/null/f", "content": ""}]}), ""),
    ] {
        for keep in [false, true] {
            let payload = with(with(code(""), fields.clone()), json!({"keep_sandbox": keep}));
            let fault = refused(&deployment, "run", payload).await;
            let fix = fault.fix.clone().unwrap_or_default();
            assert!(fix.get("context").is_some_and(Value::is_string), "{fields}: {fault:?}");
            assert_eq!(fix.get("inner_code"), Some(&json!(fault.code)), "{fields}");
            assert!(fault.code.starts_with(code_of_step), "{fields}: {fault:?}");
            nothing_is_left(&deployment).await;
        }
    }
}

pub async fn what_cannot_be_run_starts_nothing(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    deployment.simulator().traffic().clear_requests();
    for fields in [
        json!({"lang": ""}),
        json!({"stdin": "no base64!"}),
        json!({"env": ["NAME"]}),
        json!({"files": [{"path": "f"}]}),
        json!({"files": "f"}),
    ] {
        assert_eq!(
            refused(&deployment, "run", with(code(""), fields.clone())).await.code,
            "S001",
            "{fields}"
        );
    }
    for missing in ["code", "lang"] {
        let mut payload = code("");
        payload.as_object_mut().expect("an object").remove(missing);
        let fault = refused(&deployment, "run", payload).await;
        assert!(fault.code == "S001" && fault.message.contains(missing), "{fault:?}");
    }
    let requests = deployment.simulator().traffic().requests().into_iter();
    assert_eq!(requests.filter(|seen| seen.method != "GET").count(), 0);
}

/// The requests of a run that succeeds, each with how many of its kind came before it.
async fn steps(deployment: &Deployment) -> Vec<(String, String, usize)> {
    let traffic = deployment.simulator().traffic();
    traffic.clear_requests();
    run(deployment, with(code("true"), more())).await;
    let mut steps: Vec<(String, String, usize)> = Vec::new();
    for Seen { method, path, .. } in traffic.requests() {
        let pattern = deployment.simulator().pattern(&path);
        let earlier = steps.iter().filter(|(m, p, _)| (m, p) == (&method, &pattern)).count();
        steps.push((method, pattern, earlier + 1));
    }
    steps
}

fn more() -> Value {
    json!({"timeout_ms": 3000, "env": {"A": "1"}, "files": [{"path": "f", "content": "text"}], "stdin": STANDARD.encode("read")})
}

/// A request of a run, and what goes wrong with it.
#[derive(Debug)]
struct Case {
    method: String,
    pattern: String,
    number: usize,
    fault: Fault,
    after_effect: bool,
}

fn cases(steps: Vec<(String, String, usize)>) -> Vec<Case> {
    let faults = [(Fault::Status(500), false), (Fault::Cut, true), (Fault::Stall, true)];
    let of_step = |(method, pattern, number): (String, String, usize)| {
        faults.clone().map(|(fault, after_effect)| Case {
            method: method.clone(),
            pattern: pattern.clone(),
            number,
            fault,
            after_effect,
        })
    };
    steps.into_iter().flat_map(of_step).collect()
}

async fn fail_in(deployment: &Deployment, case: &Case) {
    let traffic = deployment.simulator().traffic();
    let rule = traffic.fail(&case.method, &case.pattern).with(case.fault.clone());
    let rule = if case.after_effect { rule.after_effect() } else { rule };
    let _ = rule.nth(case.number);
    let call = deployment.begin_adapter("run", with(code("true"), more()));
    let answer = call.within(LIMIT).await;
    if let Err(error) = answer {
        adapting::Fault::of(&error);
    }
    traffic.clear_faults();
    traffic.release_stalled();
    nothing_is_left(deployment).await;
}

pub async fn whichever_request_fails_nothing_is_left(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let workers = join_all((0..SIDE_BY_SIDE).map(|_| worker.clone().config(SOON).start())).await;
    let cases = Mutex::new(cases(steps(&workers[0]).await));
    let next = || cases.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let serve = async |deployment: &Deployment| {
        while let Some(case) = next() {
            fail_in(deployment, &case).await;
        }
    };
    join_all(workers.iter().map(serve)).await;
}

/// Waits until the program of a run has begun.
async fn program_runs(deployment: &Deployment) {
    let has_begun = |rows: Map<String, Value>| rows.values().any(|row| row["exec_in_progress"] == true);
    while !has_begun(rows(deployment).await) {
        sleep(Duration::from_millis(20)).await;
    }
}

pub async fn a_run_whose_caller_is_lost_leaves_nothing(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let deployment = adapting::started(worker).await;
    for keep in [false, true] {
        let running_code = with(code("sleep 3"), json!({"keep_sandbox": keep}));
        let call = deployment.begin_adapter("run", running_code);
        program_runs(&deployment).await;
        deployment.engine.drop_connections();
        assert_eq!(call.await.expect_err("it was stopped").code, "invocation_stopped");
        for function in ["list", "run"] {
            deployment.engine.registered(&deployment.adapter_id(function)).await;
        }
        deployment.engine.registered(&deployment.id("list")).await;
        nothing_is_left(&deployment).await;
    }
}

pub async fn a_worker_that_is_told_to_end_leaves_nothing_of_a_run(worker: DeploymentBuilder) {
    let _tmp = Tmp::alone().await;
    let mut deployment = adapting::started(worker).await;
    let call = deployment.begin_adapter("run", code("sleep 60"));
    program_runs(&deployment).await;
    assert!(deployment.terminate().await.success());
    drop(call);
    let none = |all: &[crate::simulator::Sandbox]| all.is_empty();
    assert!(
        deployment.simulator().comes_to(Duration::ZERO, none).await,
        "{:?}",
        running(&deployment)
    );
}
