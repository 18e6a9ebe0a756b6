//! Looks and lists that are behind what is true.

use std::time::Duration;

use serde_json::Value;

use super::sandbox::Sandbox;
use super::world::World;

/// A sandbox that has ended and is shown all the same.
#[derive(Debug)]
pub(super) struct Ghost {
    pub(super) sandbox: Sandbox,
    found_until: Duration,
    listed_until: Duration,
}

impl Ghost {
    pub(super) fn is_listed(&self, now: Duration) -> bool {
        now < self.listed_until
    }
}

impl World {
    /// A sandbox ends, as its id and the lists may show later only.
    pub(super) fn take(&mut self, id: &str) -> Option<()> {
        let now = self.clock.now();
        let at = self.sandboxes.iter().position(|sandbox| sandbox.id == id)?;
        let mut sandbox = self.sandboxes.remove(at);
        sandbox.processes = Default::default();
        let lag = self.options.lag;
        self.ghosts
            .retain(|ghost| now < ghost.found_until.max(ghost.listed_until));
        self.ghosts.push(Ghost {
            sandbox,
            found_until: now + lag.found_for,
            listed_until: now + lag.listed_for,
        });
        Some(())
    }

    /// What a look at an id shows of one that has ended.
    pub(super) fn shown_still(&self, id: &str) -> Option<Value> {
        let now = self.clock.now();
        let mut ghosts = self.ghosts.iter();
        let ghost = ghosts.find(|ghost| ghost.sandbox.id == id && now < ghost.found_until)?;
        Some(ghost.sandbox.detail(self.options.domain.as_deref()))
    }
}
