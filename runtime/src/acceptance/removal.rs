//! Removing everything that a run has made, as failed calls are taken back.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};

use super::{Ledger, caller::Caller};
use crate::{provider::Api, shutdown::Stage, worker::Worker};

/// What takes longer is left, and said to be.
const LIMIT: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_secs(1);

/// How often a list has to show nothing: one that lags shows something late.
const LOOKS: usize = 2;

/// What a run leaves.
pub(super) struct Left {
    pub made: Vec<String>,
    /// By what it is known that there is no more than that.
    pub known: Known,
}

/// By what something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The provider's list shows it.
    ByList,
    /// There is no list; answers of calls tell of what they have made.
    ByAnswers,
    /// It is not known.
    Nothing,
}

/// Ends what is under way, and removes everything that was made.
pub(super) async fn remove<C: Api>(worker: &Arc<Worker<C>>, caller: &Caller<C>, ledger: &Ledger<C>) -> Left {
    // Calls under way are taken back, as at the end of a worker.
    worker.shutdown.reach(Stage::Ending);
    let removing = async {
        caller.settled().await;
        // A provider that does not even answer a list has not been asked for anything else.
        let looks = if caller.has_acted() { LOOKS } else { 0 };
        for _ in 0..looks {
            while !removed_once(worker, ledger).await {
                sleep(PAUSE).await;
            }
        }
        worker.background.close();
        worker.background.wait().await;
    };
    let is_done = timeout(LIMIT, removing).await.is_ok();
    worker.shutdown.reach(Stage::GivingUp);
    let known = match is_done {
        true if lists(worker) || !caller.has_acted() => Known::ByList,
        true => Known::ByAnswers,
        false => Known::Nothing,
    };
    Left {
        made: ledger.left(),
        known,
    }
}

/// Whether the provider can be asked for what carries the tag of this run.
fn lists<C: Api>(worker: &Worker<C>) -> bool {
    worker.can_list() && worker.is_tagged()
}

/// Tries once to remove what is known, and then looks at what the provider lists by the tag of this run. Whether that is
/// nothing.
async fn removed_once<C: Api>(worker: &Arc<Worker<C>>, ledger: &Ledger<C>) -> bool {
    ledger.remove().await;
    if lists(worker) {
        let Ok(call) = worker.inner_call() else { return false };
        let Ok(listed) = worker.listed(&call).await else {
            return false;
        };
        listed.into_iter().for_each(|sandbox| ledger.finds(&call, sandbox.id));
    }
    ledger.left().is_empty()
}
