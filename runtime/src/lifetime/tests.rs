//! Which lifetimes are set and when, on a clock that runs by itself.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Ends, Given, Lifetime, end};
use crate::{
    call::Call,
    double,
    error::{Code, Error},
    http::Transport,
    provider::{Api, Reply, Sandboxes},
    shutdown::Stage,
    worker::Worker,
};

/// A provider that only sets lifetimes, and notes when and which.
#[derive(Clone)]
struct Setter {
    began: Instant,
    set: Arc<Mutex<Vec<(u64, u64)>>>,
    does: Arc<Mutex<Does>>,
}

/// What the provider does with a lifetime.
#[derive(Clone, Copy)]
enum Does {
    Set,
    /// It gives at most so many seconds, and says so.
    GiveAtMost(u64),
    Fail,
    Stall,
    /// It knows no such sandbox.
    Miss,
}

impl Api for Setter {
    fn connect(_: &str, _: reqwest::Client, _: Transport) -> Self {
        Self {
            began: Instant::now(),
            set: Arc::default(),
            does: Arc::new(Mutex::new(Does::Set)),
        }
    }

    fn base(&self) -> &str {
        "http://127.0.0.1"
    }

    fn elsewhere(&self, _: &str, _: reqwest::Client) -> Self {
        self.clone()
    }
}

fn set(call: Call<Setter>, id: String, secs: u64) -> Reply<Option<Given>> {
    let setter = call.client().clone();
    let millis = u64::try_from(setter.began.elapsed().as_millis()).expect("a short test");
    setter.set.lock().expect("nobody panics").push((millis, secs));
    let does = *setter.does.lock().expect("nobody panics");
    let answer = async move {
        let secs = match does {
            Does::Set => secs,
            Does::GiveAtMost(most) => secs.min(most),
            Does::Fail => return Err(Error::new(Code::S502, "unavailable")),
            Does::Stall => pending().await,
            Does::Miss => return Ok(None),
        };
        let lifetime = Lifetime {
            ends_at: json!(4_000_000_000_u64),
            secs: json!(secs),
            idle_secs: Value::Null,
        };
        Ok(Some(Given { id: Some(id), lifetime }))
    };
    answer.boxed()
}

/// A worker of such a provider, with a sandbox that counts.
struct House {
    worker: Arc<Worker<Setter>>,
    setter: Setter,
}

const ID: &str = "one";

const SECOND: Duration = Duration::from_secs(1);

impl House {
    fn new() -> Self {
        let sandboxes = Sandboxes {
            tagged: true,
            traced: true,
            owned: None,
            made: None,
            one: None,
            end: None,
            lifetime: Some(set),
        };
        let worker = double::worker(sandboxes, None);
        let setter = worker.call("a call".to_owned(), None).client().clone();
        worker.slots.lingers(ID);
        Self { worker, setter }
    }

    /// One whose sandbox has just got ready with an idle timeout, and been told so.
    async fn ready(idle: u64) -> Self {
        let house = Self::new();
        house
            .worker
            .ready(ID, Duration::from_secs(idle), end(Instant::now(), idle + 120));
        settle().await;
        assert_eq!(house.told(), [(0, idle)]);
        house
    }

    fn does(&self, does: Does) {
        *self.setter.does.lock().expect("nobody panics") = does;
    }

    /// The lifetimes that were set since the last time: at how many milliseconds, and how many seconds.
    fn told(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut *self.setter.set.lock().expect("nobody panics"))
    }

    /// Runs a program that may take `may` and takes `takes`.
    async fn program(&self, may: Duration, takes: Duration) {
        let program = self.worker.lifetimes.program(ID, may);
        self.worker.hold(&program, may).await;
        sleep(takes).await;
        self.worker.release(&program, true);
    }

    fn learn(&self, told: &Lifetime, ours: bool) {
        self.worker.lifetimes.learn(ID, told, Duration::from_secs(100), ours);
        self.worker.keep(ID);
    }
}

/// Lets every task do what it can at this moment.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn unix(secs: i64) -> Value {
    let now = jiff::Timestamp::now().as_second();
    json!(now + secs)
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_is_ready_gets_its_idle_timeout_at_once_and_nothing_more() {
    let house = House::ready(300).await;
    sleep(secs(400)).await;
    assert_eq!(house.told(), []);
}

#[tokio::test(start_paused = true)]
async fn programs_at_once_are_followed_by_one_renewal() {
    let house = House::ready(300).await;
    sleep(secs(100)).await;
    let programs = (0..40).map(|n| house.program(secs(60), Duration::from_millis(n)));
    futures::future::join_all(programs).await;
    sleep(secs(29)).await;
    assert_eq!(
        house.told().len(),
        1,
        "the first of them ended a tenth after the last renewal"
    );
    sleep(secs(2)).await;
    let told = house.told();
    assert!(matches!(told[..], [(130_000..=130_200, 300)]), "and the last: {told:?}");
    sleep(secs(400)).await;
    assert_eq!(house.told(), []);
}

#[tokio::test(start_paused = true)]
async fn none_is_sent_before_a_tenth_of_the_idle_timeout_has_passed() {
    let house = House::ready(100).await;
    for _ in 0..300 {
        house.program(secs(1), Duration::from_millis(100)).await;
    }
    settle().await;
    let told = house.told();
    let moments: Vec<u64> = told.iter().map(|(at, _)| *at).collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] >= 10_000), "{told:?}");
    assert!((2..=3).contains(&told.len()), "30 s are three tenths: {told:?}");
}

#[tokio::test(start_paused = true)]
async fn after_the_last_program_the_whole_idle_timeout_is_left() {
    let house = House::ready(100).await;
    sleep(secs(3)).await;
    house.program(secs(1), SECOND).await;
    sleep(secs(60)).await;
    assert_eq!(house.told(), [(10_000, 100)], "a tenth after the last one");
}

#[tokio::test(start_paused = true)]
async fn before_a_program_nothing_is_set_that_lasts() {
    let house = House::ready(100).await;
    sleep(secs(30)).await;
    let program = house.worker.lifetimes.program(ID, secs(60));
    house.worker.hold(&program, secs(60)).await;
    assert_eq!(house.told(), []);
}

#[tokio::test(start_paused = true)]
async fn programs_that_would_outlast_their_sandbox_share_one_request_before_them() {
    let house = House::ready(10).await;
    sleep(secs(3)).await;
    let programs = (0..40).map(|n| async move {
        sleep(Duration::from_millis(20 * n)).await;
        n
    });
    let programs = programs.map(|late| async {
        late.await;
        house.program(secs(120), SECOND).await;
    });
    futures::future::join_all(programs).await;
    settle().await;
    let told = house.told();
    assert!(matches!(told[..], [(3_000..3_010, 125..), (_, 10)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_program_under_way_is_never_cut_off() {
    let house = House::ready(10).await;
    let long = house.program(secs(600), secs(600));
    let short = async {
        for _ in 0..50 {
            sleep(secs(10)).await;
            house.program(secs(1), SECOND).await;
        }
    };
    futures::join!(long, short);
    settle().await;
    let told = house.told();
    // At every moment the latest that was set lasts to the long program's end.
    let before = told.iter().filter(|(at, _)| *at < 600_000);
    assert!(before.clone().all(|(at, secs)| at / 1000 + secs >= 600), "{told:?}");
    assert_eq!(told.last(), Some(&(600_001, 10)), "then it idles");
}

#[tokio::test(start_paused = true)]
async fn a_longer_program_makes_it_live_longer() {
    let house = House::ready(10).await;
    let first = house.program(secs(100), secs(50));
    let second = async {
        sleep(secs(1)).await;
        house.program(secs(1000), secs(1000)).await;
    };
    futures::join!(first, second);
    let told = house.told();
    assert!(matches!(told[..2], [(1, 105..), (1_001, 1005..)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_program_whose_call_was_given_up_counts_until_it_must_have_ended() {
    let house = House::ready(10).await;
    let program = house.worker.lifetimes.program(ID, secs(600));
    house.worker.hold(&program, secs(600)).await;
    drop(program);
    house.program(secs(1), SECOND).await;
    sleep(secs(300)).await;
    let told = house.told();
    assert!(told.iter().all(|(at, secs)| at / 1000 + secs >= 600), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_was_never_sent_leaves_no_trace() {
    let house = House::ready(100).await;
    sleep(secs(50)).await;
    let program = house.worker.lifetimes.program(ID, secs(1));
    house.worker.release(&program, false);
    sleep(secs(100)).await;
    assert_eq!(house.told(), []);
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_sent_again_until_it_succeeds() {
    let house = House::ready(100).await;
    sleep(secs(50)).await;
    house.does(Does::Fail);
    house.program(secs(1), SECOND).await;
    sleep(secs(20)).await;
    let told = house.told();
    assert!((4..=10).contains(&told.len()), "less and less often: {told:?}");
    house.does(Does::Set);
    sleep(secs(40)).await;
    let told = house.told();
    assert!(matches!(told[..], [(_, 100)]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_meanwhile_is_left_alone_and_forgotten() {
    let house = House::ready(10).await;
    house.does(Does::Fail);
    house.program(secs(1), SECOND).await;
    sleep(secs(200)).await;
    house.told();
    sleep(secs(200)).await;
    assert_eq!(house.told(), []);
    house.worker.lifetimes.retain(|_| false);
    assert!(house.worker.lifetimes.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_program_does_not_wait_for_a_request_that_stalls_or_fails() {
    for does in [Does::Stall, Does::Fail] {
        let house = House::ready(10).await;
        house.does(does);
        let began = Instant::now();
        house.program(secs(120), Duration::ZERO).await;
        assert!(
            began.elapsed() <= SECOND + Duration::from_millis(5),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_stalls_is_given_up_in_time_to_be_sent_again() {
    let house = House::ready(10).await;
    house.does(Does::Stall);
    house.program(secs(120), SECOND).await;
    house.does(Does::Set);
    sleep(secs(5)).await;
    let told = house.told();
    let (at, secs) = *told.last().expect("one");
    assert!(told.len() >= 2 && at < 8_000 && at / 1000 + secs >= 11, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn where_it_is_unknown_when_one_has_just_been_made_it_is_asked_again() {
    let house = House::new();
    house.does(Does::Miss);
    house.worker.ready(ID, secs(60), end(Instant::now(), 180));
    sleep(secs(2)).await;
    assert!(house.told().len() > 1);
    house.does(Does::Set);
    sleep(secs(10)).await;
    assert_eq!(house.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_is_not_asked_about_again() {
    let house = House::ready(60).await;
    sleep(secs(40)).await;
    house.does(Does::Miss);
    house.program(secs(1), SECOND).await;
    sleep(secs(300)).await;
    assert_eq!(house.told().len(), 1);
    house.does(Does::Set);
    house.program(secs(1), SECOND).await;
    assert_eq!(house.told().len(), 1, "unless something is executed in it");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_count_any_more_is_left_alone() {
    let house = House::ready(60).await;
    sleep(secs(3)).await;
    house.program(secs(1), SECOND).await;
    house.worker.slots.ended(ID);
    sleep(secs(100)).await;
    assert_eq!(house.told(), []);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_gives_less_is_asked_earlier() {
    let house = House::new();
    house.does(Does::GiveAtMost(20));
    house.worker.ready(ID, secs(100), end(Instant::now(), 220));
    settle().await;
    house.program(secs(50), secs(50)).await;
    sleep(secs(200)).await;
    let told = house.told();
    let moments: Vec<u64> = told.iter().map(|(at, _)| at / 1000).collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] <= 10), "{moments:?}");
    assert!(
        moments.last() >= Some(&129),
        "until it has idled for 100 s: {moments:?}"
    );
    assert!(moments.len() < 20, "{moments:?}");
}

#[tokio::test(start_paused = true)]
async fn an_extended_sandbox_lives_so_long_whatever_is_executed_in_it() {
    let house = House::ready(60).await;
    house.worker.extend(ID, 1000).await.expect("it is set");
    assert_eq!(house.told(), [(1, 1000)]);
    for _ in 0..10 {
        sleep(secs(50)).await;
        house.program(secs(5), SECOND).await;
    }
    assert_eq!(house.told(), [], "it lives longer than it has to idle");
    sleep(secs(460)).await;
    house.program(secs(5), SECOND).await;
    sleep(secs(100)).await;
    assert!(matches!(house.told()[..], [(_, 60)]), "after that it idles as before");
}

#[tokio::test(start_paused = true)]
async fn a_shorter_extension_changes_nothing() {
    let house = House::ready(600).await;
    house.worker.extend(ID, 100).await.expect("it lasts");
    house.worker.extend(ID, 1000).await.expect("it is set");
    house.worker.extend(ID, 300).await.expect("it lasts");
    assert_eq!(house.told(), [(1, 1000)]);
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_is_extended_while_a_program_runs_outlives_both() {
    let house = House::ready(10).await;
    let program = house.program(secs(100), secs(100));
    let extension = async {
        sleep(secs(20)).await;
        house.worker.extend(ID, 500).await.expect("it is set");
    };
    futures::join!(program, extension);
    sleep(secs(50)).await;
    let told = house.told();
    assert_eq!(told.last(), Some(&(20_001, 500)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_cannot_be_set_promises_nothing() {
    let house = House::ready(100).await;
    for does in [Does::Fail, Does::Stall] {
        house.does(does);
        house.worker.extend(ID, 1000).await.expect_err("it is not set");
    }
    house.does(Does::Set);
    house.told();
    sleep(secs(20)).await;
    house.program(secs(5), SECOND).await;
    sleep(secs(20)).await;
    let told = house.told();
    assert!(told.iter().all(|(_, secs)| *secs <= 100), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_found_is_not_shortened() {
    let house = House::new();
    let told = Lifetime {
        ends_at: unix(500),
        secs: json!(600),
        idle_secs: json!(60),
    };
    house.learn(&told, true);
    house.program(secs(120), SECOND).await;
    sleep(secs(300)).await;
    assert_eq!(house.told(), []);
    sleep(secs(190)).await;
    house.program(secs(1), SECOND).await;
    settle().await;
    assert_eq!(house.told().len(), 1, "its idle timeout ends later by now");
}

#[tokio::test(start_paused = true)]
async fn one_of_ours_that_is_found_without_an_end_is_given_one() {
    for (ours, told) in [(true, vec![(0, 60)]), (false, vec![])] {
        let house = House::new();
        let lifetime = Lifetime {
            idle_secs: json!(60),
            ..Lifetime::default()
        };
        house.learn(&lifetime, ours);
        sleep(SECOND).await;
        assert_eq!(house.told(), told, "ours: {ours}");
        house.program(secs(5), SECOND).await;
        sleep(secs(10)).await;
        assert_eq!(house.told().len(), 1, "and used, any is");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_true_is_not_believed() {
    let hour = 3600;
    for (ends_at, secs) in [
        (unix(hour + 20), json!(60)),
        (unix(20 - hour), json!(60)),
        (json!(i64::MAX), json!(null)),
        (json!(-5), json!(null)),
        (json!(0), json!(0)),
        (json!("soon"), json!(u64::MAX)),
        (json!({}), json!([])),
        (json!(1e300), json!(1e300)),
    ] {
        let house = House::new();
        let told = Lifetime {
            ends_at,
            secs,
            idle_secs: json!(-5),
        };
        house.learn(&told, true);
        house.program(Duration::from_secs(30), SECOND).await;
        let told = house.told();
        assert!(
            matches!(told[..], [(_, 35..)]),
            "for {told:?} it is set before the program"
        );
        sleep(Duration::from_secs(60)).await;
        assert!(
            matches!(house.told()[..], [(_, 100)]),
            "the configured idle timeout counts"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_ahead_is_known_once_a_lifetime_was_set() {
    let house = House::ready(60).await;
    // What is set here ends in the year 2096.
    let provider_now = 4_000_000_000_i64 - 60;
    let told = Lifetime {
        ends_at: json!(provider_now + 50),
        secs: json!(60),
        idle_secs: json!(60),
    };
    house.worker.lifetimes.learn("two", &told, SECOND, false);
    let ends = house.worker.lifetimes.lock()["two"].schedule.ends();
    let Ends::At(end) = ends else { panic!("{ends:?}") };
    let left = end.saturating_duration_since(Instant::now());
    assert!((47..=51).contains(&left.as_secs()), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_puts_nothing_off() {
    let house = House::ready(100).await;
    sleep(secs(3)).await;
    house.program(secs(1), SECOND).await;
    house.worker.shutdown.reach(Stage::Draining);
    settle().await;
    assert_eq!(house.told().len(), 1);
    house.worker.background.close();
    house.worker.background.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_does_not_wait_for_ever() {
    let house = House::ready(100).await;
    house.does(Does::Fail);
    sleep(secs(30)).await;
    house.program(secs(1), SECOND).await;
    house.worker.shutdown.reach(Stage::Draining);
    house.worker.background.close();
    sleep(secs(2)).await;
    house.worker.shutdown.reach(Stage::GivingUp);
    house.worker.background.wait().await;
}

#[test]
fn an_answer_counts_if_it_is_the_lifetime_that_was_asked_for() {
    let asked = super::Asked {
        at: Instant::now(),
        secs: 60,
    };
    let given = |id: &str, ends_at: Value, secs: Value| Given {
        id: Some(id.to_owned()),
        lifetime: Lifetime {
            ends_at,
            secs,
            idle_secs: Value::Null,
        },
    };
    let at = || json!(4_000_000_000_u64);
    for (given, secs) in [
        (Given::default(), Some(60)),
        (given(ID, at(), Value::Null), Some(60)),
        (given(ID, at(), json!(60)), Some(60)),
        (given(ID, at(), json!(60.0)), Some(60)),
        (given(ID, at(), json!(40)), Some(40)),
        (given(ID, json!("2096-10-02T07:06:40Z"), json!(60)), Some(60)),
        (given("two", at(), json!(60)), None),
        (given(ID, Value::Null, json!(60)), None),
        (given(ID, json!("never"), json!(60)), None),
        (given(ID, at(), json!(0)), None),
        (given(ID, at(), json!(-5)), None),
        (given(ID, at(), json!(i64::MAX)), None),
        (given(ID, at(), json!(86_400)), None),
    ] {
        assert_eq!(given.secs(ID, asked).ok(), secs, "for {given:?}");
    }
}
