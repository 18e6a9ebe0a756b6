//! Taking back what a failed call has done.
//!
//! A sandbox that is forgotten bills until somebody notices. So undoing is tried again until it succeeds or a sandbox's
//! own timeout will have ended it, it is not cut off by the caller, and what is left in the end is in the log with its
//! id.

use std::{sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use futures::future::{BoxFuture, join_all};

use crate::{
    call::Call,
    error::{Code, Error},
    provider::Api,
    site::Site,
};

type Run<C> = Arc<dyn Fn(Call<C>) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// One thing to take back.
pub struct Undo<C: Api> {
    what: What<C>,
}

enum What<C: Api> {
    /// End the sandbox with this id.
    Sandbox(String),
    Request(&'static Site, Run<C>),
}

impl<C: Api> Undo<C> {
    /// Takes something back by a request.
    pub fn new<F, Fut>(site: &'static Site, request: F) -> Self
    where
        F: Fn(Call<C>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let run: Run<C> = Arc::new(move |call| Box::pin(request(call)));
        Self {
            what: What::Request(site, run),
        }
    }

    pub(crate) fn sandbox(id: String) -> Self {
        Self {
            what: What::Sandbox(id),
        }
    }

    fn describe(&self) -> (&str, &str) {
        match &self.what {
            What::Sandbox(id) => ("sandbox", id),
            What::Request(site, _) => ("request", site.call),
        }
    }

    async fn once(&self, call: &Call<C>) -> Result<(), Error> {
        match &self.what {
            What::Sandbox(id) => end(call, id).await,
            What::Request(_, run) => run(call.clone()).await,
        }
    }

    async fn run(&self, call: &Call<C>) {
        let (kind, what) = self.describe();
        let result = (|| self.once(call))
            .retry(persistence())
            .notify(|error, pause| tracing::warn!(kind, what, %error, ?pause, "undo failed, trying again"))
            .await;
        match (result, &self.what) {
            (Ok(()), What::Sandbox(id)) => call.worker().slots.ended(id),
            (Ok(()), What::Request(..)) => {}
            (Err(error), What::Sandbox(id)) => {
                // It may well run still, so it counts, and a later list tells.
                call.worker().slots.adopt(id, Default::default());
                tracing::error!(sandbox = id, attempt = call.attempt_id(), %error, "a sandbox could not be ended");
            }
            (Err(error), What::Request(site, _)) => {
                tracing::error!(call = site.call, attempt = call.attempt_id(), %error, "a step could not be undone");
            }
        }
    }
}

/// Half a minute of tries in all: beyond, the sandbox's own timeout must do.
fn persistence() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(10)
        .with_jitter()
}

/// Ends a sandbox as the mapping says.
pub(crate) async fn end<C: Api>(call: &Call<C>, id: &str) -> Result<(), Error> {
    let end = call.worker().provider.sandboxes.as_ref().and_then(|calls| calls.end);
    match end {
        Some(end) => end(call.clone(), id.to_owned()).await,
        None => Err(Error::new(
            Code::S502,
            "the mapping does not say how a sandbox is ended",
        )),
    }
}

/// Takes back everything that a failed call has done, and what it may have done without being told.
pub(crate) async fn all<C: Api>(call: &Call<C>) {
    let undos = call.take_undos();
    join_all(undos.iter().map(|undo| undo.run(call))).await;
    if call.is_unclear() {
        resolve(call).await;
    }
}

/// A start that ended without a readable answer: whatever carries the call's tag is ended.
async fn resolve<C: Api>(call: &Call<C>) {
    let found = (|| call.worker().find_attempt(call))
        .retry(persistence())
        .notify(|error, pause| tracing::warn!(attempt = call.attempt_id(), %error, ?pause, "cannot look for what a call has started"))
        .await;
    match found {
        Ok(ids) => {
            let undos: Vec<Undo<C>> = ids.into_iter().map(Undo::sandbox).collect();
            join_all(undos.iter().map(|undo| undo.run(call))).await;
        }
        Err(error) => {
            tracing::error!(attempt = call.attempt_id(), %error, "a call may have started a sandbox that cannot be looked for");
        }
    }
}
