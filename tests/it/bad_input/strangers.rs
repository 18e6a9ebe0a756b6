//! Fields that a function does not have.

use serde_json::json;
use testkit::deployment::FUNCTIONS;

use super::{Function, deployment, right};

#[tokio::test]
async fn a_field_that_no_function_has() {
    let deployment = deployment().await;
    for name in FUNCTIONS {
        let function = Function::of(&deployment, name);
        let known = match name {
            "create" => "known are image, idle_timeout_secs",
            "exec" => "known are sandbox_id, cmd, args, env, cwd, timeout_ms",
            "branch" => "known are sandbox_id, count",
            "expose_port" => "known are sandbox_id, port",
            "list" => "there are none",
            _ => "known are sandbox_id",
        };
        function
            .refuses("zzz", [json!(1)], &format!("`zzz` is not known; {known}"))
            .await;
    }
}

#[tokio::test]
async fn a_field_under_a_name_that_is_nearly_right() {
    let deployment = deployment().await;
    for (name, given, known) in [
        ("exec", "timeout", "timeout_ms"),
        ("exec", "sandboxId", "sandbox_id"),
        ("create", "idle_timeout", "idle_timeout_secs"),
        ("expose_port", "ports", "port"),
    ] {
        let text = format!("`{given}` is not known; did you mean `{known}`?");
        Function::of(&deployment, name).refuses(given, [json!(5)], &text).await;
    }
}

#[tokio::test]
async fn what_one_function_has_and_another_has_not() {
    let deployment = deployment().await;
    let create = Function::of(&deployment, "create");
    for given in ["env", "name"] {
        let text = format!("`{given}` is not known; known are image, idle_timeout_secs");
        create.refuses(given, [json!({}), json!("a")], &text).await;
    }
}

#[tokio::test]
async fn what_the_engine_and_the_router_add_is_no_such_field() {
    let deployment = deployment().await;
    let mut payload = right("list");
    for (name, value) in [("provider", "morph"), ("_caller_worker_id", "w"), ("_trace", "t")] {
        payload[name] = json!(value);
    }
    deployment.call("list", payload).await.expect("a list");
}
