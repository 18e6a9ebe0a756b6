//! A program's end is its own, not that of what it has started.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::Deployment;

use super::{RUN, WORKER, answer, end, exec, script};

#[tokio::test]
async fn a_child_that_holds_the_output_does_not_hold_the_answer() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for timeout_ms in [json!(null), json!(60_000)] {
        let left_behind = "sleep 12 & echo started; echo $! > pid; exit 4";
        let fields = json!({"cmd": "sh", "args": ["-c", left_behind], "timeout_ms": timeout_ms});
        let began = Instant::now();
        assert_eq!(exec(&deployment, &sandbox, fields).await, Ok(answer("started\n", 4)));
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        let lives = script(&deployment, &sandbox, "kill \"$(cat pid)\"").await;
        assert_eq!(lives, answer("", 0), "the child lives on");
    }
}

#[tokio::test]
async fn nor_does_one_that_goes_on_writing_or_has_a_session_of_its_own() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for left_behind in [
        "(setsid sleep 30 &) ; echo out",
        "nohup sleep 30 & echo out",
        "sleep 30 >/dev/null & echo out",
        "sleep 30 2>/dev/null & echo out",
        "(i=0; while [ $i -lt 300 ]; do sleep 0.1; echo late; i=$((i+1)); done) >&2 & echo out",
    ] {
        let began = Instant::now();
        let answered = script(&deployment, &sandbox, left_behind).await;
        assert_eq!(
            (&answered["stdout"], &answered["exit_code"]),
            (&json!("out\n"), &json!(0))
        );
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{left_behind}: {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn a_timeout_answers_with_what_was_written_whoever_still_holds_the_output() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let script = "echo built; (setsid sleep 30 &); sleep 60";
    let fields = json!({"cmd": "sh", "args": ["-c", script], "timeout_ms": 1000});
    let began = Instant::now();
    let answered = exec(&deployment, &sandbox, fields).await.expect("an answer");
    let took = began.elapsed();
    assert_eq!(
        answered,
        end("built\n", answered["stderr"].as_str().unwrap_or_default(), 124, true)
    );
    assert!((1..20).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn no_file_stays_behind() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for (script, timeout_ms) in [("echo out", json!(null)), ("sleep 30 & sleep 60", json!(500))] {
        let fields = json!({"cmd": "sh", "args": ["-c", script], "timeout_ms": timeout_ms});
        exec(&deployment, &sandbox, fields).await.expect("an answer");
    }
    let runs = deployment.morph().requests_to("POST", RUN);
    assert_eq!(runs.len(), 2);
    for seen in runs {
        let line = seen.body.expect("a body")["command"][0]
            .as_str()
            .expect("text")
            .to_owned();
        let (_, rest) = line.split_once(" iii-").expect("the name of its files");
        let attempt = rest.split(' ').next().expect("a word");
        for folder in ["/tmp", "/dev/shm", "/var/tmp"] {
            let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names: Vec<_> = files
                .map(|file| file.file_name().to_string_lossy().into_owned())
                .collect();
            assert!(!names.iter().any(|name| name.contains(attempt)), "{folder}: {names:?}");
        }
    }
}
