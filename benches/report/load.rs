//! Calls one after another or many at a time, and how long they took.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

/// Calls that were made.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// How long each took, in no order.
    pub times: Vec<Duration>,
    /// How long all of them took.
    pub took: Duration,
}

impl Run {
    /// Makes `count` calls, of which `at_a_time` are under way: when one has ended the next begins. Each gets its number.
    /// Panics if one of them does.
    pub async fn of<F, Fut>(count: usize, at_a_time: usize, call: F) -> Self
    where
        F: Fn(usize) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (call, next) = (Arc::new(call), Arc::new(AtomicUsize::new(0)));
        let mut callers = JoinSet::new();
        let began = Instant::now();
        for _ in 0..at_a_time {
            callers.spawn(calls(call.clone(), next.clone(), count));
        }
        let times = callers.join_all().await.concat();
        Self {
            times,
            took: began.elapsed(),
        }
    }

    /// The calls of both.
    pub fn and(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        self.took += other.took;
        self
    }

    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// Of 100 calls so many took no longer.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(place).copied().unwrap_or_default()
    }

    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }
}

async fn calls<F, Fut>(call: Arc<F>, next: Arc<AtomicUsize>, count: usize) -> Vec<Duration>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = ()>,
{
    let mut times = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return times;
        }
        let began = Instant::now();
        call(number).await;
        times.push(began.elapsed());
    }
}
