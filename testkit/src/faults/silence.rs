//! What the engine does while a call is under way, and what callers may have been told after that.

use std::fmt;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use tokio::time::sleep;

use super::harness::{Harness, met};
use crate::engine::{CallError, PendingCall};
use crate::simulator::Armed;

/// Longer than an engine that is there needs to confirm an answer, and than a worker needs to notice that it is gone;
/// shorter than it waits for a confirmation, or for the provider.
const PAUSE: Duration = Duration::from_millis(1500);

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How a worker names to its operator what a caller may know of.
const UNCONFIRMED: &str = "before the engine had confirmed the answer";

/// How the engine fails a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Silence {
    /// The connection is lost before there is an answer: the caller is told of nothing, and the worker knows that.
    Gone,
    /// The engine hears nothing more, and the connection is lost a while after the answer: the caller is told of nothing,
    /// and the worker cannot know that.
    Deaf,
    /// The engine passes the answer on and says nothing more to the worker, and the connection is lost a while after that.
    Mute,
}

impl Silence {
    pub(super) const ALL: [Self; 3] = [Self::Gone, Self::Deaf, Self::Mute];
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the engine is gone before the answer",
            Self::Deaf => "the engine hears nothing more, and is gone after the answer",
            Self::Mute => "the engine says nothing more, and is gone after it has passed on the answer",
        })
    }
}

impl Harness {
    /// The answer of a call in which the engine fails while the request that is `stalled` is under way. Then the worker is
    /// registered again.
    pub(super) async fn call_during(
        &self,
        silence: Silence,
        call: PendingCall,
        stalled: &Armed,
    ) -> Result<Value, CallError> {
        let call = call.into_future().shared();
        tokio::select! {
            () = arrived(stalled) => {}
            _ = call.clone() => if !met(std::slice::from_ref(stalled)).await {
                return call.await;
            },
        }
        self.fail(silence, call.clone()).await;
        let functions = self
            .functions
            .keys()
            .map(|function| self.contract.id(&self.deployment, function));
        // By these of the family a case is judged.
        let judging = ["list", "stop"].map(|function| self.deployment.id(function));
        for id in functions.chain(judging) {
            self.deployment.engine.registered(&id).await;
        }
        call.await
    }

    /// The engine fails, and the request that is under way goes on meanwhile, or after that.
    async fn fail(&self, silence: Silence, answered: impl Future<Output = Result<Value, CallError>>) {
        let engine = &self.deployment.engine;
        match silence {
            Silence::Gone => {
                engine.drop_connections();
                sleep(PAUSE).await;
                self.traffic().release_stalled();
            }
            Silence::Deaf => {
                engine.go_deaf();
                self.traffic().release_stalled();
                sleep(PAUSE).await;
                engine.drop_connections();
            }
            Silence::Mute => {
                engine.keep_its_catalogue_to_itself_after(0);
                self.traffic().release_stalled();
                let _ = answered.await;
                sleep(PAUSE).await;
                engine.drop_connections();
                engine.tell_its_catalogue_again();
            }
        }
    }

    /// Whether the worker has told its operator that a caller may know of this.
    pub(super) fn is_unconfirmed(&self, id: &str) -> bool {
        let said = self.deployment.worker.stderr();
        said.lines().any(|line| line.contains(UNCONFIRMED) && line.contains(id))
    }
}

async fn arrived(request: &Armed) {
    while request.hits() == 0 {
        sleep(LOOK_EVERY).await;
    }
}
