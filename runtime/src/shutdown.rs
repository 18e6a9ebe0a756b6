//! How far the end of the worker has come, waiting for it, and how long each part of it may take.

use std::time::Duration;

use tokio::sync::watch;

/// What the engine has sent before it knew that the functions are withdrawn may still come in.
pub(crate) const LAST_CALLS: Duration = Duration::from_millis(200);

/// Calls under way may finish within this; then they are ended and undone.
pub(crate) const FINISH: Duration = Duration::from_millis(4500);

/// What is undone may take this long, and the time that calls have left.
pub(crate) const UNDO: Duration = Duration::from_secs(2);

/// The part of that time for the last look at what a call may have started.
pub(crate) const LAST_LOOK: Duration = Duration::from_secs(1);

/// The time for the log of what could not be rolled back.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(200);

/// The last answers and the telemetry may take this long to get out.
pub(crate) const FLUSH: Duration = Duration::from_millis(750);

/// The time for the SDK to close its connection.
pub(crate) const CLOSE: Duration = Duration::from_millis(1250);

/// The time for tasks that nobody waits for.
pub(crate) const ABANDON: Duration = Duration::from_millis(100);

/// The time for the last lines of the log, if somebody reads it.
pub(crate) const LAST_LINES: Duration = Duration::from_millis(500);

const _: () = {
    let parts = [LAST_CALLS, FINISH, UNDO, LAST_WORDS, FLUSH, CLOSE, ABANDON, LAST_LINES];
    let (mut sum, mut index) = (0, 0);
    while index < parts.len() {
        sum += parts[index].as_millis();
        index += 1;
    }
    assert!(sum <= 9_500, "a supervisor kills 10 s after it has asked");
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    #[default]
    Serving,
    /// Told to stop: calls under way may finish, and nothing is put off any more.
    Draining,
    /// Calls that are still under way are ended and undone.
    Ending,
    /// What waits for a better moment to look for what a call may have started waits no longer.
    LastLook,
    /// What could not be undone by now is logged and left.
    GivingUp,
}

/// The stage that is reached; it only goes forward.
#[derive(Debug, Default)]
pub(crate) struct Shutdown(watch::Sender<Stage>);

impl Shutdown {
    pub(crate) fn reach(&self, stage: Stage) {
        self.0.send_modify(|now| *now = stage.max(*now));
    }

    /// Resolves when `stage` is reached, at once if it is.
    pub(crate) fn reached(&self, stage: Stage) -> impl Future<Output = ()> + Send + use<> {
        let mut stages = self.0.subscribe();
        async move {
            // Without a sender, too, there is nothing more to wait for.
            let _ = stages.wait_for(|now| *now >= stage).await;
        }
    }
}
