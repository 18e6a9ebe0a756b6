//! Whether a caller can still be answered.

use std::time::Duration;

use iii_sdk::IIIClient;
use iii_sdk::runtime::IIIConnectionState;
use tokio::time::sleep;

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

    /// Resolves soon after the connection is lost.
    pub async fn lost(&self) {
        while self.is_up() {
            sleep(LOOK_EVERY).await;
        }
    }
}
