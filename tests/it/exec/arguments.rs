//! What reaches the program, and what comes back from it.

use serde_json::{Map, json};
use testkit::Deployment;

use super::{RUN, WORKER, answer, end, exec, script};

#[rustfmt::skip]
const WORDS: [&str; 54] = [
    "", " ", "it's", "\"", "''", "two  spaces", "a\nb", "\n", "\r\n", "\t", "$HOME", "${HOME}", "$(id)", "`id`",
    "*", "?", "[a-z]*", "~", "{a,b}", "\\", "\\n", "\\'", "!", "!!", "#", ";", "&", "&&", "|", ">", "<", "(", ")",
    "-n", "--", "-", "a=b", "=", "%s", "\u{1}", "\u{1b}[0m", "\u{7f}", "é", "e\u{301}", "日本", "🦀", "\u{202e}",
    "\u{feff}", "\u{2028}", "' ; echo '", "\"$(id)\"", "\\\"", "a'b\"c`d$e\\f", "\u{10ffff}",
];

#[tokio::test]
async fn every_byte_of_every_argument_arrives() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let args = [&["[%s]\\n"], &WORDS[..]].concat();
    let expected: String = WORDS.iter().map(|word| format!("[{word}]\n")).collect();
    let answered = exec(&deployment, &sandbox, json!({"cmd": "printf", "args": args})).await;
    assert_eq!(answered, Ok(answer(&expected, 0)));
}

#[tokio::test]
async fn the_command_is_sent_as_one_quoted_element() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let fields = json!({"cmd": "env", "args": ["it's"], "env": {"A": "1 2"}, "cwd": "a b"});
    exec(&deployment, &sandbox, fields).await.expect("an answer");
    let sent = deployment
        .morph()
        .wait_for_request("POST", RUN, 1)
        .await
        .body
        .expect("a body");
    let command = sent["command"].as_array().expect("a list");
    assert_eq!((sent.as_object().map(Map::len), command.len()), (Some(1), 1), "{sent}");
    let line = command[0].as_str().expect("text");
    assert!(line.contains(r#"'A=1 2' env "it's""#), "{line}");
}

#[tokio::test]
async fn the_program_gets_its_variables_and_its_folder() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    script(&deployment, &sandbox, "mkdir -p -- '-a $b'").await;
    let fields = json!({
        "cmd": "sh",
        "args": ["-c", "printf '%s|%s|%s' \"$ONE\" \"$TWO\" \"${PWD##*/}\""],
        "env": {"ONE": "it's $HOME\n", "TWO": ""},
        "cwd": "-a $b",
    });
    let answered = exec(&deployment, &sandbox, fields).await;
    assert_eq!(answered, Ok(answer("it's $HOME\n||-a $b", 0)));
}

#[tokio::test]
async fn the_program_gets_no_input() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let answered = exec(&deployment, &sandbox, json!({"cmd": "cat"})).await;
    assert_eq!(answered, Ok(answer("", 0)));
}

#[tokio::test]
async fn what_the_program_says_and_how_it_ends_is_answered() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let answered = script(&deployment, &sandbox, "echo out; echo err >&2; exit 7").await;
    assert_eq!(answered, end("out\n", "err\n", 7, false));
}

#[tokio::test]
async fn in_a_missing_folder_nothing_runs() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for timeout_ms in [json!(null), json!(5000)] {
        let fields =
            json!({"cmd": "touch", "args": ["/proc/self/cwd/ran"], "cwd": "missing", "timeout_ms": timeout_ms});
        let answered = exec(&deployment, &sandbox, fields).await.expect("an answer");
        assert_ne!(answered["exit_code"], 0);
        assert_eq!(answered["timed_out"], false);
    }
    assert_eq!(script(&deployment, &sandbox, "ls").await, answer("", 0));
}

#[tokio::test]
async fn a_program_that_is_missing_is_127() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let answered = exec(&deployment, &sandbox, json!({"cmd": "no-such-program"}))
        .await
        .expect("an answer");
    assert_eq!(answered["exit_code"], 127);
}
