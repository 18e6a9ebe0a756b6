//! Whether the provider's API is where the configuration says.

use std::sync::atomic::{AtomicBool, Ordering};

/// What the answers so far say of it.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    answered: AtomicBool,
    missing: AtomicBool,
}

impl Presence {
    /// A request has succeeded.
    pub fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// A list has answered 404.
    pub fn missing(&self) {
        self.missing.store(true, Ordering::Relaxed);
    }

    /// Whether nothing else has been heard of it than that it is not there. What answers 404 then is not gone.
    pub fn is_missing(&self) -> bool {
        self.missing.load(Ordering::Relaxed) && !self.answered.load(Ordering::Relaxed)
    }
}
