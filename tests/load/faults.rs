//! Whatever fails, nothing leaks and the count is true.

use testkit::{Deployment, deployment::FUNCTIONS, faults};

use crate::WORKER;

const MAPPING: &str = include_str!("../../spec/mapping.yaml");

/// By this a port is hidden again that was never listed; `tests/it/expose_port.rs` waits for that, and fails it.
const HIDE: &str = "DELETE /instance/{instance_id}/http/{service_name}";

fn suite() -> faults::Suite {
    faults::Suite::new(|| {
        let functions = [&FUNCTIONS[..], &["fs::read", "fs::write"]].concat();
        Deployment::builder(WORKER)
            .config("functions: [fs]")
            .functions(&functions)
    })
    .prepare("fs::read", "fs::write")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_is_killed() {
    let table = suite().kill_every_call(faults::Ways::from_env()).await;
    table.assert_sound();
    assert_eq!(table.left_alone(MAPPING), [HIDE]);
}

/// By `fs::*` and `run` as well: of the calls that the family's functions make none is missing.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_of_the_adapter_is_killed() {
    let table = suite().as_adapter().kill_every_call(faults::Ways::from_env()).await;
    table.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_mixed_calls_and_random_faults_of_the_adapter() {
    let storm = suite().as_adapter().storm(faults::seed(), 300).await;
    storm.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_mixed_calls_and_random_faults() {
    let storm = suite().storm(faults::seed(), 500).await;
    storm.assert_sound();
}
