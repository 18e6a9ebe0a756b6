//! How far the end of the worker has come, and waiting for it.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    #[default]
    Serving,
    /// Told to stop: calls under way may finish, and nothing is put off any more.
    Draining,
    /// Calls that are still under way are ended and undone.
    Ending,
    /// What could not be undone by now is logged and left.
    GivingUp,
}

/// The stage that is reached; it only goes forward.
#[derive(Debug, Default)]
pub(crate) struct Stages(watch::Sender<Stage>);

impl Stages {
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
