//! An iii engine double: a real WebSocket server that a worker's SDK cannot tell from the engine.
//!
//! It covers what a worker meets: registering, being called, calling `engine::*` and other
//! workers, channels, reattaching after a lost connection, being rejected. It has the router of
//! sandboxes, and a `configuration` worker if it is to. Triggers are recorded but never fire; queues do not exist. A function id belongs to
//! its last registrant, as in engine 0.22.

mod builtin;
mod call;
mod caller;
mod channels;
mod configuration;
mod ends;
mod port;
mod protocol;
mod registration;
mod router;
mod socket;
mod state;

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, oneshot};
use tokio_tungstenite::tungstenite::http::StatusCode;

pub use self::call::{CallError, PendingCall};
use self::caller::Caller;
pub use self::configuration::{Ailment, ConfigurationWorker, Entry};
pub use self::ends::{BrokenOff, ChannelSink, ChannelSource, Received};
use self::port::Port;
pub use self::registration::{Registered, Rejection};
pub use self::router::SANDBOX_OPERATIONS;
use self::state::State;
use crate::watched::{DEADLINE, Watched};

/// `_caller_worker_id` of every call made through [`Engine::call`] and [`Engine::begin`].
pub const CALLER_WORKER_ID: &str = "00000000-0000-4000-8000-00000000ca11";

type Shared = Arc<Watched<State>>;

/// A listening engine double. Dropping it cuts every connection.
#[derive(Debug)]
pub struct Engine {
    shared: Shared,
    address: SocketAddr,
    port: Mutex<Port>,
}

impl Engine {
    /// Listens on an ephemeral loopback port.
    pub async fn start() -> Self {
        Self::listen(0).await
    }

    /// Listens on loopback port `number`; 0 picks a free one. Panics if the port is taken.
    pub async fn listen(number: u16) -> Self {
        let shared = Shared::new(Watched::new(State::default()));
        let (port, address) = Port::open(number, Arc::clone(&shared));
        Self {
            shared,
            address,
            port: Mutex::new(port),
        }
    }

    /// `ws://127.0.0.1:<port>`, what a worker gets as its engine address.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The functions registered now, sorted by id.
    pub fn functions(&self) -> Vec<Registered> {
        self.shared.read(State::functions)
    }

    /// The ids of the functions registered now, sorted.
    pub fn ids(&self) -> Vec<String> {
        self.functions().into_iter().map(|function| function.id).collect()
    }

    /// Waits until all of `ids` are registered. Panics after 20 s.
    pub async fn wait_for<I: AsRef<str>>(&self, ids: &[I]) {
        for id in ids {
            self.registered(id.as_ref()).await;
        }
    }

    /// Waits until `id` is registered and returns it. Panics after 20 s.
    pub async fn registered(&self, id: &str) -> Registered {
        self.until(&format!("`{id}` to be registered"), |state| state.function(id).cloned())
            .await
    }

    /// Waits until `id` is not registered. Panics after 20 s.
    pub async fn wait_gone(&self, id: &str) {
        self.until(&format!("`{id}` to be gone"), |state| {
            state.function(id).is_none().then_some(())
        })
        .await;
    }

    /// How many workers are connected now.
    pub fn connections(&self) -> usize {
        self.shared.read(State::connections)
    }

    /// Waits until exactly `count` workers are connected. Panics after 20 s.
    pub async fn wait_connections(&self, count: usize) {
        self.until(&format!("{count} connected worker(s)"), |state| {
            (state.connections() == count).then_some(())
        })
        .await;
    }

    /// What the worker told `engine::workers::register` last, waiting for the first time it does.
    /// Panics after 20 s.
    pub async fn worker_metadata(&self) -> Value {
        self.until("a worker to introduce itself", |state| state.introduction().cloned())
            .await
    }

    /// Calls a function as another worker would. An object payload gets `_caller_worker_id` added.
    /// Panics if no answer comes within 60 s.
    ///
    /// # Errors
    /// What the worker answered, verbatim; `function_not_found` if nobody registered the function;
    /// `invocation_stopped` if its worker's connection was lost.
    pub async fn call(&self, function_id: &str, payload: Value) -> Result<Value, CallError> {
        self.begin(function_id, payload).result().await
    }

    /// Like [`Engine::call`], but the call is merely sent: await the [`PendingCall`] for the
    /// answer, or drop it to lose interest, which the worker never learns.
    pub fn begin(&self, function_id: &str, payload: Value) -> PendingCall {
        let (answer, receiver) = oneshot::channel();
        self.shared.update(|state| {
            state.invoke(Caller::Test(answer), function_id, payload, None);
        });
        PendingCall::new(function_id, receiver)
    }

    /// Binds a worker as the adapter that serves `sandbox::*`, whether it is connected or not; another one is no longer.
    pub fn bind_sandbox_adapter(&self, worker: &str) {
        self.shared.update(|state| state.adapter = Some(worker.to_owned()));
    }

    /// Every text frame any worker sent, in order; one that is not JSON appears as a string.
    pub fn frames(&self) -> Vec<Value> {
        self.shared.read(|state| state.frames.clone())
    }

    /// Waits for a frame that satisfies `wanted` and returns the first. Panics after 20 s.
    pub async fn wait_for_frame(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_for_frames(1, wanted).await.swap_remove(0)
    }

    /// Waits for at least `count` frames that satisfy `wanted`. Panics after 20 s.
    pub async fn wait_for_frames(&self, count: usize, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        self.until(&format!("{count} particular frame(s)"), |state| {
            let found = state.frames.iter().filter(|frame| wanted(frame));
            let found: Vec<_> = found.cloned().collect();
            (found.len() >= count).then_some(found)
        })
        .await
    }

    /// Every message that came in on `/otel`, undecoded.
    pub fn telemetry(&self) -> Vec<Vec<u8>> {
        self.shared.read(|state| state.telemetry.clone())
    }

    /// Cuts every connection without a closing handshake and goes on listening. When this returns
    /// the workers' functions and all channels are gone and open calls have failed.
    pub fn drop_connections(&self) {
        self.shared.update(State::retire_all);
    }

    /// From now on refuses every handshake with this status, as an engine does that asks for a token.
    pub fn refuse_handshakes(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.shared.update(|state| state.refuses = Some(status));
    }

    /// From now on cuts every connection as soon as it is there.
    pub fn close_at_once(&self) {
        self.shared.update(|state| state.closes_at_once = true);
    }

    /// Hears nothing more on the connections that are up, as if the network had swallowed it; they stay up. What it
    /// was sent meanwhile it hears when [`Engine::hear_again`] comes before the connection ends.
    pub fn go_deaf(&self) {
        self.shared.update(|state| state.deafen(true));
    }

    /// Ends what [`Engine::go_deaf`] began.
    pub fn hear_again(&self) {
        self.shared.update(|state| state.deafen(false));
    }

    /// After `more` further questions about functions, none gets an answer.
    pub fn keep_its_catalogue_to_itself_after(&self, more: usize) {
        self.shared.update(|state| state.will_tell = Some(more));
    }

    /// Ends what [`Engine::keep_its_catalogue_to_itself_after`] began.
    pub fn tell_its_catalogue_again(&self) {
        self.shared.update(|state| state.will_tell = None);
    }

    /// Stops listening and cuts every connection. Connecting is refused until
    /// [`Engine::come_back`]; the port stays reserved.
    pub async fn go_away(&self) {
        self.port.lock().await.close().await;
        self.drop_connections();
    }

    /// Listens again on the same port.
    pub async fn come_back(&self) {
        self.port.lock().await.reopen(Arc::clone(&self.shared));
    }

    /// From now on answers with `registrationrejected`: a rejected function stays unregistered, a
    /// rejected worker is disconnected when it introduces itself, or at once if it already did.
    pub fn reject(&self, rejection: Rejection) {
        self.shared.update(|state| state.reject(rejection));
    }

    /// From now on a function belongs to the worker that registered it first, as in engines from 0.23 on.
    pub fn first_owner_keeps(&self) {
        self.shared.update(State::first_owner_keeps);
    }

    async fn until<R>(&self, what: &str, probe: impl FnMut(&State) -> Option<R>) -> R {
        match self.shared.wait(DEADLINE, probe).await {
            Some(found) => found,
            None => panic!(
                "the engine double waited {DEADLINE:?} in vain for {what}; {}",
                self.shared.read(State::summary)
            ),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.port.get_mut().abandon();
        self.drop_connections();
    }
}
