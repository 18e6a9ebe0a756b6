//! Lifetimes that a caller asked for.

use tokio::time::sleep;

use super::{Does, Harness, ID, SECOND, secs};

#[tokio::test(start_paused = true)]
async fn an_extended_sandbox_lives_so_long_whatever_is_executed_in_it() {
    let harness = Harness::ready(60).await;
    harness.worker.extend(ID, 1000).await.expect("it is set");
    assert_eq!(harness.told(), [(1, 1000)]);
    for _ in 0..10 {
        sleep(secs(50)).await;
        harness.program(secs(5), SECOND).await;
    }
    assert_eq!(harness.told(), [], "it lives longer than it has to idle");
    sleep(secs(460)).await;
    harness.program(secs(5), SECOND).await;
    sleep(secs(100)).await;
    assert!(matches!(harness.told()[..], [(_, 60)]), "after that it idles as before");
}

#[tokio::test(start_paused = true)]
async fn a_shorter_extension_changes_nothing() {
    let harness = Harness::ready(600).await;
    harness.worker.extend(ID, 100).await.expect("it lasts");
    harness.worker.extend(ID, 1000).await.expect("it is set");
    harness.worker.extend(ID, 300).await.expect("it lasts");
    assert_eq!(harness.told(), [(1, 1000)]);
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_is_extended_while_a_program_runs_outlives_both() {
    let harness = Harness::ready(10).await;
    let program = harness.program(secs(100), secs(100));
    let extension = async {
        sleep(secs(20)).await;
        harness.worker.extend(ID, 500).await.expect("it is set");
    };
    futures::join!(program, extension);
    sleep(secs(50)).await;
    let told = harness.told();
    assert_eq!(told.last(), Some(&(20_001, 500)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_cannot_be_set_promises_nothing() {
    let harness = Harness::ready(100).await;
    for does in [Does::Fail, Does::Stall] {
        harness.does(does);
        harness.worker.extend(ID, 1000).await.expect_err("it is not set");
    }
    harness.does(Does::Set);
    harness.told();
    sleep(secs(20)).await;
    harness.program(secs(5), SECOND).await;
    sleep(secs(20)).await;
    let told = harness.told();
    assert!(told.iter().all(|(_, secs)| *secs <= 100), "{told:?}");
}
