//! 20,000 calls on one worker: `cargo bench --bench soak`. Fails if memory grows.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use testkit::{Deployment, Morph, soak::soak};

const CALLS: usize = 20_400;
const EVERY: usize = 2_040;

/// What memory may grow between the first sample and the last, in bytes.
const GROWTH: u64 = 8 << 20;

#[tokio::main]
async fn main() -> ExitCode {
    let worker = Deployment::builder(env!("CARGO_BIN_EXE_sandbox-morph"));
    let deployment = worker.morph(Morph::builder().ready_after(Duration::ZERO)).start().await;
    let began = Instant::now();
    let memory = soak(&deployment, CALLS, EVERY).await;
    for (calls, bytes) in &memory {
        println!("{calls:>6} calls: {:>6.1} MiB", *bytes as f64 / f64::from(1 << 20));
    }
    println!("{:.0} calls a second", CALLS as f64 / began.elapsed().as_secs_f64());
    let (first, last) = (memory[0].1, memory[memory.len() - 1].1);
    if last > first + GROWTH {
        eprintln!("memory grows");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
