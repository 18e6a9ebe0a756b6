//! Watching the link: the SDK tells nobody that it connected, was refused or lost a function, so it is asked.

use std::convert::Infallible;
use std::time::Duration;

use iii_sdk::IIIClient;
use iii_sdk::runtime::IIIConnectionState;
use tokio::runtime::Handle;
use tokio::sync::watch::{Receiver, channel};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::failure::LinkFailure;
use super::registered::{Registry, Survey};
use crate::telemetry::handshakes;

const TICK: Duration = Duration::from_millis(100);
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// How often a worker that is registered makes sure that it still is.
const SURVEY_EVERY: Duration = Duration::from_secs(10);

/// A function that is missing or another worker's for so long after connecting is refused, not late: a predecessor may
/// need a moment to leave, and the engine to learn our name.
const GRACE: Duration = Duration::from_secs(3);

/// The task that watches, and what it found.
pub(super) struct Monitor {
    task: AbortHandle,
    failure: Receiver<Option<LinkFailure>>,
}

impl Monitor {
    pub(super) fn start(client: IIIClient, mut registry: Registry, handle: &Handle) -> Self {
        let (report, failure) = channel(None);
        let watching = async move {
            let Err(failure) = watch(&client, &mut registry).await;
            report.send_replace(Some(failure));
        };
        Self {
            task: handle.spawn(watching).abort_handle(),
            failure,
        }
    }

    pub(super) fn stop(&self) {
        self.task.abort();
    }

    pub(super) fn failure(&self) -> Option<LinkFailure> {
        self.failure.borrow().clone()
    }

    /// Never resolves once the watch is stopped.
    pub(super) async fn failed(&self) -> LinkFailure {
        let mut failure = self.failure.clone();
        let found = failure.wait_for(Option::is_some).await;
        if let Ok(Some(failure)) = found.as_deref() {
            return failure.clone();
        }
        drop(found);
        std::future::pending().await
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn watch(link: &IIIClient, registry: &mut Registry) -> Result<Infallible, LinkFailure> {
    loop {
        becomes(link, true).await?;
        tracing::info!("connected to the engine");
        tokio::select! {
            biased;
            lost = becomes(link, false) => lost?,
            Err(failure) = keep_watch(registry) => return Err(failure),
        }
        tracing::warn!("the connection to the engine is lost");
        handshakes::lost();
    }
}

/// Resolves soon after the link is up, or down; an error if it never will be up again.
async fn becomes(link: &IIIClient, up: bool) -> Result<(), LinkFailure> {
    loop {
        if let Some(failure) = link.fatal_error().as_ref().and_then(LinkFailure::of) {
            return Err(failure);
        }
        if up == (link.get_connection_state() == IIIConnectionState::Connected) {
            return Ok(());
        }
        sleep(TICK).await;
    }
}

/// Makes sure now and then. Some engines give a function to whoever offers it last, forget it when that worker leaves,
/// and tell nobody. Where others are offered than before, it makes sure of those at once.
async fn keep_watch(registry: &mut Registry) -> Result<Infallible, LinkFailure> {
    while registry.len() == 0 {
        registry.changed().await;
    }
    confirm(registry).await?;
    loop {
        tokio::select! {
            () = registry.changed() => {
                confirm(registry).await?;
                continue;
            }
            () = sleep(SURVEY_EVERY) => {}
        }
        if let Survey::Taken { .. } | Survey::Missing(_) = registry.survey().await {
            confirm(registry).await?;
        }
    }
}

/// Asks until the engine has every function, or does not tell.
async fn confirm(registry: &mut Registry) -> Result<(), LinkFailure> {
    let settled_at = Instant::now() + GRACE;
    let mut pause = TICK;
    let mut taken = None;
    loop {
        let asked = Instant::now();
        let survey = registry.survey().await;
        if let Survey::Taken { function_id, owner } = &survey {
            let (function_id, owner) = (function_id.clone(), owner.clone());
            taken = Some(LinkFailure::FunctionTaken { function_id, owner });
        }
        match survey {
            Survey::Complete => {
                tracing::info!("registered {} functions", registry.len());
                handshakes::of_use();
                return Ok(());
            }
            Survey::Untold => {
                tracing::info!(
                    "offered {} functions to an engine that does not confirm",
                    registry.len()
                );
                handshakes::of_use();
                return Ok(());
            }
            survey if asked >= settled_at => {
                // An engine that has refused a function does not take it when its owner leaves, so waiting is in vain.
                refusal(survey, registry.len()).or(taken).map_or(Ok(()), Err)?;
                taken = None;
                if pause == TICK {
                    tracing::warn!("the engine does not confirm the functions; still asking");
                }
                pause = LONG_PAUSE;
            }
            _ => {}
        }
        sleep(pause).await;
    }
}

/// What a survey means that is still incomplete when it should not be. An engine that has none of our functions may
/// know them by other names; one that has some of them has refused the rest.
fn refusal(survey: Survey, offered: usize) -> Option<LinkFailure> {
    match survey {
        Survey::Taken { function_id, owner } => Some(LinkFailure::FunctionTaken { function_id, owner }),
        Survey::Missing(ids) if ids.len() < offered => Some(LinkFailure::FunctionRefused {
            function_ids: ids.join(", "),
        }),
        _ => None,
    }
}
