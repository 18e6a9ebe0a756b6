//! Programs, as a stream tells of them.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use testkit::E2b;

use super::client::{Api, Told, answer, envelope, told};
use crate::fifo::Fifo;

/// What is told of one program in a fresh sandbox.
async fn ran(process: Value) -> Told {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    api.run(&made, process).await
}

fn sh(line: &str) -> Value {
    json!({"cmd": "sh", "args": ["-c", line]})
}

#[tokio::test]
async fn a_program_starts_writes_and_ends_and_then_the_stream_does() {
    let told = ran(sh("echo out; echo err >&2; exit 42")).await;
    assert_eq!(told.events, ["start", "data", "end"]);
    assert_eq!(
        (told.stdout.as_slice(), told.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    let end = json!({"exitCode": 42, "exited": true, "status": "exit status 42", "error": "exit status 42"});
    assert_eq!((told.end, told.last), (Some(end), Some(json!({}))));
}

#[tokio::test]
async fn a_zero_is_left_out_and_a_signal_is_no_exit() {
    let told = ran(json!({"cmd": "true"})).await;
    assert_eq!(told.end, Some(json!({"exited": true, "status": "exit status 0"})));
    let told = ran(sh("kill -9 $$")).await;
    let killed = json!({"exitCode": -1, "status": "signal: killed", "error": "signal: killed"});
    assert_eq!(told.end, Some(killed));
}

#[tokio::test]
async fn arguments_arrive_one_by_one_as_they_are() {
    let args = ["%s\\n", "a  b", "$((1+1))", "'", "", "ü\n"];
    let told = ran(json!({"cmd": "printf", "args": args})).await;
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "a  b\n$((1+1))\n'\n\nü\n\n");
}

#[tokio::test]
async fn the_environment_is_the_sandboxes_and_what_is_given() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made_with(json!({"envVars": {"A": "1", "B": "2"}})).await;
    let line = "echo $A$B$C $USER; env | cut -d= -f1 | sort | tr '\\n' ' '; pwd";
    let told = api
        .run(
            &made,
            json!({"cmd": "sh", "args": ["-c", line], "envs": {"B": "3", "C": "4"}}),
        )
        .await;
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.starts_with("134 user\n"), "{text}");
    assert!(!text.contains("CARGO"), "{text}");
    assert!(
        text.trim_end().ends_with(e2b.home(&made.id).to_str().unwrap()),
        "{text}"
    );
}

#[tokio::test]
async fn an_unknown_program_ends_with_127_and_a_missing_folder_is_an_error_of_the_call() {
    let told = ran(json!({"cmd": "no-such-program"})).await;
    assert_eq!(told.end.unwrap()["exitCode"], 127);
    let told = ran(json!({"cmd": "true", "cwd": "none"})).await;
    assert_eq!((told.error(), told.events.len()), ("invalid_argument", 0));
}

#[tokio::test]
async fn a_program_runs_where_it_is_told_to() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let folder = e2b.home(&made.id).join("d");
    std::fs::create_dir(&folder).unwrap();
    for cwd in ["d", folder.to_str().unwrap()] {
        let told = api.run(&made, json!({"cmd": "pwd", "cwd": cwd})).await;
        assert_eq!(
            String::from_utf8(told.stdout).unwrap().trim_end(),
            folder.to_str().unwrap()
        );
    }
}

#[tokio::test]
async fn output_comes_in_pieces_that_end_anywhere_and_nothing_is_lost() {
    let line = "i=0; while [ $i -lt 2000 ]; do echo \"zeile $i äöü\"; echo \"zwei $i\" >&2; i=$((i+1)); done";
    let told = ran(sh(line)).await;
    let expected: String = (0..2000).map(|i| format!("zeile {i} äöü\n")).collect();
    assert_eq!(String::from_utf8(told.stdout).unwrap(), expected);
    assert_eq!(String::from_utf8(told.stderr).unwrap().lines().count(), 2000);
    assert!(
        told.pieces.len() > 20 && told.pieces.iter().any(|length| *length < 5),
        "{:?}",
        told.pieces
    );
}

#[tokio::test]
async fn the_end_waits_for_whoever_holds_the_output() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let mut fifo = Fifo::new();
    // The child outlives the shell that started it, until it is told to go.
    let line = format!(
        "echo early; ({}; until [ -e go ]; do sleep 0.01; done; echo late) &",
        fifo.hold()
    );
    let go = async {
        fifo.opened().await;
        std::fs::write(e2b.home(&made.id).join("go"), "").unwrap();
    };
    let (told, ()) = tokio::join!(api.run(&made, sh(&line)), go);
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "early\nlate\n");
    assert_eq!(told.end.unwrap()["exited"], true);
}

#[tokio::test]
async fn a_silent_program_is_told_to_be_alive() {
    let e2b = E2b::builder().keepalive(Duration::from_millis(20)).start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let told = api.run(&made, json!({"cmd": "sleep", "args": ["0.3"]})).await;
    assert_eq!(told.events, ["start", "keepalive", "end"]);
}

#[tokio::test]
async fn the_deadline_kills_the_program_alone_and_is_told_in_one_of_two_ways() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let mut ways = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let request = api.starting(&made).header("Connect-Timeout-Ms", "100");
        let told = api.run_with(request, sh("echo before; exec sleep 60")).await;
        assert_eq!(told.stdout, b"before\n");
        ways.insert(match &told.end {
            Some(end) => (end["status"].as_str().unwrap().to_owned(), told.error().to_owned()),
            None => (String::new(), told.error().to_owned()),
        });
        if ways.len() == 2 {
            break;
        }
    }
    let expected = [("", "deadline_exceeded"), ("signal: killed", "")];
    assert_eq!(
        ways,
        expected.map(|(end, error)| (end.to_owned(), error.to_owned())).into()
    );
}

#[tokio::test]
async fn a_deadline_is_kept_though_a_child_holds_the_output() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let request = api.starting(&made).header("Connect-Timeout-Ms", "200");
    let told = api.run_with(request, sh("sleep 60 & echo here; wait")).await;
    assert_eq!(
        (told.stdout.as_slice(), told.error()),
        (&b"here\n"[..], "deadline_exceeded")
    );
}

#[tokio::test]
async fn a_program_survives_the_client_and_ends_with_its_sandbox() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let mut fifo = Fifo::new();
    let line = format!("{}; touch runs; sleep 600", fifo.hold());
    {
        let leaving = api.run(&made, sh(&line));
        tokio::select! {
            _ = leaving => panic!("the program sleeps"),
            () = fifo.opened() => {}
        }
    }
    let still = api.run(&made, sh("until [ -e runs ]; do sleep 0.01; done")).await;
    assert_eq!(still.end.unwrap()["exited"], true);
    assert_eq!(api.delete(&format!("/sandboxes/{}", made.id)).await.0, 204);
    fifo.closed().await;
}

#[tokio::test]
async fn a_stream_breaks_off_without_an_end_when_its_sandbox_goes() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let mut fifo = Fifo::new();
    let line = format!("{}; sleep 600", fifo.hold());
    let go = async {
        fifo.opened().await;
        e2b.remove_sandbox(&made.id);
    };
    let (told, ()) = tokio::join!(api.run(&made, sh(&line)), go);
    assert_eq!((told.end, told.last), (None, None));
}

#[tokio::test]
async fn a_signal_reaches_a_program_by_its_pid_and_by_its_tag() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let signal = |process: Value| {
        let body = json!({"process": process, "signal": "SIGNAL_SIGKILL"});
        answer(api.inside(&made, "POST", "/process.Process/SendSignal").json(&body))
    };
    let mut fifo = Fifo::new();
    let line = format!("{}; exec sleep 600", fifo.hold());
    let message = json!({"process": sh(&line), "tag": "mine", "stdin": false});
    let running = async {
        let sent = api.starting(&made).body(envelope(&message)).send().await;
        told(sent.expect("an answer")).await
    };
    let kill = async {
        fifo.opened().await;
        assert_eq!(signal(json!({"tag": "other"})).await.0, 404);
        assert_eq!(
            signal(json!({"tag": "mine"})).await,
            (reqwest::StatusCode::OK, json!({}))
        );
    };
    let (told, ()) = tokio::join!(running, kill);
    assert_eq!(told.end.unwrap()["status"], "signal: killed");
    let (status, gone) = signal(json!({"pid": told.pid})).await;
    assert_eq!((status.as_u16(), &gone["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn without_a_word_of_its_input_a_reader_waits_for_ever() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let cat = json!({"cmd": "cat"});
    assert_eq!(api.run(&made, cat.clone()).await.end.unwrap()["exited"], true);
    let request = api.starting(&made).header("Connect-Timeout-Ms", "200");
    let sent = request.body(envelope(&json!({"process": cat}))).send().await;
    let told = told(sent.unwrap()).await;
    let killed = told.end.is_some_and(|end| end["status"] == "signal: killed");
    assert!(killed || told.last.unwrap()["error"]["code"] == "deadline_exceeded");
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_told_in_its_last_envelope() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let sound = envelope(&json!({"process": {"cmd": "true"}}));
    let long = [sound.as_slice(), b"x"].concat();
    let mut compressed = sound.clone();
    compressed[0] = 1;
    let bodies = [
        Vec::new(),
        sound[..4].to_vec(),
        sound[..sound.len() - 1].to_vec(),
        long,
        compressed,
        envelope(&json!({"process": {"cmd": "true"}, "pty": {}})),
        envelope(&json!({"process": {"cmd": "true", "env": {}}})),
        envelope(&json!({"process": {"cmd": "true", "args": "x"}})),
        envelope(&json!({"process": {"cmd": "true", "envs": {"A": 1}}})),
        envelope(&json!({"process": {}})),
        envelope(&json!({"cmd": "true"})),
        br#"{"process":{"cmd":"true"}}"#.to_vec(),
    ];
    for body in bodies {
        let sent = api.starting(&made).body(body.clone()).send().await.unwrap();
        let told = told(sent).await;
        assert_eq!((told.error(), told.events.len()), ("invalid_argument", 0), "{body:?}");
    }
    for (header, value, code) in [
        ("Connect-Timeout-Ms", "1s", "invalid_argument"),
        ("Connect-Timeout-Ms", "12345678901", "invalid_argument"),
        ("Authorization", "Bearer x", "unauthenticated"),
        (
            "Authorization",
            &format!("Basic {}", BASE64_STANDARD.encode("nobody:")),
            "unauthenticated",
        ),
    ] {
        let request = api.starting(&made).header(header, value);
        let told = api.run_with(request, json!({"cmd": "true"})).await;
        assert_eq!(told.error(), code, "{header}: {value}");
    }
    let plain = api.inside(&made, "POST", "/process.Process/Start");
    let versionless = plain.header("Content-Type", "application/connect+json");
    assert_eq!(
        api.run_with(versionless, json!({"cmd": "true"})).await.error(),
        "invalid_argument"
    );
    assert_eq!(e2b.programs().len(), 0);
}

#[tokio::test]
async fn another_media_type_is_415() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    for kind in [
        "application/json",
        "application/connect+proto",
        "application/octet-stream",
    ] {
        let request = api
            .inside(&made, "POST", "/process.Process/Start")
            .header("Content-Type", kind);
        assert_eq!(answer(request.body(envelope(&json!({})))).await.0, 415, "{kind}");
    }
}
