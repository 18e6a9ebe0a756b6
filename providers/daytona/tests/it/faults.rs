//! Whatever fails at Daytona, nothing leaks and the count is true.

use testkit::{Daytona, faults};

use crate::{MAPPING, worker};

/// Only a file that is given a mode needs it; `tests/it/conformance.rs` writes one.
const PERMIT: &str = "toolbox:POST /files/permissions";

/// Small pages, so that a few sandboxes are several. Copies are made one after the other, each when the one before has let
/// go of their parent.
fn suite() -> faults::Suite {
    faults::Suite::new(|| worker().simulator(Daytona::builder().pages_of(2)))
        .prepare("fs::read", "fs::write")
        .ready_within(20)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_is_killed() {
    let table = suite().kill_every_call(faults::Ways::from_env()).await;
    table.assert_sound();
    assert_eq!(table.left_alone(MAPPING), [PERMIT]);
}

/// By the provider's own calls for files.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_every_function_of_the_adapter_is_killed() {
    let table = suite().as_adapter().kill_every_call(faults::Ways::from_env()).await;
    table.assert_sound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_mixed_calls_and_random_faults() {
    let storm = suite().storm(faults::seed(), 500).await;
    storm.assert_sound();
}
