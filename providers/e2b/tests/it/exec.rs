//! exec: a program, told as a stream of events by what runs in the sandbox.

use serde_json::{Value, json};
use testkit::e2b::error;
use testkit::{Deployment, E2b, Fault};

use crate::{configured, e2b, worker};

const START: (&str, &str) = ("POST", "/process.Process/Start");

async fn run(worker: &Deployment, sandbox: &str, line: &str) -> Value {
    let payload = json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", line]});
    worker.call("exec", payload).await.expect("an answer")
}

async fn refused(worker: &Deployment, sandbox: &str) -> String {
    worker
        .refusal("exec", json!({"sandbox_id": sandbox, "cmd": "true"}))
        .await
}

#[tokio::test]
async fn it_reaches_the_sandbox_by_the_proxys_headers_with_its_own_token_and_never_the_key() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    run(&worker, &sandbox, "true").await;
    let sent = e2b(&worker).wait_for_request(START.0, START.1, 1).await;
    let token = e2b(&worker).sandbox(&sandbox).expect("it lives").token;
    for (header, value) in [
        ("Content-Type", Some("application/connect+json")),
        ("Connect-Protocol-Version", Some("1")),
        ("E2b-Sandbox-Id", Some(sandbox.as_str())),
        ("E2b-Sandbox-Port", Some("49983")),
        ("X-Access-Token", token.as_deref()),
        ("X-API-Key", None),
        ("Authorization", None),
        ("Connect-Accept-Encoding", None),
    ] {
        assert_eq!(sent.header(header), value, "{header}");
    }
    assert_eq!(e2b(&worker).programs()[0]["stdin"], false);
}

#[tokio::test]
async fn bytes_that_are_no_text_and_characters_in_pieces_are_joined_before_they_are_read() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    let answer = run(
        &worker,
        &sandbox,
        "i=0; while [ $i -lt 3000 ]; do printf 'ä日🦀'; i=$((i+1)); done; printf '\\377' >&2",
    )
    .await;
    assert_eq!(answer["stdout"], "ä日🦀".repeat(3000));
    assert_eq!(answer["stderr"], "\u{fffd}");
}

#[tokio::test]
async fn of_output_beyond_the_limit_the_line_keeps_both_ends() {
    for limit in [10, 11] {
        let worker = configured(&format!("max_output_bytes: {limit}")).await;
        let sandbox = worker.sandbox().await;
        let whole = run(&worker, &sandbox, "printf 0123456789; printf abcdefghij >&2").await;
        assert_eq!(
            (&whole["stdout"], &whole["stderr"]),
            (&json!("0123456789"), &json!("abcdefghij"))
        );
        assert_eq!(
            (&whole["stdout_truncated"], &whole["stderr_truncated"]),
            (&json!(false), &json!(false))
        );
        let long = run(
            &worker,
            &sandbox,
            "printf 01234........56789; printf abcde..........fghij >&2",
        )
        .await;
        let ends = |text: &str, first: &str, last: &str| {
            text.starts_with(first) && text.ends_with(last) && text.len() == limit
        };
        assert!(ends(long["stdout"].as_str().expect("text"), "01234", "56789"), "{long}");
        assert!(ends(long["stderr"].as_str().expect("text"), "abcde", "fghij"), "{long}");
        assert_eq!(
            (&long["stdout_truncated"], &long["stderr_truncated"]),
            (&json!(true), &json!(true))
        );
    }
}

#[tokio::test]
async fn a_child_that_holds_the_output_does_not_hold_the_answer() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    let began = std::time::Instant::now();
    let answer = run(&worker, &sandbox, "sleep 30 & echo out").await;
    assert_eq!((&answer["stdout"], &answer["exit_code"]), (&json!("out\n"), &json!(0)));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[tokio::test]
async fn when_its_time_is_over_a_program_is_killed_and_what_it_wrote_answered() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", "echo $$ > pid; echo begun; sleep 60"], "timeout_ms": 1500});
    let answer = worker.call("exec", payload).await.expect("an answer");
    assert_eq!(
        (&answer["stdout"], &answer["timed_out"]),
        (&json!("begun\n"), &json!(true)),
        "{answer}"
    );
    let gone = run(&worker, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_ne!(gone["exit_code"], 0);
}

#[tokio::test]
async fn a_token_that_has_rotated_is_asked_for_again_and_the_call_repeated() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    run(&worker, &sandbox, "true").await;
    for _ in 0..3 {
        e2b(&worker).rotate_token(&sandbox);
        assert_eq!(run(&worker, &sandbox, "echo hi").await["stdout"], "hi\n");
    }
    assert_eq!(e2b(&worker).programs().len(), 4, "no program ran twice");
}

#[tokio::test]
async fn a_worker_that_was_started_again_asks_for_the_token_once() {
    let mut worker = configured("").await;
    let sandbox = worker.sandbox().await;
    worker.restart().await;
    for _ in 0..2 {
        assert_eq!(run(&worker, &sandbox, "echo hi").await["stdout"], "hi\n");
    }
    let looks = e2b(&worker).requests_to("GET", "/sandboxes/{id}");
    assert_eq!(looks.len(), 1);
}

#[tokio::test]
async fn in_a_sandbox_that_is_gone_or_paused_nothing_runs() {
    let worker = configured("").await;
    let (gone, paused) = (worker.sandbox().await, worker.sandbox().await);
    e2b(&worker).remove_sandbox(&gone);
    let refusal = refused(&worker, &gone).await;
    assert!(
        refusal.starts_with("[S002] ") && !refusal.contains("not found"),
        "{refusal}"
    );
    e2b(&worker).pause_sandbox(&paused);
    let refusal = refused(&worker, &paused).await;
    assert!(
        refusal.starts_with("[S502] ") && !refusal.contains("not found"),
        "{refusal}"
    );
    assert_eq!(e2b(&worker).programs().len(), 0);
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_success_and_its_program_does_not_run_again() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    for fault in [Fault::CutMidBody, Fault::Truncated, Fault::Cut, Fault::EmptyBody] {
        let began = e2b(&worker).programs().len();
        e2b(&worker)
            .fail(START.0, START.1)
            .with(fault.clone())
            .after_effect()
            .once();
        let refusal = refused(&worker, &sandbox).await;
        assert!(refusal.starts_with("[S502] "), "{fault:?}: {refusal}");
        assert_eq!(e2b(&worker).programs().len(), began + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_sandbox_that_goes_while_its_program_runs_is_told() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", "touch runs; while [ -e runs ]; do sleep 0.05; done"]});
    let call = worker.begin("exec", payload);
    let runs = e2b(&worker).home(&sandbox).join("runs");
    while !runs.exists() {
        tokio::task::yield_now().await;
    }
    e2b(&worker).remove_sandbox(&sandbox);
    let error = call.result().await.expect_err("it broke off");
    assert_eq!(error.code, "S502", "{error}");
}

#[tokio::test]
async fn a_silent_program_is_waited_for() {
    let options = E2b::builder().keepalive(std::time::Duration::from_millis(50));
    let worker = worker()
        .simulator(options)
        .config("request_timeout_secs: 1")
        .start()
        .await;
    let sandbox = worker.sandbox().await;
    assert_eq!(run(&worker, &sandbox, "sleep 2; echo late").await["stdout"], "late\n");
}

#[tokio::test]
async fn an_error_of_the_proxy_or_of_the_call_has_its_code() {
    let worker = configured("request_timeout_secs: 1").await;
    let sandbox = worker.sandbox().await;
    for status in [409, 415, 500, 502] {
        let fault = Fault::StatusWithBody(status, error(status, "the port was not found"));
        e2b(&worker).fail(START.0, START.1).with(fault).times(2);
        let refusal = refused(&worker, &sandbox).await;
        assert!(
            refusal.starts_with("[S502] ") && !refusal.contains("not found"),
            "{status}: {refusal}"
        );
        e2b(&worker).clear_faults();
    }
    assert_eq!(e2b(&worker).programs().len(), 0);
}

#[tokio::test]
async fn the_token_is_told_to_nobody() {
    let worker = worker().env("RUST_LOG", "trace").start().await;
    let sandbox = worker.sandbox().await;
    run(&worker, &sandbox, "true").await;
    let old = e2b(&worker)
        .sandbox(&sandbox)
        .expect("it lives")
        .token
        .expect("a token");
    let new = e2b(&worker).rotate_token(&sandbox);
    run(&worker, &sandbox, "true").await;
    e2b(&worker).fail(START.0, START.1).with(Fault::Status(500)).once();
    let refusal = refused(&worker, &sandbox).await;
    let said = worker.worker.stderr() + &worker.worker.stdout() + &refusal;
    assert!(said.len() > 1000 && !said.contains(&old) && !said.contains(&new));
}
