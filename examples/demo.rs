//! An engine, a provider and the worker between them, on this machine: what a caller does, and what he gets.

use std::{env, error::Error, process::ExitCode};

use serde_json::{Value, json};
use testkit::Deployment;

mod generated {
    include!(concat!(env!("OUT_DIR"), "/provider.rs"));
}

/// Set for the process that is the worker: an example cannot name the package's binary, so it starts itself.
const IS_WORKER: &str = "DEMO_IS_WORKER";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if env::var_os(IS_WORKER).is_some() {
        return Ok(provider_runtime::run(
            generated::provider(),
            &provider_runtime::package!(),
        ));
    }
    tokio::runtime::Runtime::new()?.block_on(demo())?;
    Ok(ExitCode::SUCCESS)
}

async fn demo() -> Result<(), Box<dyn Error>> {
    let worker = env::current_exe()?;
    let mut house = Deployment::builder(&worker)
        .env(IS_WORKER, "1")
        .config("max_concurrent_sandboxes: 3")
        .start()
        .await;
    println!("engine    {}", house.engine.url());
    println!("provider  {} (a simulator)", house.morph().api_base());
    println!("worker    registered:");
    for function in house.engine.functions() {
        println!("          {}", function.id);
    }

    let image = house.morph().known_snapshot();
    let created = show(&house, "create", json!({"image": image})).await;
    let sandbox = created["sandbox_id"].clone();
    let arguments = ["[%s]\n", "it's", "$HOME", "*", "two  spaces", ""];
    show(
        &house,
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "printf", "args": arguments}),
    )
    .await;
    show(
        &house,
        "exec",
        json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["30"], "timeout_ms": 300}),
    )
    .await;
    let branched = show(&house, "branch", json!({"sandbox_id": sandbox, "count": 2})).await;
    show(&house, "create", json!({"image": image})).await;
    show(&house, "expose_port", json!({"sandbox_id": sandbox, "port": 8080})).await;
    show(&house, "list", json!({})).await;
    show(&house, "stop", json!({"sandbox_id": sandbox})).await;
    for child in branched["sandbox_ids"].as_array().into_iter().flatten() {
        show(&house, "stop", json!({"sandbox_id": child})).await;
    }
    println!("\nleft at the provider: {} sandboxes", house.morph().instances().len());
    println!("worker ended with: {}", house.terminate().await);
    Ok(())
}

/// Calls a function and prints what went in and what came out.
async fn show(house: &Deployment, function: &str, input: Value) -> Value {
    println!("\n{function} {input}");
    match house.call(function, input).await {
        Ok(answer) => {
            println!("  = {answer}");
            answer
        }
        Err(error) => {
            println!("  ! {}: {}", error.code, error.message);
            Value::Null
        }
    }
}
