//! From a typed input to an answer: what stands around every handler.
//!
//! In this order: the image must be allowed, the key must be there, the sandbox must be ours, slots must be free. Then
//! the handler runs; if it fails, what it has done is taken back before its slots are.

use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    call::Call,
    error::{Code, Error},
    function::Definition,
    owned::no_such_sandbox,
    provider::{Api, Facts},
    slots::Reservation,
    undo,
    worker::Worker,
};

/// How long a caller waits for the undoing of a call that failed; it goes on without him.
const UNDO_PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run<C, I, O, H, F>(
    worker: Arc<Worker<C>>,
    definition: Arc<Definition<C, I, O, H>>,
    input: I,
) -> Result<Value, Error>
where
    C: Api,
    I: Clone + DeserializeOwned + Send + Sync + 'static,
    O: Serialize + Send + 'static,
    H: Fn(Call<C>, I) -> F + Send + Sync + 'static,
    F: Future<Output = Result<O, Error>> + Send + 'static,
{
    if let Some(image) = definition.starts_from {
        worker.allows(image(&input))?;
    }
    if !definition.offline {
        worker.has_key()?;
    }
    let facts = match definition.acts_on {
        Some(sandbox) => ours(&worker, sandbox(&input), definition.frees).await?,
        None => Facts::new(),
    };
    let attempt = Uuid::new_v4().to_string();
    let reservation = match definition.takes {
        Some(count) => Some(reserve(&worker, count(&input), &attempt).await?),
        None => None,
    };
    let call = worker.call(attempt, facts);
    let remembered = match definition.remembers {
        Some(facts) => facts(&call, &input)?,
        None => Facts::new(),
    };
    let acted_on = definition.acts_on.map(|sandbox| sandbox(&input).clone());
    let handled = (definition.handler)(call.clone(), input);
    let result = tokio::select! {
        result = handled => result,
        () = worker.stopping.cancelled() => Err(Error::new(Code::S502, "the worker is stopping")),
    };
    let result = result.and_then(|output| {
        let ids = definition.started.map_or_else(Vec::new, |ids| ids(&output));
        started_as_many(&reservation, &ids)?;
        Ok((output, ids))
    });
    match result {
        Ok((output, ids)) => {
            if let Some(reservation) = reservation {
                reservation.keep(&ids, &remembered);
            }
            if let (true, Some(id)) = (definition.frees, acted_on) {
                worker.slots.ended(&id);
            }
            serde_json::to_value(output).map_err(|_| Error::unreadable("it cannot be passed on"))
        }
        Err(error) => {
            take_back(&worker, call, reservation).await;
            Err(error)
        }
    }
}

/// The facts of a sandbox that is ours. To end one that is gone already is no mistake.
async fn ours<C: Api>(worker: &Arc<Worker<C>>, id: &str, frees: bool) -> Result<Facts, Error> {
    match worker.facts(id).await? {
        Some(facts) => Ok(facts),
        None if frees => Ok(Facts::new()),
        None => Err(no_such_sandbox()),
    }
}

async fn reserve<C: Api>(worker: &Arc<Worker<C>>, count: Value, attempt: &str) -> Result<Reservation, Error> {
    let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
    let count = count.ok_or_else(|| Error::new(Code::S001, "the number of sandboxes is out of range"))?;
    if let Ok(reservation) = worker.slots.take(count, attempt) {
        return Ok(reservation);
    }
    worker.reconcile_if_stale().await;
    worker.slots.take(count, attempt).map_err(|full| {
        let text = format!(
            "{} of {} in use, {count} more asked for",
            full.active,
            worker.slots.cap()
        );
        Error::new(Code::S400, text)
    })
}

/// A provider that starts fewer than it was asked for, or answers one id twice, has not done what was asked.
fn started_as_many(reservation: &Option<Reservation>, ids: &[String]) -> Result<(), Error> {
    let mut unique = ids.to_vec();
    unique.sort();
    unique.dedup();
    match reservation {
        Some(reservation) if unique.len() != reservation.count() => {
            let text = format!(
                "{} sandboxes were started instead of {}",
                unique.len(),
                reservation.count()
            );
            Err(Error::new(Code::S502, text))
        }
        _ => Ok(()),
    }
}

/// Undoes a failed call. The slots are given back when that is done, whether or not the caller still waits.
async fn take_back<C: Api>(worker: &Arc<Worker<C>>, call: Call<C>, reservation: Option<Reservation>) {
    let undoing = worker.background.spawn(async move {
        undo::all(&call).await;
        drop(reservation);
    });
    // Past this the undoing goes on in the background; a panic in it is in the log.
    let _ = timeout(UNDO_PATIENCE, undoing).await;
}
