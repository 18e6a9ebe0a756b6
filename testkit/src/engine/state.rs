//! Who is connected, what they registered, which calls are open.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::http::StatusCode;
use uuid::Uuid;

use super::builtin;
use super::call::CallError;
use super::caller::{Answer, Caller};
use super::channels::Channels;
use super::configuration::{self, Configuration};
use super::protocol;
use super::registration::{Registered, Rejection};
use super::router::{self, Route};

pub(super) enum Outgoing {
    Frame(String),
    /// From now on nothing is read from the socket, or again.
    Deaf(bool),
    Goodbye,
}

#[derive(Debug)]
pub(super) struct Connection {
    outgoing: UnboundedSender<Outgoing>,
    pub(super) introduction: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Offer {
    pub(super) owner: String,
    pub(super) function: Registered,
}

#[derive(Debug)]
struct OpenCall {
    function_id: String,
    callee: String,
    caller: Caller,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) workers: BTreeMap<String, Connection>,
    pub(super) offers: BTreeMap<String, Offer>,
    open: HashMap<String, OpenCall>,
    rejections: Vec<Rejection>,
    /// Whether a function belongs to its first registrant, as in engines from 0.23 on, rather than to its last.
    exclusive: bool,
    /// How many more questions about functions get an answer; `None`: all do.
    pub(super) will_tell: Option<usize>,
    /// With which status handshakes are refused, if they are.
    pub(super) refuses: Option<StatusCode>,
    /// Whether a worker is sent away as soon as it has connected.
    pub(super) closes_at_once: bool,
    introduction: Option<Value>,
    /// The worker that serves `sandbox::*`.
    pub(super) adapter: Option<String>,
    pub(super) channels: Channels,
    pub(super) configuration: Configuration,
    pub(super) frames: Vec<Value>,
    pub(super) telemetry: Vec<Vec<u8>>,
}

impl State {
    pub(super) fn functions(&self) -> Vec<Registered> {
        self.offers.values().map(|offer| offer.function.clone()).collect()
    }

    pub(super) fn function(&self, id: &str) -> Option<&Registered> {
        self.offers.get(id).map(|offer| &offer.function)
    }

    pub(super) fn connections(&self) -> usize {
        self.workers.len()
    }

    pub(super) fn introduction(&self) -> Option<&Value> {
        self.introduction.as_ref()
    }

    pub(super) fn summary(&self) -> String {
        let ids: Vec<_> = self.offers.keys().collect();
        format!("{} worker(s) connected, registered: {ids:?}", self.workers.len())
    }

    pub(super) fn join(&mut self, worker_id: &str, outgoing: UnboundedSender<Outgoing>) {
        let connection = Connection {
            outgoing,
            introduction: None,
        };
        self.workers.insert(worker_id.to_owned(), connection);
        if self.closes_at_once {
            return self.retire(worker_id);
        }
        let features = configuration::features(self);
        self.send(worker_id, protocol::worker_registered(worker_id, &features));
    }

    /// Forgets a worker. Its socket ends because the sending half of its queue is dropped here.
    pub(super) fn retire(&mut self, worker_id: &str) {
        if self.workers.remove(worker_id).is_none() {
            return;
        }
        self.offers.retain(|_, offer| offer.owner != worker_id);
        configuration::forget(self, worker_id);
        let lost: Vec<_> = self.open.extract_if(|_, call| call.callee == worker_id).collect();
        for (_, call) in lost {
            let stopped = CallError::new("invocation_stopped", "Invocation stopped");
            self.answer(call.caller, &call.function_id, Err(stopped));
        }
    }

    pub(super) fn retire_all(&mut self) {
        self.channels.cut();
        let workers: Vec<_> = self.workers.keys().cloned().collect();
        for worker_id in workers {
            self.retire(&worker_id);
        }
    }

    pub(super) fn introduce(&mut self, worker_id: &str, introduction: Value) {
        self.introduction = Some(introduction.clone());
        if let Some(connection) = self.workers.get_mut(worker_id) {
            connection.introduction = Some(introduction);
        }
        let rejection = self.rejections.iter().find(|r| r.function_id.is_none());
        if let Some(rejection) = rejection.cloned() {
            self.send_away(worker_id, &rejection);
        }
    }

    pub(super) fn register(&mut self, worker_id: &str, function: Registered) {
        let rejection = self
            .rejections
            .iter()
            .find(|rejection| rejection.function_id.as_ref() == Some(&function.id));
        if let Some(rejection) = rejection {
            return self.send(worker_id, protocol::registration_rejected(rejection));
        }
        let taken = self
            .offers
            .get(&function.id)
            .is_some_and(|offer| offer.owner != worker_id);
        if taken && self.exclusive {
            let rejection = Rejection::function_taken(&function.id);
            return self.send(worker_id, protocol::registration_rejected(&rejection));
        }
        let offer = Offer {
            owner: worker_id.to_owned(),
            function,
        };
        self.offers.insert(offer.function.id.clone(), offer);
    }

    pub(super) fn unregister(&mut self, worker_id: &str, function_id: &str) {
        self.offers
            .retain(|id, offer| id != function_id || offer.owner != worker_id);
    }

    pub(super) fn reject(&mut self, rejection: Rejection) {
        let targets: Vec<_> = match &rejection.function_id {
            Some(id) => self.offers.remove(id).map(|o| o.owner).into_iter().collect(),
            None => self.introduced(),
        };
        for worker_id in targets {
            match rejection.function_id {
                Some(_) => self.send(&worker_id, protocol::registration_rejected(&rejection)),
                None => self.send_away(&worker_id, &rejection),
            }
        }
        self.rejections.push(rejection);
    }

    pub(super) fn first_owner_keeps(&mut self) {
        self.exclusive = true;
    }

    fn introduced(&self) -> Vec<String> {
        let introduced = |(_, connection): &(_, &Connection)| connection.introduction.is_some();
        let workers = self.workers.iter().filter(introduced);
        workers.map(|(id, _)| id.clone()).collect()
    }

    fn send_away(&mut self, worker_id: &str, rejection: &Rejection) {
        self.send(worker_id, protocol::registration_rejected(rejection));
        if let Some(connection) = self.workers.get(worker_id) {
            let _ = connection.outgoing.send(Outgoing::Goodbye);
        }
        self.retire(worker_id);
    }

    pub(super) fn invoke(&mut self, caller: Caller, function_id: &str, data: Value, metadata: Option<Value>) {
        if function_id == "engine::functions::info" && !self.tells() {
            return;
        }
        if let Some(answer) = builtin::answer(self, function_id, &data) {
            return self.answer(caller, function_id, answer);
        }
        let Some(caller) = configuration::invoke(self, caller, function_id, &data) else {
            return;
        };
        match router::route(self, function_id) {
            None => self.forward(caller, function_id, function_id, data, metadata),
            Some(Route::Forward(target)) => self.forward(caller, function_id, &target, data, metadata),
            Some(Route::Info) => router::inform(self, caller),
            Some(Route::Refuse(refusal)) => self.answer(caller, function_id, Err(refusal)),
        }
    }

    /// Sends a call of `function_id` to whoever offers `target`.
    fn forward(&mut self, caller: Caller, function_id: &str, target: &str, mut data: Value, metadata: Option<Value>) {
        let Some(callee) = self.offers.get(target).map(|offer| offer.owner.clone()) else {
            let message = format!("Function {target} not found");
            let unknown = CallError::new("function_not_found", message);
            return self.answer(caller, function_id, Err(unknown));
        };
        caller.sign(&mut data);
        let invocation_id = self.open_call(caller, function_id, &callee);
        let frame = protocol::invoke_function(invocation_id, target, data, metadata);
        self.send(&callee, frame);
    }

    fn tells(&mut self) -> bool {
        let Some(more) = &mut self.will_tell else {
            return true;
        };
        let tells = *more > 0;
        *more = more.saturating_sub(1);
        tells
    }

    /// The invocation id, unless nobody waits for an answer.
    fn open_call(&mut self, caller: Caller, function_id: &str, callee: &str) -> Option<String> {
        if matches!(caller, Caller::Nobody) {
            return None;
        }
        let invocation_id = Uuid::new_v4().to_string();
        let call = OpenCall {
            function_id: function_id.to_owned(),
            callee: callee.to_owned(),
            caller,
        };
        self.open.insert(invocation_id.clone(), call);
        Some(invocation_id)
    }

    /// A result for a call that is not open, or that another worker serves, is discarded.
    pub(super) fn settle(&mut self, worker_id: &str, invocation_id: &str, answer: Answer) {
        let mine = |call: &OpenCall| call.callee == worker_id;
        if !self.open.get(invocation_id).is_some_and(mine) {
            return;
        }
        if let Some(call) = self.open.remove(invocation_id) {
            self.answer(call.caller, &call.function_id, answer);
        }
    }

    pub(super) fn answer(&self, caller: Caller, function_id: &str, answer: Answer) {
        self.reply(caller, function_id.to_owned())(answer);
    }

    /// What takes the answer to a caller, who may be gone by then.
    pub(super) fn reply(&self, caller: Caller, function_id: String) -> Box<dyn FnOnce(Answer) + Send> {
        match caller {
            // A test that dropped its call does not want to know.
            Caller::Test(waiting) => Box::new(|answer| drop(waiting.send(answer))),
            Caller::Worker {
                worker_id,
                invocation_id,
            } => {
                let connection = self.workers.get(&worker_id);
                // Weak: a reply to come does not keep a connection.
                let outgoing = connection.map(|connection| connection.outgoing.downgrade());
                Box::new(move |answer| {
                    let frame = protocol::invocation_result(&invocation_id, &function_id, answer);
                    if let Some(outgoing) = outgoing.and_then(|weak| weak.upgrade()) {
                        let _ = outgoing.send(Outgoing::Frame(frame.to_string()));
                    }
                })
            }
            Caller::Nobody => Box::new(drop),
        }
    }

    pub(super) fn send(&mut self, worker_id: &str, frame: Value) {
        if let Some(connection) = self.workers.get(worker_id) {
            let _ = connection.outgoing.send(Outgoing::Frame(frame.to_string()));
        }
    }

    pub(super) fn deafen(&mut self, deaf: bool) {
        for connection in self.workers.values() {
            let _ = connection.outgoing.send(Outgoing::Deaf(deaf));
        }
    }
}
