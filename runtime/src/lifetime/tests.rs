//! Which lifetimes are set and when, on a clock that runs by itself.

mod extension;
mod renewal;
mod reported;

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Given, Lifetime, end};
use crate::{
    call::Call,
    double,
    error::{Code, Error},
    http::Transport,
    provider::{Api, Reply, Sandboxes},
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

    fn elsewhere(&self, _: &str, _: reqwest::Client, _: Transport) -> Self {
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
struct Harness {
    worker: Arc<Worker<Setter>>,
    setter: Setter,
}

const ID: &str = "one";

const SECOND: Duration = Duration::from_secs(1);

impl Harness {
    fn new() -> Self {
        let sandboxes = Sandboxes {
            tagged: true,
            looks_by: &[],
            acts_by: &[],
            tells: &[],
            inherits: false,
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
        let harness = Self::new();
        harness
            .worker
            .ready(ID, Duration::from_secs(idle), end(Instant::now(), idle + 120));
        settle().await;
        assert_eq!(harness.told(), [(0, idle)]);
        harness
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
