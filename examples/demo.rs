//! An engine, a provider and the worker between them, on this machine: what a caller does, and what he gets. Fails where
//! that is not what he should get. With `--serve` the three stay, for callers of your own, until Ctrl-C; the engine's
//! `sandbox::*` is the worker then, too.

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
    let mut deployment = Deployment::builder(&worker)
        .worker_name(env!("CARGO_PKG_NAME"))
        .env(IS_WORKER, "1")
        .config("max_concurrent_sandboxes: 3\nimages: {python: $known_image}")
        .start()
        .await;
    deployment.bind_adapter();
    println!("engine    {}", deployment.engine.url());
    println!("provider  {} (a simulator)", deployment.morph().api_base());
    println!("worker    registered:");
    for function in deployment.engine.functions() {
        println!("          {}", function.id);
    }

    let image = deployment.morph().known_snapshot();
    if env::args().any(|argument| argument == "--serve") {
        println!("image     {image}");
        println!("sandbox   is sandbox-morph, its image python");
        return Ok(tokio::signal::ctrl_c().await?);
    }
    let created = show(&deployment, "create", json!({"image": image})).await?;
    let sandbox = &created["sandbox_id"];
    programs(&deployment, sandbox).await?;
    copies(&deployment, sandbox).await?;

    let port = json!({"sandbox_id": sandbox, "port": 8080});
    let exposed = show(&deployment, "expose_port", port.clone()).await?;
    let again = show(&deployment, "expose_port", port).await?;
    check("asked again, it is the same URL", again == exposed)?;

    let listed = show(&deployment, "list", json!({})).await?;
    check("one is left", listed["in_flight"] == 1 && listed["reconciled"] == true)?;
    show(&deployment, "stop", json!({"sandbox_id": sandbox})).await?;
    show(&deployment, "stop", json!({"sandbox_id": sandbox})).await?;
    through_the_router(&deployment).await?;
    check(
        "nothing is left at the provider",
        deployment.morph().instances().is_empty(),
    )?;
    check("the worker ends in good order", deployment.terminate().await.success())
}

async fn programs(deployment: &Deployment, sandbox: &Value) -> Result<(), Box<dyn Error>> {
    let arguments = ["[%s]\n", "it's", "$HOME", "*", "two  spaces", ""];
    let print = json!({"sandbox_id": sandbox, "cmd": "printf", "args": arguments});
    let printed = show(deployment, "exec", print).await?;
    check(
        "every argument arrives as it is",
        printed["stdout"] == "[it's]\n[$HOME]\n[*]\n[two  spaces]\n[]\n",
    )?;
    let sleep = json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["30"], "timeout_ms": 300});
    let slept = show(deployment, "exec", sleep).await?;
    check("a program has its time and no more", slept["timed_out"] == true)
}

async fn copies(deployment: &Deployment, sandbox: &Value) -> Result<(), Box<dyn Error>> {
    let snapshot = show(deployment, "snapshot", json!({"sandbox_id": sandbox})).await?;
    let later = show(deployment, "create", json!({"image": snapshot["snapshot_id"]})).await?;
    let too_many = show(deployment, "branch", json!({"sandbox_id": sandbox, "count": 2})).await;
    check("a fourth is refused", too_many.is_err_and(|error| error.code == "S400"))?;
    show(deployment, "stop", json!({"sandbox_id": later["sandbox_id"]})).await?;
    let branched = show(deployment, "branch", json!({"sandbox_id": sandbox, "count": 2})).await?;
    let copies = branched["sandbox_ids"].as_array().ok_or("no copies")?;
    check(
        "there are three now",
        deployment.in_flight().await == 1 + copies.len() as u64,
    )?;
    for copy in copies {
        show(deployment, "stop", json!({"sandbox_id": copy})).await?;
    }
    Ok(())
}

/// What consumers do that know the engine's own functions alone, by the name of an image of the catalog.
async fn through_the_router(deployment: &Deployment) -> Result<(), Box<dyn Error>> {
    let code = "printf '%s\\n' \"$GREETING\"; cat";
    let run = json!({"image": "python", "lang": "sh", "code": code, "env": {"GREETING": "it's me"}, "stdin": "Kg=="});
    println!("\nsandbox::run {run}");
    let ran = said(deployment.engine.call("sandbox::run", run).await)?;
    check("it is run, and its sandbox ended", ran["stdout"] == "it's me\n*")
}

/// Calls a function of the family and prints what went in and what came out.
async fn show(deployment: &Deployment, function: &str, input: Value) -> Result<Value, CallError> {
    println!("\n{function} {input}");
    said(deployment.call(function, input).await)
}

fn said(answer: Result<Value, CallError>) -> Result<Value, CallError> {
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
