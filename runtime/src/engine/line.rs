//! Whether a caller can still be answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iii_sdk::IIIClient;
use iii_sdk::runtime::IIIConnectionState;
use tokio::time::sleep;

use super::registered;

/// Well below the 2 s that the SDK waits after a loss before it connects again: no loss falls between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The connection that a call came in by. When it is lost the engine tells the callers of all open calls that they are
/// stopped, and discards what is answered later.
#[derive(Clone)]
pub struct Line(IIIClient);

impl Line {
    pub(super) fn new(client: IIIClient) -> Self {
        Self(client)
    }

    /// Whether it is up at this moment.
    pub fn is_up(&self) -> bool {
        self.0.get_connection_state() == IIIConnectionState::Connected
    }

    /// Resolves when it is known whether an answer that is being handed over has reached the engine.
    ///
    /// The SDK writes in order and the engine reads in order. When a first question comes back the answer has been
    /// queued; when a second one does, asked after that, the answer has been read. If the connection is lost in between,
    /// nobody knows, and the answer counts as delivered; unless the engine had been silent, as on a connection whose
    /// other end is gone, which the SDK only notices after a minute.
    pub async fn delivers(&self) -> bool {
        let silent = AtomicBool::new(false);
        let heard = async {
            for _ in 0..2 {
                while !registered::answers(&self.0).await {
                    silent.store(true, Ordering::Relaxed);
                }
            }
        };
        tokio::select! {
            biased;
            () = self.lost() => !silent.load(Ordering::Relaxed),
            () = heard => true,
        }
    }

    /// Resolves soon after the connection is lost.
    pub async fn lost(&self) {
        while self.is_up() {
            sleep(LOOK_EVERY).await;
        }
    }
}
