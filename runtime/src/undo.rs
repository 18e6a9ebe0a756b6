//! Taking back what a failed call has done.
//!
//! A sandbox that is forgotten bills until somebody notices. So undoing is tried again until it succeeds or the sandbox
//! is known to have ended, it is not cut off by the caller, and what is left when its own timeout should have ended it is
//! in the log with its id.

mod debts;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::{sync::oneshot, time::timeout};

use self::debts::Debts;
use crate::{
    call::Call,
    error::{Code, Error},
    provider::Api,
    site::Site,
    slots::Reservation,
    stage::Stage,
};

type Run<C> = Arc<dyn Fn(Call<C>) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// One thing to take back.
pub struct Undo<C: Api> {
    what: What<C>,
}

enum What<C: Api> {
    /// End the sandbox with this id.
    Sandbox(String),
    Request {
        site: &'static Site,
        /// The ids in its path.
        of: String,
        run: Run<C>,
    },
}

impl<C: Api> Undo<C> {
    /// Takes something back by a request, in whose path are these ids.
    pub fn new<F, Fut>(site: &'static Site, of: Vec<String>, request: F) -> Self
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

    pub(crate) fn sandbox(id: String) -> Self {
        Self {
            what: What::Sandbox(id),
        }
    }

    fn sandbox_id(&self) -> Option<&String> {
        match &self.what {
            What::Sandbox(id) => Some(id),
            What::Request { .. } => None,
        }
    }

    /// Whether it is taken back now.
    async fn try_once(&self, call: &Call<C>) -> bool {
        let attempt = call.attempt_id();
        match &self.what {
            What::Sandbox(id) => match end(call, id).await {
                Ok(()) => call.worker().slots.ended(id),
                Err(error) => {
                    tracing::warn!(sandbox = id, attempt, %error, "a sandbox could not be ended yet");
                    return false;
                }
            },
            What::Request { site, of, run } => {
                if let Err(error) = run(call.clone()).await {
                    tracing::warn!(call = site.call, of, attempt, %error, "a step could not be undone yet");
                    return false;
                }
            }
        }
        true
    }

    fn report(&self, call: &Call<C>, why: &str) {
        let attempt = call.attempt_id();
        match &self.what {
            What::Sandbox(id) => {
                call.worker().slots.lingers(id);
                tracing::error!(sandbox = id, attempt, why, "a sandbox could not be ended");
            }
            What::Request { site, of, .. } => {
                tracing::error!(call = site.call, of, attempt, why, "a step could not be undone");
            }
        }
    }
}

/// Ends a sandbox as the mapping says.
async fn end<C: Api>(call: &Call<C>, id: &str) -> Result<(), Error> {
    let calls = call.worker().provider.sandboxes.as_ref();
    match calls.and_then(|calls| calls.end) {
        Some(end) => end(call.clone(), id.to_owned()).await,
        None => Err(Error::new(
            Code::S502,
            "the mapping does not say how a sandbox is ended",
        )),
    }
}

/// Takes back everything that a failed call has done, and what it may have done without being told. Its slots are given
/// back when that is done. `lifetime` is how long its sandboxes live by themselves.
///
/// Returns after the first try, or when the caller has to be answered; what is left then goes on in the background.
pub(crate) async fn take_back<C: Api>(call: Call<C>, reservation: Option<Reservation>, lifetime: Duration) {
    let (first, tried) = oneshot::channel();
    let answer_within = call.patience().left_to_answer();
    let worker = call.worker().clone();
    let background = worker.background.clone();
    background.spawn(async move {
        let mut debts = Debts::of(call, &reservation, lifetime);
        tokio::select! {
            () = debts.settle(reservation, first) => {}
            () = worker.stage.reached(Stage::GivingUp) => debts.report("the worker is stopping"),
        }
    });
    // A panic in it is in the log.
    let _ = timeout(answer_within, tried).await;
}
