//! Commands and sessions at a sandbox's toolbox.

use serde_json::{Value, json};
use testkit::Daytona;

use super::client::{Api, answer};
use crate::fifo::Fifo;

async fn ran(body: Value) -> (u16, Value) {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let (status, answer) = api.exec(&id, body).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn both_streams_come_as_one_and_the_exit_code_beside_it() {
    let ended = ran(json!({"command": "echo out; echo err >&2; exit 42"})).await;
    assert_eq!(ended, (200, json!({"exitCode": 42, "result": "out\nerr\n"})));
}

#[tokio::test]
async fn the_command_is_a_shells_standard_input_so_that_a_reader_eats_the_rest() {
    // More than a shell reads at a time.
    let rest = format!("{}\necho there", "#".repeat(100_000));
    let eaten = ran(json!({"command": format!("cat >/dev/null\n{rest}")})).await;
    assert_eq!(eaten.1["result"], "");
    let apart = ran(json!({"command": format!("cat </dev/null\n{rest}")})).await;
    assert_eq!(apart.1["result"], "there\n");
}

#[tokio::test]
async fn a_folder_and_variables_are_the_commands_own() {
    let body = json!({"command": "mkdir -p sub && cd sub && pwd | sed 's/.*\\///' && echo $A", "envs": {"A": "1"}});
    assert_eq!(ran(body).await.1["result"], "sub\n1\n");
    let nowhere = ran(json!({"command": "true", "cwd": "nowhere"})).await;
    assert_eq!(nowhere, (200, json!({"exitCode": -1, "result": ""})));
}

#[tokio::test]
async fn a_timeout_kills_the_group_and_loses_the_output() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let fifo = Fifo::new();
    let command = format!("{}; echo lost; sleep 600 & wait", fifo.hold());
    let (status, refusal) = api.exec(&id, json!({"command": command, "timeout": 1})).await;
    assert_eq!(status, 408);
    assert_eq!(refusal["statusCode"], 408);
    fifo.closed().await;
}

#[tokio::test]
async fn the_end_of_a_sandbox_is_the_end_of_what_runs_in_it() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let mut fifo = Fifo::new();
    let command = format!("{}; sleep 600 & wait", fifo.hold());
    let delete = async {
        fifo.opened().await;
        assert_eq!(api.delete(&format!("/sandbox/{id}")).await.0, 200);
        fifo.closed().await;
    };
    let (answer, ()) = tokio::join!(api.exec(&id, json!({"command": command})), delete);
    assert_eq!(answer.0, 502);
    assert_eq!(api.exec(&id, json!({"command": "true"})).await.0, 502);
}

#[tokio::test]
async fn a_toolbox_moves_and_its_old_address_is_404() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let old = api.inside("POST", &id, "/process/execute").await;
    daytona.move_toolboxes();
    assert_eq!(answer(old.json(&json!({"command": "true"}))).await.0, 404);
    assert_eq!(api.exec(&id, json!({"command": "true"})).await.0, 200);
}

#[tokio::test]
async fn a_session_is_a_shell_that_lives_on() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let open = api.inside("POST", &id, "/process/session").await;
    assert_eq!(answer(open.json(&json!({"sessionId": "s"}))).await.0, 201);
    let run = async |command: &str, version: &str| {
        let request = api.inside("POST", &id, "/process/session/s/exec").await;
        let request = request.header("X-Daytona-SDK-Version", version);
        answer(request.json(&json!({"command": command}))).await.1
    };
    assert_eq!(run("x=1; echo set", "0.190.0").await["stdout"], "set\n");
    let apart = run("echo $x; echo err >&2; (exit 3)", "0.190.0").await;
    assert_eq!(apart["stdout"], "1\n");
    assert_eq!((&apart["stderr"], &apart["exitCode"]), (&json!("err\n"), &json!(3)));
    let merged = run("echo out; echo err >&2", "0.100.0").await;
    assert_eq!((&merged["output"], merged.get("stderr")), (&json!("out\nerr\n"), None));
    let close = api.inside("DELETE", &id, "/process/session/s").await;
    assert_eq!(answer(close).await.0, 204);
    let gone = api.inside("GET", &id, "/process/session/s").await;
    assert_eq!(answer(gone).await.0, 404);
}
