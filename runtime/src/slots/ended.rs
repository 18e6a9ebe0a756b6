//! What has ended, for as long as lists and looks may still show it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

/// How long what was ended may still be shown. A list that shows it later is believed.
const SHOWN: Duration = Duration::from_secs(60);

/// How long is remembered what was ended, so that it is known for an end that did not take.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Ids of sandboxes and tags of calls.
#[derive(Debug, Default)]
pub(super) struct Ended(BTreeMap<String, End>);

#[derive(Debug)]
struct End {
    /// Number of the change.
    at: u64,
    /// When the worker itself ended it.
    by_us: Option<Instant>,
}

impl End {
    /// Whether a list or look that was asked for at a moment may show it still.
    fn is_young(&self, asked: Instant) -> bool {
        self.by_us
            .is_some_and(|when| asked.saturating_duration_since(when) < SHOWN)
    }
}

impl Ended {
    /// The worker has ended a sandbox.
    pub fn by_us(&mut self, id: &str, at: u64) {
        let by_us = Some(Instant::now());
        self.0.insert(id.to_owned(), End { at, by_us });
    }

    /// A sandbox is gone, or a call came to nothing.
    pub fn noted(&mut self, key: &str, at: u64) {
        self.0.insert(key.to_owned(), End { at, by_us: None });
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// How many are remembered.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the worker has ended it lately.
    pub fn is_young(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|end| end.is_young(Instant::now()))
    }

    /// Whether it has ended after a moment.
    pub fn has_since(&self, key: &str, moment: u64) -> bool {
        self.0.get(key).is_some_and(|end| end.at > moment)
    }

    /// Whether more is known of it than a list or look could say that was asked for at this moment.
    pub fn is_newer(&self, key: &str, asked: u64, when: Instant) -> bool {
        self.0.get(key).is_some_and(|end| end.at > asked || end.is_young(when))
    }

    /// The id is another sandbox's now.
    pub fn comes_back(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Sandboxes that the worker has ended long ago and that are listed all the same. What is not listed any more has ended
    /// for good.
    pub fn shown_again(&mut self, listed: &BTreeSet<&str>, asked: Instant) -> Vec<String> {
        let old = |end: &End| end.by_us.is_some() && !end.is_young(asked);
        let shown = self
            .0
            .extract_if(.., |id, end| old(end) && listed.contains(id.as_str()));
        let shown = shown.map(|(id, _)| id).collect();
        for end in self.0.values_mut().filter(|end| old(end)) {
            end.by_us = None;
        }
        shown
    }

    /// Keeps what is younger than the oldest list or start that is awaited, and what the worker has ended lately.
    pub fn forget(&mut self, oldest: Option<u64>) {
        let is_remembered = |end: &End| end.by_us.is_some_and(|when| when.elapsed() < REMEMBERED);
        self.0
            .retain(|_, end| is_remembered(end) || oldest.is_some_and(|oldest| end.at > oldest));
    }
}
