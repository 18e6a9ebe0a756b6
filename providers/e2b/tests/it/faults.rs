//! Whatever fails, nothing leaks and the count is true.

use testkit::faults;

use crate::{MAPPING, worker};

fn suite() -> faults::Suite {
    faults::Suite::new(worker)
        .untagged_snapshots()
        .prepare("fs::read", "fs::write")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_is_killed() {
    let table = suite().kill_every_call(faults::Ways::from_env()).await;
    table.assert_sound();
    // Nothing follows the call that saves a sandbox: what takes that back is sent where a run of `--try` ends.
    assert_eq!(table.left_alone(MAPPING), ["DELETE /templates/{templateID}"]);
}

/// By the provider's own calls for files.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_of_the_adapter_is_killed() {
    let table = suite().as_adapter().kill_every_call(faults::Ways::from_env()).await;
    println!("{table}");
    // Where a port is reached is made of what the worker knows.
    assert_eq!(table.problems(), ["expose_port: it makes no call that could be killed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_mixed_calls_and_random_faults() {
    let storm = suite().storm(faults::seed(), 500).await;
    storm.assert_sound();
}
