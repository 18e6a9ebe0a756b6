//! Commands on instances are real processes.

use super::client::Api;
use crate::fifo::Fifo;
use serde_json::{Value, json};
use testkit::Morph;

async fn ran(command: &[&str]) -> Value {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let (code, answer) = api.exec(&id, command).await;
    assert_eq!(code, 200, "{answer}");
    answer
}

#[tokio::test]
async fn output_and_exit_code_are_apart() {
    let answer = ran(&["echo out; echo err >&2; exit 42"]).await;
    let expected = json!({"stdout": "out\n", "stderr": "err\n", "exit_code": 42});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn several_elements_are_joined_with_spaces_and_left_to_a_shell() {
    assert_eq!(ran(&["echo", "a  b", "$((1+1))"]).await["stdout"], "a b 2\n");
    let answer = ran(&["sh", "-c", "echo one && echo two"]).await;
    assert_eq!(answer["stdout"], "\ntwo\n");
}

#[tokio::test]
async fn death_by_a_signal_is_128_and_the_signal() {
    assert_eq!(ran(&["kill -9 $$"]).await["exit_code"], 137);
}

#[tokio::test]
async fn the_environment_is_the_machines_own() {
    let answer = ran(&["env | cut -d= -f1 | sort | tr '\\n' ' '"]).await;
    let names: Vec<_> = answer["stdout"].as_str().unwrap().split_whitespace().collect();
    assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
    assert!(names.contains(&"HOME"), "{names:?}");
}

#[tokio::test]
async fn files_stay_on_their_instance() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let (one, other) = (api.ready_instance().await, api.ready_instance().await);
    api.exec(&one, &["echo x > f"]).await;
    assert_eq!(api.exec(&one, &["cat f"]).await.1["stdout"], "x\n");
    assert_eq!(api.exec(&other, &["cat f"]).await.1["exit_code"], 1);
}

#[tokio::test]
async fn deleting_an_instance_kills_what_runs_on_it() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let mut fifo = Fifo::new();
    let line = format!("{}; sleep 600 & wait", fifo.hold());
    let delete = async {
        fifo.opened().await;
        assert_eq!(api.delete(&format!("/instance/{id}")).await.0, 204);
        fifo.closed().await;
    };
    let line = [line.as_str()];
    let (answer, ()) = tokio::join!(api.exec(&id, &line), delete);
    assert_eq!(answer.0, 404);
}

#[tokio::test]
async fn the_end_of_the_simulator_kills_background_processes_too() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let mut fifo = Fifo::new();
    let line = format!("{}; nohup sleep 600 >log 2>&1 &", fifo.hold());
    assert_eq!(api.exec(&id, &[&line]).await.1["exit_code"], 0);
    fifo.opened().await;
    drop(morph);
    fifo.closed().await;
}

#[tokio::test]
async fn a_command_survives_the_client_that_asked_for_it() {
    let morph = Morph::start().await;
    let api = Api::of(&morph);
    let id = api.ready_instance().await;
    let mut fifo = Fifo::new();
    let line = format!("{}; until [ -e go ]; do sleep 0.01; done; echo done > f", fifo.hold());
    {
        let command = [line.as_str()];
        let leaving = api.exec(&id, &command);
        tokio::select! {
            _ = leaving => panic!("the command waits"),
            () = fifo.opened() => {}
        }
    }
    api.exec(&id, &["touch go"]).await;
    fifo.closed().await;
    assert_eq!(api.exec(&id, &["cat f"]).await.1["stdout"], "done\n");
}
