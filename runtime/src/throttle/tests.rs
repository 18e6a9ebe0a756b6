use std::sync::Arc;

use futures::future::join_all;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

const API: &str = "https://api.example";

fn later(secs: Option<u64>) -> Refusal {
    Refusal {
        code: Code::S500,
        status: 429,
        pause: secs.map(Duration::from_secs),
    }
}

fn in_secs(secs: u64) -> Instant {
    Instant::now() + Duration::from_secs(secs)
}

/// A throttle that has just been closed.
fn closed(secs: Option<u64>) -> Arc<Throttles> {
    let throttles = Arc::new(Throttles::default());
    throttles.refused(API, Instant::now(), later(secs));
    throttles
}

/// When so many requests are let through that wait from now on, each of which is answered at once: in milliseconds.
async fn passed(throttles: &Arc<Throttles>, count: usize) -> Vec<u64> {
    let begun = Instant::now();
    let pass = |_| {
        let throttles = throttles.clone();
        async move {
            throttles.pass(API, false, in_secs(300)).await.expect("let through");
            throttles.answered(API, Instant::now());
            begun.elapsed().as_millis() as u64
        }
    };
    join_all((0..count).map(pass)).await
}

#[tokio::test(start_paused = true)]
async fn an_api_that_has_refused_nothing_has_no_throttle() {
    let begun = Instant::now();
    let throttles = closed(Some(60));
    throttles
        .pass("https://other.example", false, in_secs(1))
        .await
        .expect("let through");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_is_asked_for_is_kept_by_all_and_then_they_go_one_after_the_other() {
    let throttles = closed(Some(8));
    let at = passed(&throttles, 12).await;
    assert!((8_000..8_500).contains(&at[0]), "{at:?}");
    let gaps: Vec<u64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // The first shows that others may follow; then it gets faster and faster.
    assert!((100..=500).contains(&gaps[1]), "{gaps:?}");
    assert!(gaps[1..].is_sorted_by(|earlier, later| earlier >= later), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_being_refused_is_tried_ever_more_seldom() {
    let throttles = closed(None);
    let begun = Instant::now();
    let mut tries = 0;
    while begun.elapsed() < Duration::from_secs(60) {
        throttles.pass(API, false, in_secs(300)).await.expect("let through");
        throttles.refused(API, Instant::now(), later(None));
        tries += 1;
    }
    assert!((24..=40).contains(&tries), "{tries} tries");
}

#[tokio::test(start_paused = true)]
async fn requests_that_were_under_way_when_it_closed_are_one_refusal() {
    let throttles = Arc::new(Throttles::default());
    let sent = Instant::now();
    tokio::time::advance(Duration::from_millis(10)).await;
    for _ in 0..7 {
        throttles.refused(API, sent, later(Some(1)));
    }
    let at = passed(&throttles, 1).await;
    assert!((1_000..1_500).contains(&at[0]), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn removals_go_first() {
    let throttles = closed(Some(1));
    let look = throttles.pass(API, false, in_secs(30));
    let removal = throttles.pass(API, true, in_secs(30));
    tokio::pin!(look, removal);
    tokio::select! {
        biased;
        _ = &mut look => panic!("the look went first"),
        passed = &mut removal => passed.expect("let through"),
    }
    look.await.expect("let through");
}

#[tokio::test(start_paused = true)]
async fn what_would_miss_its_deadline_is_told_at_once_how_long_it_lasts() {
    let throttles = closed(Some(36_000));
    let begun = Instant::now();
    let held = throttles.pass(API, false, in_secs(30)).await.expect_err("too late");
    assert_eq!((held.code, held.status, held.secs), (Code::S500, 429, 36_000));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // No API is left alone for hours all the same.
    throttles.pass(API, false, in_secs(90)).await.expect("let through");
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_vain_is_told_how_long_the_queue_lasts() {
    let throttles = closed(Some(1));
    let waiting = join_all((0..20).map(|_| throttles.pass(API, false, in_secs(4)))).await;
    let late: Vec<Held> = waiting.into_iter().filter_map(Result::err).collect();
    assert!(late.len() > 5, "{late:?}");
    assert!(late.iter().all(|held| (1..20).contains(&held.secs)), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_holds_nobody_up() {
    let throttles = closed(Some(1));
    let first = tokio::time::timeout(Duration::from_millis(500), throttles.pass(API, false, in_secs(30))).await;
    assert!(first.is_err());
    let at = passed(&throttles, 1).await;
    assert!(at[0] <= 1_000, "{at:?}");
}

/// An API that takes `limit` requests in any second, and asks for a second's pause beyond.
struct Limited {
    limit: usize,
    taken: Vec<Instant>,
    refused: usize,
}

impl Limited {
    /// How many requests it takes and refuses in a minute of which each is sent as soon as it is let through.
    async fn minute(limit: usize) -> Self {
        let (mut api, throttles) = (
            Self {
                limit,
                taken: Vec::new(),
                refused: 0,
            },
            closed(Some(1)),
        );
        let end = in_secs(60);
        while throttles.pass(API, false, end).await.is_ok() {
            api.meet(&throttles);
        }
        api
    }

    fn meet(&mut self, throttles: &Throttles) {
        let now = Instant::now();
        let lately = self.taken.iter().rev().take_while(|at| now - **at < SECOND).count();
        if lately < self.limit {
            self.taken.push(now);
            throttles.answered(API, now);
        } else {
            self.refused += 1;
            throttles.refused(API, now, later(Some(1)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_found_and_mostly_used() {
    for limit in [2, 5, 8, 20, 50, 150] {
        let api = Limited::minute(limit).await;
        let (taken, refused) = (api.taken.len(), api.refused);
        assert!(
            taken * 2 >= limit * 60,
            "{taken} taken and {refused} refused at {limit} a second"
        );
        assert!(refused <= 30, "{taken} taken and {refused} refused at {limit} a second");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_that_come_by_chance_do_not_make_it_slow() {
    let throttles = closed(Some(1));
    // The second comes before a second was shown to be good, the third later.
    for answers in [1, 40] {
        passed(&throttles, answers).await;
        throttles.pass(API, false, in_secs(30)).await.expect("let through");
        throttles.refused(API, Instant::now(), later(Some(1)));
    }
    let at = passed(&throttles, 100).await;
    assert!(at[99] <= 15_000, "{at:?}");
}
