//! exec: one program, exactly as it was given, no longer than it was given.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{CallError, Deployment, Fault, Morph};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

const RUN: &str = "/instance/{id}/exec";

/// The fields of an exec and the sandbox it runs in.
async fn exec(house: &Deployment, sandbox: &str, fields: Value) -> Result<Value, CallError> {
    let mut payload = fields;
    payload["sandbox_id"] = json!(sandbox);
    house.call("exec", payload).await
}

/// [`exec`] of a shell script.
async fn script(house: &Deployment, sandbox: &str, script: &str) -> Value {
    let fields = json!({"cmd": "sh", "args": ["-c", script]});
    exec(house, sandbox, fields).await.expect("an answer")
}

fn answer(stdout: &str, exit_code: i64) -> Value {
    json!({"stdout": stdout, "stderr": "", "exit_code": exit_code, "timed_out": false})
}

#[tokio::test]
async fn every_byte_of_every_argument_arrives() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let words = [
        "", " ", "it's", "\"", "''", "two  spaces", "a\nb", "\n", "\r\n", "\t", "$HOME", "${HOME}", "$(id)", "`id`",
        "*", "?", "[a-z]*", "~", "{a,b}", "\\", "\\n", "\\'", "!", "!!", "#", ";", "&", "&&", "|", ">", "<", "(", ")",
        "-n", "--", "-", "a=b", "=", "%s", "\u{1}", "\u{1b}[0m", "\u{7f}", "é", "e\u{301}", "日本", "🦀", "\u{202e}",
        "\u{feff}", "\u{2028}", "' ; echo '", "\"$(id)\"", "\\\"", "a'b\"c`d$e\\f",
    ];
    let mut args = vec!["[%s]\\n"];
    args.extend(words);
    let expected: String = words.iter().map(|word| format!("[{word}]\n")).collect();
    let answered = exec(&house, &sandbox, json!({"cmd": "printf", "args": args})).await;
    assert_eq!(answered, Ok(answer(&expected, 0)));
}

#[tokio::test]
async fn the_command_is_sent_as_one_quoted_element() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let fields = json!({
        "cmd": "env",
        "args": ["it's"],
        "env": {"A": "1 2"},
        "cwd": "a b",
    });
    exec(&house, &sandbox, fields).await.expect("an answer");
    let sent = house.morph().wait_for_request("POST", RUN, 1).await.body;
    let line = r#"CDPATH= cd -- 'a b' && exec env -- 'A=1 2' env "it's" </dev/null"#;
    assert_eq!(sent, Some(json!({"command": [line]})));
}

#[tokio::test]
async fn the_program_gets_its_variables_and_its_folder() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    script(&house, &sandbox, "mkdir -p -- '-a $b'").await;
    let fields = json!({
        "cmd": "sh",
        "args": ["-c", "printf '%s|%s|%s' \"$ONE\" \"$TWO\" \"${PWD##*/}\""],
        "env": {"ONE": "it's $HOME\n", "TWO": ""},
        "cwd": "-a $b",
    });
    let answered = exec(&house, &sandbox, fields).await;
    assert_eq!(answered, Ok(answer("it's $HOME\n||-a $b", 0)));
}

#[tokio::test]
async fn the_program_gets_no_input() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let answered = exec(&house, &sandbox, json!({"cmd": "cat"})).await;
    assert_eq!(answered, Ok(answer("", 0)));
}

#[tokio::test]
async fn what_the_program_says_and_how_it_ends_is_answered() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let answered = script(&house, &sandbox, "echo out; echo err >&2; exit 7").await;
    let expected = json!({"stdout": "out\n", "stderr": "err\n", "exit_code": 7, "timed_out": false});
    assert_eq!(answered, expected);
}

#[tokio::test]
async fn in_a_missing_folder_nothing_runs() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    for timeout_ms in [json!(null), json!(5000)] {
        let fields = json!({"cmd": "touch", "args": ["/proc/self/cwd/ran"], "cwd": "missing", "timeout_ms": timeout_ms});
        let answered = exec(&house, &sandbox, fields).await.expect("an answer");
        assert_ne!(answered["exit_code"], 0);
        assert_eq!(answered["timed_out"], false);
    }
    assert_eq!(script(&house, &sandbox, "ls").await, answer("", 0));
}

#[tokio::test]
async fn a_program_that_is_missing_is_127() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let answered = exec(&house, &sandbox, json!({"cmd": "no-such-program"})).await.expect("an answer");
    assert_eq!(answered["exit_code"], 127);
}

#[tokio::test]
async fn when_time_is_over_the_program_is_killed_in_the_sandbox() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let stubborn = "trap '' TERM; echo $$ > pid; echo begun; while :; do sleep 0.05; done";
    let fields = json!({"cmd": "sh", "args": ["-c", stubborn], "timeout_ms": 300});
    let answered = exec(&house, &sandbox, fields).await;
    let killed = json!({"stdout": "begun\n", "stderr": "", "exit_code": 124, "timed_out": true});
    assert_eq!(answered, Ok(killed));
    let gone = script(&house, &sandbox, "kill -0 \"$(cat pid)\" 2>/dev/null").await;
    assert_eq!(gone, answer("", 1));
}

#[tokio::test]
async fn a_program_that_exits_124_by_itself_has_not_timed_out() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    for (timeout_ms, code) in [(json!(null), 124), (json!(60_000), 124), (json!(60_000), 137)] {
        let args = ["-c", "exit \"$0\"", &code.to_string()];
        let fields = json!({"cmd": "sh", "args": args, "timeout_ms": timeout_ms});
        assert_eq!(exec(&house, &sandbox, fields).await, Ok(answer("", code)));
    }
}

#[tokio::test]
async fn a_program_may_take_its_timeout_however_short_requests_are() {
    let house = Deployment::builder(WORKER).config("request_timeout_secs: 1").start().await;
    let sandbox = house.sandbox().await;
    let fields = json!({"cmd": "sleep", "args": ["1.5"], "timeout_ms": 20_000});
    assert_eq!(exec(&house, &sandbox, fields).await, Ok(answer("", 0)));
}

#[tokio::test]
async fn a_program_without_a_timeout_has_the_time_of_a_request() {
    let house = Deployment::builder(WORKER).config("request_timeout_secs: 1").start().await;
    let sandbox = house.sandbox().await;
    let refused = exec(&house, &sandbox, json!({"cmd": "sleep", "args": ["30"]})).await;
    let text = "[S502] provider unavailable: exec (run): no answer within 1 s (POST /instance/{instance_id}/exec)";
    assert_eq!(refused, Err(CallError::new("S502", text)));
}

#[tokio::test]
async fn a_short_timeout_leaves_the_provider_the_time_of_a_request() {
    let house = Deployment::builder(WORKER).config("request_timeout_secs: 30").start().await;
    let sandbox = house.sandbox().await;
    let slow = Fault::Slow(Duration::from_millis(11_000));
    house.morph().fail("POST", RUN).with(slow).once();
    let answered = exec(&house, &sandbox, json!({"cmd": "true", "timeout_ms": 1})).await;
    assert_eq!(answered, Ok(answer("", 0)));
}
