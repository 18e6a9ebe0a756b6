//! Whether a caller can still be answered, and whether the engine confirms that it has an answer.

use std::{sync::Arc, time::Duration};

use iii_sdk::IIIClient;
use iii_sdk::runtime::IIIConnectionState;
use tokio::time::sleep;

use super::catalogue::Catalogue;
use crate::latest::Latest;

/// Well below the 2 s that the SDK waits after a loss before it connects again: no loss falls between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The SDK gives up a connection on which it hears nothing for a minute. One that is still up after that leads to an
/// engine that is there, and merely does not answer this question.
const DOUBT: Duration = Duration::from_secs(90);

/// The connection that a call came in by. When it is lost the engine tells the callers of all open calls that they are
/// stopped, and discards what is answered later.
#[derive(Clone)]
pub struct Connection {
    client: IIIClient,
    catalogue: Catalogue,
    /// Whether the engine answers, asked once for all calls that wait to know.
    answers: Arc<Latest<bool>>,
}

impl Connection {
    pub(super) fn new(client: IIIClient, catalogue: Catalogue) -> Self {
        Self {
            client,
            catalogue,
            answers: Arc::new(Latest::every(Duration::ZERO)),
        }
    }

    /// What channels are made with.
    pub(crate) fn client(&self) -> &IIIClient {
        &self.client
    }

    /// Whether it is up at this moment.
    pub fn is_up(&self) -> bool {
        self.client.get_connection_state() == IIIConnectionState::Connected
    }

    /// Resolves soon after the connection is there.
    pub async fn up(&self) {
        while !self.is_up() {
            sleep(LOOK_EVERY).await;
        }
    }

    /// Resolves soon after the connection is lost.
    pub async fn lost(&self) {
        while self.is_up() {
            sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until the engine confirms that it has what was answered so far. False if the connection is lost before
    /// that: then nobody knows whether the caller was told. True for an engine that answers no questions and stays.
    ///
    /// The engine takes in one message after the other. So when it answers a question that was put after an answer, it
    /// has that answer: the first round trip ends when the SDK has taken the answer over, the second when the engine
    /// has.
    pub async fn confirms(&self) -> bool {
        let confirmed = async {
            self.answered().await;
            self.answered().await;
        };
        tokio::select! {
            biased;
            () = confirmed => true,
            () = self.lost() => false,
            () = sleep(DOUBT) => true,
        }
    }

    /// Asks until there is an answer.
    async fn answered(&self) {
        while !self.answers.now(self.catalogue.round_trip()).await {
            sleep(LOOK_EVERY).await;
        }
    }
}
