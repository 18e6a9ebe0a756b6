//! The options of a simulator.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;

use super::streamed::Ending;
use super::world::{Options, Shared, World};
use super::{Morph, dialect, oddities, routes, toolbox, untagged};
use crate::simulator::{self, Lag, RateLimit, Simulator};

/// Which API the world is behind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Dialect {
    #[default]
    Own,
    First,
    Toolbox,
    Oddities,
    Untagged,
}

impl Dialect {
    fn routes(self) -> Router<Arc<Shared>> {
        match self {
            Self::Own => routes::routes(),
            Self::First => dialect::routes(),
            Self::Toolbox => toolbox::routes(),
            Self::Oddities => oddities::routes(),
            Self::Untagged => untagged::routes(),
        }
    }

    /// Where all instances are listed.
    pub(super) fn list_path(self) -> &'static str {
        match self {
            Self::Own | Self::First => "/instance",
            Self::Toolbox => "/boxes",
            Self::Oddities => "/jars",
            Self::Untagged => "/machines",
        }
    }

    pub(super) fn sets_lifetimes(self) -> bool {
        matches!(self, Self::Own)
    }

    pub(super) fn has_ttls(self) -> bool {
        match self {
            Self::Own | Self::First | Self::Untagged => true,
            Self::Toolbox | Self::Oddities => false,
        }
    }
}

/// Options with their defaults.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `start`"]
pub struct MorphBuilder {
    options: Options,
    latency: Duration,
    limits: Vec<RateLimit>,
    api_key: String,
    port: u16,
}

impl Default for MorphBuilder {
    fn default() -> Self {
        Self {
            options: Options {
                ready_after: Duration::from_millis(150),
                inherit_services: true,
                filters: true,
                any_case: false,
                services_listed_after: Duration::ZERO,
                saved_after: Duration::ZERO,
                lag: Lag::default(),
                saving: Duration::ZERO,
                forks: usize::MAX,
                rotation: 0,
                place: 0,
                dialect: Dialect::default(),
                ending: Ending::default(),
            },
            latency: Duration::ZERO,
            limits: Vec::new(),
            api_key: "morph-test-key".to_owned(),
            port: 0,
        }
    }
}

impl MorphBuilder {
    /// How long an instance stays `pending`. Default: 150 ms. Zero makes the first answer `ready`.
    pub fn ready_after(mut self, delay: Duration) -> Self {
        self.options.ready_after = delay;
        self
    }

    /// Whether a branch's children and a snapshot's instances have the HTTP services of their
    /// origin. Default: yes.
    pub fn inherit_services(mut self, inherit: bool) -> Self {
        self.options.inherit_services = inherit;
        self
    }

    /// A list is of the whole account, whatever it is asked for.
    pub fn without_filters(mut self) -> Self {
        self.options.filters = false;
        self
    }

    /// Ids in a path are taken in any case, and answered as they are.
    pub fn ids_in_any_case(mut self) -> Self {
        self.options.any_case = true;
        self
    }

    /// How long each request takes, before it has its effect. Default: no time.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How long a service that was exposed is left out of the instance's description, of the answer that tells of it
    /// too. Default: no time.
    pub fn list_services_after(mut self, delay: Duration) -> Self {
        self.options.services_listed_after = delay;
        self
    }

    /// How long an instance is `saving` after a snapshot was made of it, and refuses what is to be done in it with 409.
    /// Default: not at all.
    pub fn saving_for(mut self, delay: Duration) -> Self {
        self.options.saving = delay;
        self
    }

    /// How many requests are taken. Default: any number. See [`Traffic::limit`](crate::simulator::Traffic::limit).
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.push(limit);
        self
    }

    /// The key to accept. Default: `morph-test-key`.
    pub fn api_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.api_key);
        self
    }

    /// The loopback port. Default: 0, a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Speaks the dialect of the first hand-written worker: stop by POST, a bare array, RFC 3339 times.
    pub fn first_dialect(mut self) -> Self {
        self.options.dialect = Dialect::First;
        self
    }

    /// Speaks of boxes, each of which has a second API at an address and with a token of its own.
    pub fn toolbox(mut self) -> Self {
        self.options.dialect = Dialect::Toolbox;
        self
    }

    /// Speaks of jars, in odd ways.
    pub fn oddities(mut self) -> Self {
        self.options.dialect = Dialect::Oddities;
        self
    }

    /// Speaks of machines that have no tags, and of which there is no list.
    pub fn untagged(mut self) -> Self {
        self.options.dialect = Dialect::Untagged;
        self
    }

    /// Starts serving. Panics if the port is taken.
    pub async fn start(self) -> Morph {
        let dialect = self.options.dialect;
        let shared = Shared::new(World::new(self.options), self.api_key);
        shared.traffic.limit(self.limits);
        shared.traffic.set_latency(self.latency);
        Morph::serve(shared, self.port, |shared| routes::router(dialect.routes(), shared)).await
    }
}

impl simulator::Options for MorphBuilder {
    fn start(self: Box<Self>) -> BoxFuture<'static, Box<dyn Simulator>> {
        Box::pin(async { Box::new(Self::start(*self).await) as Box<dyn Simulator> })
    }

    fn again(&self) -> Box<dyn simulator::Options> {
        Box::new(self.clone())
    }
}
