//! The process itself: how soon it serves, and how much memory it has.

use std::{
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use testkit::{Engine, Worker, deployment::FUNCTIONS};
use tokio::{process::Command, time::sleep};

use crate::{
    WORKER,
    figures::{Figure, Row, Section},
    load::Run,
    memory::Memory,
    provider::Provider,
    stage::Stage,
};

const STARTS: usize = 9;

/// Calls of each kind in a round: a start, a program, a port and an end.
const ROUNDS: usize = 2_500;

/// By then connections are made and buffers have their size.
const FIRST: usize = 250;
const AT_A_TIME: usize = 16;

/// What memory may grow from the first rounds to the last, as `benches/soak.rs` has it.
const GROWTH: u64 = 8 << 20;

/// What a worker may still do after its start is done by then.
const SETTLED: Duration = Duration::from_secs(2);

pub async fn measure() -> Vec<Section> {
    let mut rows = vec![start().await];
    rows.extend(memory().await);
    vec![Section {
        title: "The process".to_owned(),
        about:
            "From its start until all of its functions are registered, against running it with `--version`; and its \
                resident memory, when nothing was asked of it and after 10,000 calls."
                .to_owned(),
        rows,
        plots: Vec::new(),
    }]
}

async fn start() -> Row {
    let (mut starts, mut bare) = (Run::default(), Run::default());
    for _ in 0..STARTS {
        starts.times.push(registered().await);
        bare.times.push(version().await);
    }
    Row::new("start to registered", Figure::Time(starts.median())).bare(Figure::Time(bare.median()))
}

async fn registered() -> Duration {
    let (engine, provider) = (Engine::start().await, Provider::start().await);
    let config = format!("api_base: {}", provider.api_base());
    let worker = Worker::builder(WORKER).url(&engine.url()).config(&config);
    let worker = worker.env("MORPH_API_KEY", "bench");
    let began = Instant::now();
    let _worker = worker.spawn().await;
    let ids = FUNCTIONS.map(|name| format!("sandbox::provider::morph::{name}"));
    engine.wait_for(&ids).await;
    began.elapsed()
}

async fn version() -> Duration {
    let mut command = Command::new(WORKER);
    command.arg("--version").stdout(Stdio::null());
    let began = Instant::now();
    let status = command.status().await.expect("the worker");
    assert!(status.success(), "{status}");
    began.elapsed()
}

async fn memory() -> Vec<Row> {
    let stage = Arc::new(Stage::start("").await);
    sleep(SETTLED).await;
    let Some(idle) = Memory::of(&stage.deployment.worker).map(Memory::now) else {
        return Vec::new();
    };
    let first = after(&stage, FIRST).await;
    let last = after(&stage, ROUNDS - FIRST).await;
    vec![
        Row::new("memory, idle", Figure::Bytes(idle)),
        Row::new("memory, after 1,000 calls", Figure::Bytes(first)).bare(Figure::Bytes(idle)),
        Row::new("memory, after 10,000 calls", Figure::Bytes(last))
            .bare(Figure::Bytes(first))
            .goal("at most 8 MiB more", last <= first + GROWTH),
    ]
}

/// The memory after so many rounds more.
async fn after(stage: &Arc<Stage>, rounds: usize) -> u64 {
    let shared = stage.clone();
    Run::of(rounds, AT_A_TIME, move |_| round(shared.clone())).await;
    sleep(SETTLED).await;
    Memory::of(&stage.deployment.worker).map_or(0, Memory::now)
}

async fn round(stage: Arc<Stage>) {
    let sandbox = json!({"sandbox_id": stage.sandbox().await});
    let mut program = sandbox.clone();
    program["cmd"] = json!("true");
    stage.call("exec", program).await;
    stage
        .call(
            "expose_port",
            json!({"sandbox_id": sandbox["sandbox_id"], "port": 8080}),
        )
        .await;
    stage.call("stop", sandbox).await;
}
