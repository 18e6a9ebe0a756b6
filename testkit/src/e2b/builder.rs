//! The options of a simulator.

use std::time::Duration;

use futures::future::BoxFuture;

use super::world::{Options, World};
use super::{E2b, Shared, routes};
use crate::simulator::{self, Lag, RateLimit, Simulator};

/// Options with their defaults.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct E2bBuilder {
    options: Options,
    limits: Vec<RateLimit>,
    api_key: String,
    port: u16,
}

impl Default for E2bBuilder {
    fn default() -> Self {
        Self {
            options: Options {
                concurrency: 200,
                domain: None,
                filters: true,
                lag: Lag::default(),
                making: Duration::ZERO,
                saving: Duration::ZERO,
                keepalive: None,
                disk: usize::MAX,
                quota_used_up: false,
            },
            limits: Vec::new(),
            api_key: "e2b_0123456789abcdef".to_owned(),
            port: 0,
        }
    }
}

impl E2bBuilder {
    /// How many sandboxes the account may run; one more is answered 429 without `Retry-After`. Default: 200.
    pub fn concurrency(mut self, sandboxes: usize) -> Self {
        self.options.concurrency = sandboxes;
        self
    }

    /// The domain that sandboxes are told to be in. Default: none, which is the service's own.
    pub fn domain(mut self, domain: &str) -> Self {
        self.options.domain = Some(domain.to_owned());
        self
    }

    /// How often a silent program is told to be alive, whatever a caller asks for.
    pub fn keepalive(mut self, every: Duration) -> Self {
        self.options.keepalive = Some(every);
        self
    }

    /// The largest file that fits on a disk, in bytes. Default: any.
    pub fn disk(mut self, bytes: usize) -> Self {
        self.options.disk = bytes;
        self
    }

    /// How many requests are taken. Default: any number. See [`Traffic::limit`](crate::simulator::Traffic::limit).
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.push(limit);
        self
    }

    /// The key to accept.
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
    pub async fn start(self) -> E2b {
        let shared = Shared::new(World::new(self.options), self.api_key);
        shared.traffic.limit(self.limits);
        E2b::serve(shared, self.port, routes::router).await
    }
}

impl simulator::Options for E2bBuilder {
    fn start(self: Box<Self>) -> BoxFuture<'static, Box<dyn Simulator>> {
        Box::pin(async { Box::new(Self::start(*self).await) as Box<dyn Simulator> })
    }

    fn again(&self) -> Box<dyn simulator::Options> {
        Box::new(self.clone())
    }
}
