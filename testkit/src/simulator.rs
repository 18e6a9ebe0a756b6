//! What the simulators of providers have in common: HTTP on loopback, a record of what came, faults and rate limits on
//! demand, a clock that can be moved on, and commands that really run.
//!
//! A simulator is a [`World`], which is what exists at the provider, and the routes that show it. Stories that are the
//! same for every provider know it as [`Simulator`].

mod any;
mod clock;
pub(crate) mod connect;
mod disk;
mod fault;
pub(crate) mod form;
mod impostor;
mod lag;
mod limit;
mod pattern;
mod processes;
mod seen;
mod server;
mod spoil;
mod tmp;
mod traffic;
mod world;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

pub use self::any::{Options, Simulator};
pub(crate) use self::clock::Clock;
pub(crate) use self::disk::{Disk, commands};
pub use self::fault::{Armed, Fault, FaultBuilder};
pub use self::impostor::Known;
pub(crate) use self::impostor::add_odd_items;
pub use self::lag::Lag;
pub use self::limit::RateLimit;
pub(crate) use self::processes::{Processes, exit_code, shell};
pub use self::seen::Seen;
pub(crate) use self::seen::{line, query_pairs};
use self::server::Server;
pub(crate) use self::server::{Shared, Streamed};
pub use self::tmp::Tmp;
pub use self::traffic::Traffic;
pub use self::world::{Fate, Sandbox, Tags, World};

/// A running simulator. Dropping it ends its sockets, processes and directories.
///
/// What it was sent, and what is to go wrong on the way, is told by the [`Traffic`] that it stands for.
#[derive(Debug)]
pub struct Simulated<W: World> {
    pub(crate) shared: Arc<Shared<W>>,
    server: Server,
}

impl<W: World> Simulated<W> {
    /// Serves `routes` of a world. Panics if the port is taken; 0 is a free one.
    pub(crate) async fn serve(shared: Shared<W>, port: u16, routes: impl FnOnce(Arc<Shared<W>>) -> Router) -> Self {
        let shared = Arc::new(shared);
        let router = routes(Arc::clone(&shared));
        let server = Server::start(port, router, Arc::clone(&shared)).await;
        Self { shared, server }
    }

    /// The address a client gets, `http://127.0.0.1:<port>/api`.
    pub fn api_base(&self) -> String {
        format!("{}/api", self.origin())
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn origin(&self) -> String {
        self.server.origin()
    }

    /// The only key that is accepted.
    pub fn api_key(&self) -> &str {
        &self.shared.api_key
    }

    /// Moves the simulator's clock on: what would be ready or expired by then is.
    pub fn advance(&self, by: Duration) {
        self.shared.world.update(|world| world.advance(by));
    }
}

impl<W: World> Deref for Simulated<W> {
    type Target = Traffic;

    fn deref(&self) -> &Traffic {
        &self.shared.traffic
    }
}

impl<W: World> Drop for Simulated<W> {
    fn drop(&mut self) {
        self.shared.world.update(World::end);
    }
}
