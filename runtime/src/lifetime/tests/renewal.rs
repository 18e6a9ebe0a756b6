//! When a sandbox is given its idle timeout anew: after programs, before those that would outlast it, at the worker's end.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Does, Harness, ID, SECOND, secs, settle};
use crate::{lifetime::end, shutdown::Stage};

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_is_ready_gets_its_idle_timeout_at_once_and_nothing_more() {
    let harness = Harness::ready(300).await;
    sleep(secs(400)).await;
    assert_eq!(harness.told(), []);
}

#[tokio::test(start_paused = true)]
async fn programs_at_once_are_followed_by_one_renewal() {
    let harness = Harness::ready(300).await;
    sleep(secs(100)).await;
    let programs = (0..40).map(|n| harness.program(secs(60), Duration::from_millis(n)));
    futures::future::join_all(programs).await;
    sleep(secs(29)).await;
    assert_eq!(
        harness.told().len(),
        1,
        "the first of them ended a tenth after the last renewal"
    );
    sleep(secs(2)).await;
    let told = harness.told();
    assert!(matches!(told[..], [(130_000..=130_200, 300)]), "and the last: {told:?}");
    sleep(secs(400)).await;
    assert_eq!(harness.told(), []);
}

#[tokio::test(start_paused = true)]
async fn none_is_sent_before_a_tenth_of_the_idle_timeout_has_passed() {
    let harness = Harness::ready(100).await;
    for _ in 0..300 {
        harness.program(secs(1), Duration::from_millis(100)).await;
    }
    settle().await;
    let told = harness.told();
    let moments: Vec<u64> = told.iter().map(|(at, _)| *at).collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] >= 10_000), "{told:?}");
    assert!((2..=3).contains(&told.len()), "30 s are three tenths: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn after_the_last_program_the_whole_idle_timeout_is_left() {
    let harness = Harness::ready(100).await;
    sleep(secs(3)).await;
    harness.program(secs(1), SECOND).await;
    sleep(secs(60)).await;
    assert_eq!(harness.told(), [(10_000, 100)], "a tenth after the last one");
}

#[tokio::test(start_paused = true)]
async fn before_a_program_nothing_is_set_that_lasts() {
    let harness = Harness::ready(100).await;
    sleep(secs(30)).await;
    let program = harness.worker.lifetimes.program(ID, secs(60));
    harness.worker.hold(&program, secs(60)).await;
    assert_eq!(harness.told(), []);
}

#[tokio::test(start_paused = true)]
async fn programs_that_would_outlast_their_sandbox_share_one_request_before_them() {
    let harness = Harness::ready(10).await;
    sleep(secs(3)).await;
    let programs = (0..40).map(|n| async move {
        sleep(Duration::from_millis(20 * n)).await;
        n
    });
    let programs = programs.map(|late| async {
        late.await;
        harness.program(secs(120), SECOND).await;
    });
    futures::future::join_all(programs).await;
    settle().await;
    let told = harness.told();
    assert!(matches!(told[..], [(3_000..3_010, 125..), (_, 10)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_program_under_way_is_never_cut_off() {
    let harness = Harness::ready(10).await;
    let long = harness.program(secs(600), secs(600));
    let short = async {
        for _ in 0..50 {
            sleep(secs(10)).await;
            harness.program(secs(1), SECOND).await;
        }
    };
    futures::join!(long, short);
    settle().await;
    let told = harness.told();
    // At every moment the latest that was set lasts to the long program's end.
    let before = told.iter().filter(|(at, _)| *at < 600_000);
    assert!(before.clone().all(|(at, secs)| at / 1000 + secs >= 600), "{told:?}");
    assert_eq!(told.last(), Some(&(600_001, 10)), "then it idles");
}

#[tokio::test(start_paused = true)]
async fn a_longer_program_makes_it_live_longer() {
    let harness = Harness::ready(10).await;
    let first = harness.program(secs(100), secs(50));
    let second = async {
        sleep(secs(1)).await;
        harness.program(secs(1000), secs(1000)).await;
    };
    futures::join!(first, second);
    let told = harness.told();
    assert!(matches!(told[..2], [(1, 105..), (1_001, 1005..)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_program_whose_call_was_given_up_counts_until_it_must_have_ended() {
    let harness = Harness::ready(10).await;
    let program = harness.worker.lifetimes.program(ID, secs(600));
    harness.worker.hold(&program, secs(600)).await;
    drop(program);
    harness.program(secs(1), SECOND).await;
    sleep(secs(300)).await;
    let told = harness.told();
    assert!(told.iter().all(|(at, secs)| at / 1000 + secs >= 600), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_was_never_sent_leaves_no_trace() {
    let harness = Harness::ready(100).await;
    sleep(secs(50)).await;
    let program = harness.worker.lifetimes.program(ID, secs(1));
    harness.worker.release(&program, false);
    sleep(secs(100)).await;
    assert_eq!(harness.told(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_sent_again_until_it_succeeds() {
    let harness = Harness::ready(100).await;
    sleep(secs(50)).await;
    harness.does(Does::Fail);
    harness.program(secs(1), SECOND).await;
    sleep(secs(20)).await;
    let told = harness.told();
    assert!((4..=10).contains(&told.len()), "less and less often: {told:?}");
    harness.does(Does::Set);
    sleep(secs(40)).await;
    let told = harness.told();
    assert!(matches!(told[..], [(_, 100)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_meanwhile_is_left_alone_and_forgotten() {
    let harness = Harness::ready(10).await;
    harness.does(Does::Fail);
    harness.program(secs(1), SECOND).await;
    sleep(secs(200)).await;
    harness.told();
    sleep(secs(200)).await;
    assert_eq!(harness.told(), []);
    harness.worker.lifetimes.retain(|_| false);
    assert!(harness.worker.lifetimes.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_program_does_not_wait_for_a_request_that_stalls_or_fails() {
    for does in [Does::Stall, Does::Fail] {
        let harness = Harness::ready(10).await;
        harness.does(does);
        let began = Instant::now();
        harness.program(secs(120), Duration::ZERO).await;
        assert!(
            began.elapsed() <= SECOND + Duration::from_millis(5),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_stalls_is_given_up_in_time_to_be_sent_again() {
    let harness = Harness::ready(10).await;
    harness.does(Does::Stall);
    harness.program(secs(120), SECOND).await;
    harness.does(Does::Set);
    sleep(secs(5)).await;
    let told = harness.told();
    let (at, secs) = *told.last().expect("one");
    assert!(told.len() >= 2 && at < 8_000 && at / 1000 + secs >= 11, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn where_it_is_unknown_when_one_has_just_been_made_it_is_asked_again() {
    let harness = Harness::new();
    harness.does(Does::Miss);
    harness.worker.ready(ID, secs(60), end(Instant::now(), 180));
    sleep(secs(2)).await;
    assert!(harness.told().len() > 1);
    harness.does(Does::Set);
    sleep(secs(10)).await;
    assert_eq!(harness.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_is_not_asked_about_again() {
    let harness = Harness::ready(60).await;
    sleep(secs(40)).await;
    harness.does(Does::Miss);
    harness.program(secs(1), SECOND).await;
    sleep(secs(300)).await;
    assert_eq!(harness.told().len(), 1);
    harness.does(Does::Set);
    harness.program(secs(1), SECOND).await;
    assert_eq!(harness.told().len(), 1, "unless something is executed in it");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_count_any_more_is_left_alone() {
    let harness = Harness::ready(60).await;
    sleep(secs(3)).await;
    harness.program(secs(1), SECOND).await;
    harness.worker.slots.ended(ID);
    sleep(secs(100)).await;
    assert_eq!(harness.told(), []);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_gives_less_is_asked_earlier() {
    let harness = Harness::new();
    harness.does(Does::GiveAtMost(20));
    harness.worker.ready(ID, secs(100), end(Instant::now(), 220));
    settle().await;
    harness.program(secs(50), secs(50)).await;
    sleep(secs(200)).await;
    let told = harness.told();
    let moments: Vec<u64> = told.iter().map(|(at, _)| at / 1000).collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] <= 10), "{moments:?}");
    assert!(
        moments.last() >= Some(&129),
        "until it has idled for 100 s: {moments:?}"
    );
    assert!(moments.len() < 20, "{moments:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_puts_nothing_off() {
    let harness = Harness::ready(100).await;
    sleep(secs(3)).await;
    harness.program(secs(1), SECOND).await;
    harness.worker.shutdown.reach(Stage::Draining);
    settle().await;
    assert_eq!(harness.told().len(), 1);
    harness.worker.background.close();
    harness.worker.background.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_does_not_wait_for_ever() {
    let harness = Harness::ready(100).await;
    harness.does(Does::Fail);
    sleep(secs(30)).await;
    harness.program(secs(1), SECOND).await;
    harness.worker.shutdown.reach(Stage::Draining);
    harness.worker.background.close();
    sleep(secs(2)).await;
    harness.worker.shutdown.reach(Stage::GivingUp);
    harness.worker.background.wait().await;
}
