//! Looks and lists that are behind what is true.

use std::time::Duration;

use serde_json::Value;

use super::instance::Instance;
use super::world::World;
use crate::simulator::{Lag, World as _};

/// When an instance is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    by_id: Duration,
    in_lists: Duration,
}

/// An instance that has ended and is shown all the same.
#[derive(Debug)]
pub(super) struct Ghost {
    id: String,
    shown: Value,
    by_id_until: Duration,
    in_lists_until: Duration,
}

impl Known {
    pub(super) fn from(now: Duration, lag: Lag) -> Self {
        Self {
            by_id: now + lag.found_after,
            in_lists: now + lag.listed_after,
        }
    }

    pub(super) fn is_by_id(self, now: Duration) -> bool {
        now >= self.by_id
    }

    pub(super) fn is_in_lists(self, now: Duration) -> bool {
        now >= self.in_lists
    }
}

impl World {
    /// An instance ends, as its id and the lists may show later only.
    pub(super) fn end_instance(&mut self, id: &str) -> Option<Instance> {
        let now = self.settle();
        let at = self.instances.iter().position(|instance| instance.id == id)?;
        let instance = self.instances.remove(at);
        let lag = self.options.lag;
        self.ghosts
            .retain(|ghost| now < ghost.by_id_until.max(ghost.in_lists_until));
        self.ghosts.push(Ghost {
            id: instance.id.clone(),
            shown: instance.json(now),
            by_id_until: now + lag.found_for,
            in_lists_until: now + lag.listed_for,
        });
        Some(instance)
    }

    /// What a look at an id shows of one that has ended.
    pub(super) fn shown_still(&self, id: &str) -> Option<Value> {
        let now = self.clock.now();
        let ghost = self.ghosts.iter().find(|ghost| ghost.id == id);
        ghost
            .filter(|ghost| now < ghost.by_id_until)
            .map(|ghost| ghost.shown.clone())
    }

    /// What a list shows of those that have ended.
    pub(super) fn listed_still(&self) -> impl Iterator<Item = &Value> {
        let now = self.clock.now();
        let listed = self.ghosts.iter().filter(move |ghost| now < ghost.in_lists_until);
        listed.map(|ghost| &ghost.shown)
    }
}
