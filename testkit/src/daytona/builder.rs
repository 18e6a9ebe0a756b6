//! The options of a simulator.

use std::time::Duration;

use futures::future::BoxFuture;

use super::world::{Options, Shared, World};
use super::{Daytona, routes};
use crate::simulator::{self, Lag, RateLimit, Simulator};

/// Options with their defaults.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct DaytonaBuilder {
    options: Options,
    latency: Duration,
    limits: Vec<RateLimit>,
    api_key: String,
    port: u16,
}

impl Default for DaytonaBuilder {
    fn default() -> Self {
        Self {
            options: Options {
                started_after: Duration::from_millis(100),
                busy_for: Duration::from_millis(100),
                destroyed_after: Duration::from_millis(100),
                page: 200,
                filters: true,
                lag: Lag::default(),
            },
            latency: Duration::ZERO,
            limits: Vec::new(),
            api_key: "daytona-test-key".to_owned(),
            port: 0,
        }
    }
}

impl DaytonaBuilder {
    /// How long a sandbox takes to start. Default: 100 ms.
    pub fn started_after(mut self, delay: Duration) -> Self {
        self.options.started_after = delay;
        self
    }

    /// How long a sandbox is `snapshotting` or `forking`. Default: 100 ms.
    pub fn busy_for(mut self, delay: Duration) -> Self {
        self.options.busy_for = delay;
        self
    }

    /// How long a sandbox is `destroying`. Default: 100 ms.
    pub fn destroyed_after(mut self, delay: Duration) -> Self {
        self.options.destroyed_after = delay;
        self
    }

    /// A page of the list has so many items, however many are asked for. Default: 200, as the service.
    pub fn pages_of(mut self, items: usize) -> Self {
        self.options.page = items;
        self
    }

    /// How far looks and lists lag behind. Default: not at all.
    pub fn lag(mut self, lag: Lag) -> Self {
        self.options.lag = lag;
        self
    }

    /// How long each request takes, before it has its effect. Default: no time.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How many requests are taken. Default: any number.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.push(limit);
        self
    }

    /// The key to accept. Default: `daytona-test-key`.
    pub fn api_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.api_key);
        self
    }

    /// The loopback port. Default: 0, a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts serving. Panics if the port is taken.
    pub async fn start(self) -> Daytona {
        let shared = Shared::new(World::new(self.options), self.api_key);
        shared.traffic.limit(self.limits);
        shared.traffic.set_latency(self.latency);
        let daytona = Daytona::serve(shared, self.port, routes::router).await;
        let origin = daytona.origin();
        daytona.shared.world.update(|world| world.origin = origin);
        daytona
    }
}

impl simulator::Options for DaytonaBuilder {
    fn start(self: Box<Self>) -> BoxFuture<'static, Box<dyn Simulator>> {
        Box::pin(async { Box::new(Self::start(*self).await) as Box<dyn Simulator> })
    }

    fn again(&self) -> Box<dyn simulator::Options> {
        Box::new(self.clone())
    }
}
