//! An engine, a provider and the worker between them, on this machine: what a caller does, and what he gets. Fails where
//! that is not what he should get.

use std::{env, error::Error, process::ExitCode};

use serde_json::{Value, json};
use testkit::{CallError, Deployment};

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
    let created = show(&house, "create", json!({"image": image})).await?;
    let sandbox = &created["sandbox_id"];
    programs(&house, sandbox).await?;
    copies(&house, sandbox).await?;

    let port = json!({"sandbox_id": sandbox, "port": 8080});
    let exposed = show(&house, "expose_port", port.clone()).await?;
    let again = show(&house, "expose_port", port).await?;
    check("asked again, it is the same URL", again == exposed)?;

    let listed = show(&house, "list", json!({})).await?;
    check("one is left", listed["in_flight"] == 1 && listed["reconciled"] == true)?;
    show(&house, "stop", json!({"sandbox_id": sandbox})).await?;
    show(&house, "stop", json!({"sandbox_id": sandbox})).await?;
    check("nothing is left at the provider", house.morph().instances().is_empty())?;
    check("the worker ends in good order", house.terminate().await.success())
}

async fn programs(house: &Deployment, sandbox: &Value) -> Result<(), Box<dyn Error>> {
    let arguments = ["[%s]\n", "it's", "$HOME", "*", "two  spaces", ""];
    let print = json!({"sandbox_id": sandbox, "cmd": "printf", "args": arguments});
    let printed = show(house, "exec", print).await?;
    check(
        "every argument arrives as it is",
        printed["stdout"] == "[it's]\n[$HOME]\n[*]\n[two  spaces]\n[]\n",
    )?;
    let sleep = json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["30"], "timeout_ms": 300});
    let slept = show(house, "exec", sleep).await?;
    check("a program has its time and no more", slept["timed_out"] == true)
}

async fn copies(house: &Deployment, sandbox: &Value) -> Result<(), Box<dyn Error>> {
    let snapshot = show(house, "snapshot", json!({"sandbox_id": sandbox})).await?;
    let later = show(house, "create", json!({"image": snapshot["snapshot_id"]})).await?;
    let too_many = show(house, "branch", json!({"sandbox_id": sandbox, "count": 2})).await;
    check("a fourth is refused", too_many.is_err_and(|error| error.code == "S400"))?;
    show(house, "stop", json!({"sandbox_id": later["sandbox_id"]})).await?;
    let branched = show(house, "branch", json!({"sandbox_id": sandbox, "count": 2})).await?;
    let copies = branched["sandbox_ids"].as_array().ok_or("no copies")?;
    check(
        "there are three now",
        house.in_flight().await == 1 + copies.len() as u64,
    )?;
    for copy in copies {
        show(house, "stop", json!({"sandbox_id": copy})).await?;
    }
    Ok(())
}

/// Calls a function and prints what went in and what came out.
async fn show(house: &Deployment, function: &str, input: Value) -> Result<Value, CallError> {
    println!("\n{function} {input}");
    let answer = house.call(function, input).await;
    match &answer {
        Ok(answer) => println!("  = {answer}"),
        Err(error) => println!("  ! {}: {}", error.code, error.message),
    }
    answer
}

/// Says what must be so, and ends the demo where it is not.
fn check(what: &str, holds: bool) -> Result<(), Box<dyn Error>> {
    println!("  {} {what}", if holds { "✓" } else { "✗" });
    if holds { Ok(()) } else { Err(what.into()) }
}
