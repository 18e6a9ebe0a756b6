//! Taking back what a failed call has done.
//!
//! A sandbox that is forgotten bills until somebody notices. So undoing is tried again until it succeeds or the sandbox
//! is known to have ended, it is not cut off by the caller, and what is left when its own timeout should have ended it is
//! in the log with its id.

mod backoff;
mod outstanding;
#[cfg(test)]
mod tests;

use std::{fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use uuid::Uuid;

pub(crate) use self::backoff::Backoff;
use self::outstanding::Outstanding;
use crate::{
    call::Call,
    call_site::CallSite,
    error::{Code, Error},
    look::{Reached, no_such_sandbox},
    provider::Api,
    resource::Kind,
    shutdown::Stage,
    slots::Reservation,
    telemetry::spans,
    worker::Worker,
};

type Run<C> = Arc<dyn Fn(Call<C>) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// One thing to take back.
pub struct Undo<C: Api> {
    what: What<C>,
}

enum What<C: Api> {
    /// End or delete what has this id.
    Made { kind: Kind, id: String },
    Request {
        site: &'static CallSite,
        /// The ids in its path.
        of: String,
        run: Run<C>,
    },
}

impl<C: Api> Undo<C> {
    /// Takes something back by a request, in whose path are these ids.
    pub fn new<F, Fut>(site: &'static CallSite, of: Vec<String>, request: F) -> Self
    where
        F: Fn(Call<C>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let run: Run<C> = Arc::new(move |call| Box::pin(request(call)));
        Self {
            what: What::Request {
                site,
                of: of.join(", "),
                run,
            },
        }
    }

    /// Ends or deletes what was made.
    pub(crate) fn made(kind: Kind, id: String) -> Self {
        Self {
            what: What::Made { kind, id },
        }
    }

    /// The id of what was made, if it is of this kind.
    pub(crate) fn id_of(&self, wanted: Kind) -> Option<&String> {
        match &self.what {
            What::Made { kind, id } => (*kind == wanted).then_some(id),
            What::Request { .. } => None,
        }
    }

    /// Whether it ends or deletes what has this id.
    pub(crate) fn is_of(&self, kind: Kind, id: &str) -> bool {
        self.id_of(kind).is_some_and(|known| known == id)
    }

    /// The id of what was made, if it is known by one.
    pub(crate) fn made_id(&self) -> Option<&String> {
        Kind::ALL.into_iter().find_map(|kind| self.id_of(kind))
    }

    /// Takes it back, and never fails in a way that would keep others from being taken back.
    pub(crate) async fn try_once(&self, call: &Call<C>) -> Tried {
        // What fails in one of them is no reason to leave the others.
        let tried = AssertUnwindSafe(self.try_to(call)).catch_unwind().await;
        let tried = tried.unwrap_or_else(|_| {
            self.report(call, "the worker failed while it was undone");
            Tried::Failed
        });
        call.worker().removals.tried(tried != Tried::Failed);
        tried
    }

    async fn try_to(&self, call: &Call<C>) -> Tried {
        let attempt = call.shown_attempt();
        match &self.what {
            What::Made { kind, id } => match end(call, *kind, id).await {
                Ok(tried) => tried,
                Err(error) => {
                    not_yet(*kind, id, attempt, &error);
                    Tried::Failed
                }
            },
            What::Request { site, of, run } => match run(call.clone()).await {
                Ok(()) => Tried::Done,
                Err(error) => {
                    tracing::warn!(call = site.call, of, attempt, %error, "a step could not be undone yet");
                    Tried::Failed
                }
            },
        }
    }

    fn report(&self, call: &Call<C>, why: &str) {
        let attempt = call.shown_attempt();
        match &self.what {
            What::Made {
                kind: Kind::Sandbox,
                id,
            } => {
                call.worker().slots.lingers(id);
                call.worker().metrics.unended();
                tracing::error!(sandbox = id, attempt, why, "a sandbox could not be ended");
            }
            What::Made {
                kind: Kind::Snapshot,
                id,
            } => tracing::error!(snapshot = id, attempt, why, "a snapshot could not be deleted"),
            What::Request { site, of, .. } => {
                tracing::error!(call = site.call, of, attempt, why, "a step could not be undone");
            }
        }
    }
}

/// In a few words: `sandbox ID`, or the request that takes it back.
impl<C: Api> fmt::Display for Undo<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Made { kind, id } => write!(f, "{} {id}", kind.name()),
            What::Request { site, of, .. } => write!(f, "what {} of {of} removes", site.call),
        }
    }
}

/// What came of trying to take something back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    Done,
    /// The provider says that it is gone already.
    Gone,
    Failed,
}

fn not_yet(kind: Kind, id: &str, attempt: &str, error: &Error) {
    match kind {
        Kind::Sandbox => tracing::warn!(sandbox = id, attempt, %error, "a sandbox could not be ended yet"),
        Kind::Snapshot => tracing::warn!(snapshot = id, attempt, %error, "a snapshot could not be deleted yet"),
    }
}

/// Ends or deletes what was made, as the mapping says.
pub(crate) async fn end<C: Api>(call: &Call<C>, kind: Kind, id: &str) -> Result<Tried, Error> {
    let provider = &call.worker().provider;
    let end = match kind {
        Kind::Sandbox => provider.sandboxes.as_ref().and_then(|calls| calls.end),
        Kind::Snapshot => provider.snapshots.as_ref().map(|calls| calls.delete),
    };
    match end {
        Some(end) => {
            let made = call;
            let call = made.apart();
            if kind == Kind::Sandbox && !reach(made, &call, id).await? {
                return Ok(Tried::Gone);
            }
            end(call.clone(), id.to_owned()).await?;
            if !call.was_told_gone() {
                return Ok(Tried::Done);
            }
            // It may be there under another one of the facts by which it is ended.
            made.told().remove(id);
            Ok(Tried::Gone)
        }
        None => {
            let text = format!("the mapping does not say how a {} is ended", kind.name());
            Err(Error::new(Code::S502, text))
        }
    }
}

/// Lets `call` end what `made` has made. The facts by which that is done are kept for the next try, when no list may show it
/// any more. Where a list is all there is to look at, what it lacks is as good as answered to be gone.
async fn reach<C: Api>(made: &Call<C>, call: &Call<C>, id: &str) -> Result<bool, Error> {
    let told = made.told().get(id).cloned().unwrap_or_default();
    match call.worker().reach(call, id, told).await? {
        Reached::By(facts) => {
            made.told().insert(id.to_owned(), facts);
            Ok(true)
        }
        Reached::Unseen if !call.worker().can_list() => Err(no_such_sandbox()),
        Reached::Gone | Reached::Unseen => Ok(false),
    }
}

/// Pauses between looks at a list that shows what the provider says is gone.
const AGAIN: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Makes sure that a sandbox has ended of which the provider says that it is gone, though it was just started: its list
/// must lack it, too. As long as that shows it, it is ended again; later it is looked for a few times more.
pub(crate) async fn end_for_good<C: Api>(call: &Call<C>, id: &str) -> Result<(), Error> {
    let worker = call.worker();
    if !call.was_told_gone() || !worker.slots.is_new(id) || !worker.can_list() {
        return Ok(());
    }
    for pause in AGAIN {
        if worker
            .still_listed(call, Kind::Sandbox, vec![id.to_owned()])
            .await?
            .is_empty()
        {
            look_again(call, id);
            return Ok(());
        }
        sleep(pause).await;
        if end(call, Kind::Sandbox, id).await? == Tried::Done {
            return Ok(());
        }
    }
    Err(Error::new(
        Code::S502,
        "the sandbox is answered to be gone, and is still listed",
    ))
}

/// Looks later whether a sandbox is there that was settled by a list that may lag.
fn look_again<C: Api>(call: &Call<C>, id: &str) {
    let worker = call.worker().clone();
    let (call, id) = (call.apart(), id.to_owned());
    worker.background.clone().spawn(spans::following(async move {
        let lifetime = Duration::from_secs(worker.config().default_idle_timeout_secs);
        let mut outstanding = Outstanding::to_look_for(&call, id, lifetime);
        drop(call);
        tokio::select! {
            () = outstanding.look_later() => {}
            () = worker.shutdown.reached(Stage::GivingUp) => outstanding.abandon(),
        }
    }));
}

impl<C: Api> Worker<C> {
    /// Ends a sandbox that nobody knows of, or wants any more. Returns after the first try; what does not succeed then goes
    /// on in the background.
    pub(crate) async fn end_for_nobody(self: &Arc<Self>, id: &str) {
        let call = self.call(Uuid::new_v4().to_string(), None);
        call.undo(Undo::made(Kind::Sandbox, id.to_owned()));
        let lifetime = call.lives_by_itself();
        roll_back(call, None, lifetime).await;
    }
}

/// Takes back everything that a failed call has done, and what it may have done without being told. Its slots are given
/// back when that is done. `lifetime` is how long its sandboxes live by themselves.
///
/// Returns after the first try, or when the caller has to be answered; what is left then goes on in the background.
pub(crate) async fn roll_back<C: Api>(call: Call<C>, reservation: Option<Reservation>, lifetime: Duration) {
    let (first, mut tried) = mpsc::channel(1);
    let answer_within = call.deadline().left_to_answer();
    let worker = call.worker().clone();
    let background = worker.background.clone();
    background.spawn(spans::following(async move {
        let worker = call.worker().clone();
        let _pending = worker.metrics.rollbacks.one_more();
        let mut outstanding = Outstanding::of(&call, &reservation, lifetime);
        drop(call);
        let mut reservation = reservation;
        if let Some(reservation) = &mut reservation {
            reservation.fails();
        }
        let settled = outstanding.iter_mut().map(|outstanding| {
            let held = reservation.take_if(|_| outstanding.kind() == Kind::Sandbox);
            outstanding.roll_back_or_report(held, first.clone())
        });
        let settled = join_all(settled);
        drop(first);
        tokio::select! {
            _ = settled => {}
            () = worker.shutdown.reached(Stage::GivingUp) => {
                outstanding.iter().for_each(Outstanding::abandon);
            }
        }
    }));
    // Nothing is ever sent: it ends when all have tried once. A panic in it is in the log.
    let _ = timeout(answer_within, tried.recv()).await;
}
