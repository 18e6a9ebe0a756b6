//! From a typed input to an answer: what stands around every handler.
//!
//! In this order: the input must be one that can be sent, the image must be allowed, the key must be there, the sandbox
//! must be ours, slots must be free. Then the handler runs; if it fails, what it has done is taken back before its slots
//! are.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures::FutureExt;
use jiff::{Timestamp, Unit};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    error::{Code, Error},
    function::Definition,
    guest::Allowance,
    look::no_such_sandbox,
    provider::Api,
    resource::{Facts, Kind},
    rollback::{end_for_good, roll_back},
    shutdown::Stage,
    slots::{Described, Reservation, Told},
    telemetry::spans,
    worker::{CUT_OFF, Worker},
};

/// What tells one invocation of a function from another.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The tag of what it starts; no other has it.
    pub attempt: String,
    /// What a program of it may do; absent if that is as it is configured for the family.
    pub allowance: Option<Allowance>,
}

impl Invocation {
    /// One on behalf of a caller.
    pub fn new() -> Self {
        Self::tagged(Uuid::new_v4().to_string())
    }

    /// One on behalf of a caller, what it starts has this tag.
    pub fn tagged(attempt: String) -> Self {
        Self {
            attempt,
            allowance: None,
        }
    }

    /// One whose program is no caller's of the family.
    pub fn allowing(allowance: Allowance) -> Self {
        Self {
            allowance: Some(allowance),
            ..Self::new()
        }
    }
}

pub(crate) async fn run<C, I, O, H, F>(
    worker: Arc<Worker<C>>,
    definition: Arc<Definition<C, I, O, H>>,
    invocation: Invocation,
    input: I,
) -> Result<Value, Error>
where
    C: Api,
    I: Clone + DeserializeOwned + Send + Sync + 'static,
    O: Serialize + Send + 'static,
    H: Fn(Call<C>, I) -> F + Send + Sync + 'static,
    F: Future<Output = Result<O, Error>> + Send + 'static,
{
    let sandbox = definition.acts_on.map(|sandbox| sandbox(&input).clone());
    let call = worker.call(invocation.attempt, sandbox);
    if let Some(allowance) = invocation.allowance {
        call.allow(allowance);
    }
    if let Some(secs) = definition.idles {
        call.asks_for_idle(secs(&input));
    }
    if let Some(refuse) = definition.refuses {
        refuse(&call, &input)?;
    }
    if let Some(image) = definition.starts_from {
        worker.allows(image(&input))?;
    }
    if !definition.offline {
        worker.can_call()?;
    }
    let held = Mutex::new(Held::default());
    let carried_out = carried_out(&call, &definition, input, &held);
    let result = attended(&call, carried_out, definition.is_rolled_back()).await;
    told_of(&call, &result);
    image_of(&worker, call.sandbox());
    if let (true, Some(id)) = (call.was_untimed(), call.sandbox()) {
        worker.runs_untimed(id);
    }
    let Held { slots, remembered } = held.into_inner().unwrap_or_else(PoisonError::into_inner);
    match result {
        Ok((output, ids)) => {
            let did_something = output.is_some();
            let output = output.map_or_else(|| Ok(json!({})), |output| definition.passed_on(output));
            if let Some(slots) = slots {
                let told = Told {
                    asked: remembered.clone(),
                    facts: std::mem::take(&mut *call.told()),
                    described: output.as_ref().ok().map(described),
                    looked_at: call.was_looked_at(),
                };
                slots.keep(&ids, &told);
                call.ready(&ids);
                image_of(&worker, ids.first());
            }
            call.ends_turn();
            if let Some(ledger) = worker.ledger.get() {
                ledger.take_over(&call);
            }
            if definition.is_rolled_back() {
                worker
                    .background
                    .spawn(spans::following(report_unconfirmed(call.clone())));
            }
            if let (true, Some(id)) = (definition.releases_slot && did_something, call.sandbox()) {
                worker.ended(id);
            }
            output
        }
        Err(error) => {
            call.give_no_lifetimes();
            let lifetime = call.lives_by_itself();
            roll_back(call, slots, lifetime).await;
            Err(error)
        }
    }
}

/// Tells the trace of a call. A sandbox is told once it is known to be one.
fn told_of<C: Api, O>(call: &Call<C>, result: &Result<(Option<O>, Vec<String>), Error>) {
    spans::tell("sandbox.attempt", call.shown_attempt().to_owned());
    spans::queued(call.queued_ms());
    let started = result.as_ref().map_or(&[][..], |(_, ids)| ids);
    let acted_on = call.sandbox().filter(|id| call.worker().counts(id) || result.is_ok());
    let ids: Vec<&str> = acted_on.into_iter().chain(started.iter().map(String::as_str)).collect();
    if !ids.is_empty() {
        spans::tell("sandbox.id", ids.join(","));
    }
}

/// Tells the trace what a sandbox was started from.
fn image_of<C: Api>(worker: &Worker<C>, sandbox: Option<impl AsRef<str>>) {
    if let Some(image) = sandbox.and_then(|id| worker.slots.image(id.as_ref())) {
        spans::tell("sandbox.image", image);
    }
}

/// What a call holds until it is known how it ends.
#[derive(Default)]
struct Held {
    slots: Option<Reservation>,
    remembered: Facts,
}

/// Everything of a call that may send requests: its answer, none if there was nothing to do, and the sandboxes that it has
/// started.
async fn carried_out<C, I, O, H, F>(
    call: &Call<C>,
    definition: &Definition<C, I, O, H>,
    input: I,
    held: &Mutex<Held>,
) -> Result<(Option<O>, Vec<String>), Error>
where
    C: Api,
    H: Fn(Call<C>, I) -> F,
    F: Future<Output = Result<O, Error>>,
{
    let held = || held.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = call.sandbox() {
        let found = call.worker().acted_on(id, definition.needs, definition.releases_slot);
        match found.await? {
            Some(sandbox) => call.learn(sandbox),
            // To end one that is gone already is no mistake.
            None if definition.releases_slot && call.worker().may_be_ended_unseen(call, id).await => {}
            None if definition.releases_slot && definition.answers_nothing() => return Ok((None, Vec::new())),
            None => return Err(no_such_sandbox()),
        }
    }
    if let Some(count) = definition.takes {
        let slots = reserve(call.worker(), count(&input), call.attempt_id()).await?;
        held().slots = Some(slots);
    }
    if let Some(facts) = definition.remembers {
        // Of what was not asked for the provider knows more.
        held().remembered = facts(call, &input)?.told();
    }
    // What a handler keeps between its requests may be large, and would lie on the stack of everything around it.
    let output = Box::pin((definition.handler)(call.clone(), input)).await?;
    if let (true, Some(id)) = (definition.releases_slot, call.sandbox()) {
        end_for_good(call, id).await?;
    }
    call.prove().await?;
    let ids = definition.started.map_or_else(Vec::new, |ids| ids(&output));
    let asked = held().slots.as_ref().map(Reservation::count);
    started_as_many(call, asked, &ids)?;
    call.lifetimes_given().await?;
    Ok((Some(output), ids))
}

/// Runs a handler as long as somebody waits for it. One that is taken back fails when its caller can no longer be told
/// of what it has made.
async fn attended<C: Api, O>(
    call: &Call<C>,
    handled: impl Future<Output = Result<O, Error>>,
    taken_back: bool,
) -> Result<O, Error> {
    let worker = call.worker();
    let failed = |what: &str| Err(Error::new(Code::S502, what));
    // A panic is in the log; what was started before it is undone like after any failure.
    let handled = AssertUnwindSafe(handled).catch_unwind();
    let handled = handled.map(|result| result.unwrap_or_else(|_| failed("the worker failed during this call")));
    let heard = async {
        match taken_back {
            true => worker.while_connected(handled).await.unwrap_or_else(|| failed(CUT_OFF)),
            false => handled.await,
        }
    };
    tokio::select! {
        biased;
        () = worker.shutdown.reached(Stage::Ending) => failed("the worker is stopping"),
        () = call.deadline().ended() => {
            let secs = call.deadline().allowed().as_secs();
            failed(&format!("not done within {secs} s in all"))
        }
        result = heard => result,
    }
}

/// Logs what a call has made if the connection is lost before the engine has confirmed the answer. It stays: the caller
/// may hold it.
async fn report_unconfirmed<C: Api>(call: Call<C>) {
    let worker = call.worker();
    let confirmed = tokio::select! {
        confirmed = worker.is_confirmed() => confirmed,
        () = worker.shutdown.reached(Stage::Draining) => true,
    };
    if !confirmed {
        let (attempt, made) = (call.shown_attempt(), call.made_ids().join(", "));
        tracing::warn!(
            attempt,
            made,
            "the connection was lost before the engine had confirmed the answer: its caller may not know of what was made"
        );
    }
}

/// What a call answers of what it has started, in the words of the family's contract. Copies are of the snapshot that they
/// were made from.
fn described(output: &Value) -> Described {
    let text = |name: &str| output.get(name).and_then(Value::as_str).map(str::to_owned);
    Described {
        image: text("image").or_else(|| text("snapshot_id")).unwrap_or_default(),
        started_at: text("started_at")
            .unwrap_or_else(|| Timestamp::now().round(Unit::Second).unwrap_or_default().to_string()),
    }
}

async fn reserve<C: Api>(worker: &Arc<Worker<C>>, count: Option<u64>, attempt: &str) -> Result<Reservation, Error> {
    let count = count.and_then(|count| usize::try_from(count).ok());
    let count = count.ok_or_else(|| Error::new(Code::S001, "the number of sandboxes is out of range"))?;
    worker.recover().await;
    if let Ok(reservation) = worker.slots.take(count, attempt) {
        return Ok(reservation);
    }
    worker.reconcile_when_full().await;
    worker.slots.take(count, attempt).map_err(|full| {
        let cap = worker.slots.cap();
        let text = format!("{} of {cap} in use, {count} more asked for", full.active);
        Error::new(Code::S400, text)
    })
}

/// A provider that starts fewer than it was asked for, or answers one id twice, has not done what was asked, and may
/// have started more than it says.
fn started_as_many<C: Api>(call: &Call<C>, asked: Option<usize>, ids: &[String]) -> Result<(), Error> {
    let Some(asked) = asked else {
        return Ok(());
    };
    let mut unique = ids.to_vec();
    unique.sort();
    unique.dedup();
    if unique.len() == asked {
        return Ok(());
    }
    call.in_doubt().of(Kind::Sandbox).begin();
    let text = format!("the provider started {} of {asked} sandboxes", unique.len());
    Err(Error::new(Code::S502, text))
}
