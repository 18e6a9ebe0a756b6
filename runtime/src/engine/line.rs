//! Whether a caller can still be answered, and whether an answer has reached the engine.

use std::time::Duration;

use iii_sdk::IIIClient;
use iii_sdk::runtime::IIIConnectionState;
use tokio::time::sleep;

use super::catalogue::Catalogue;

/// Well below the 2 s that the SDK waits after a loss before it connects again: no loss falls between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// An engine that does not answer for so many looks before its connection is lost was gone already when it was asked.
/// One that was there may have heard the answer before, and passed it on. Looks, not time: while this process stands
/// still nobody is silent.
const SILENCE: usize = 10;

/// The SDK gives up a connection on which it hears nothing for a minute. One that is still up after that leads to an
/// engine that is there, and merely does not answer this question.
const DOUBT: Duration = Duration::from_secs(90);

/// The connection that a call came in by. When it is lost the engine tells the callers of all open calls that they are
/// stopped, and discards what is answered later.
#[derive(Clone)]
pub struct Line {
    client: IIIClient,
    catalogue: Catalogue,
}

impl Line {
    pub(super) fn new(client: IIIClient, catalogue: Catalogue) -> Self {
        Self { client, catalogue }
    }

    /// Whether it is up at this moment.
    pub fn is_up(&self) -> bool {
        self.client.get_connection_state() == IIIConnectionState::Connected
    }

    /// Resolves soon after the connection is lost, with the number of looks at it until then.
    pub async fn lost(&self) -> usize {
        let mut looks = 0;
        while self.is_up() {
            sleep(LOOK_EVERY).await;
            looks += 1;
        }
        looks
    }

    /// False if what is answered now goes into a connection whose other end has vanished; the SDK itself notices that
    /// after up to a minute. True when in doubt.
    ///
    /// The engine takes in one message after the other. So when it answers a question that was put after an answer, it
    /// has that answer: the first round trip ends when the SDK has taken the answer over, the second when the engine
    /// has.
    pub async fn reaches_engine(&self) -> bool {
        !self.catalogue.answers() || (self.answers_in_time().await && self.answers_in_time().await)
    }

    /// Asks until there is an answer or the connection is lost. False if it was lost after a long silence.
    async fn answers_in_time(&self) -> bool {
        let answered = async {
            while !self.catalogue.round_trip().await {
                sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            biased;
            () = answered => true,
            looks = self.lost() => looks < SILENCE,
            () = sleep(DOUBT) => true,
        }
    }
}
