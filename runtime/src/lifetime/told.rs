//! What a provider says of a sandbox's lifetime. Anybody may have written it, so that nothing of it is believed that
//! cannot be.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::schedule::{Asked, Ends, LONGEST_SECS};
use crate::{error::Error, look::is_spelling, value::without_fraction};

/// By how much moments may be rounded.
const ROUNDING: f64 = 2.0;

/// Some providers count in minutes.
const ROUNDED_UP: u64 = 60;

/// What a sandbox says of how long it lives. Null is what it does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifetime {
    /// When it ends, in seconds since 1970 or as RFC 3339.
    pub ends_at: Value,
    /// The seconds that it was given when its lifetime was set last.
    pub secs: Value,
    /// Its idle timeout in seconds.
    pub idle_secs: Value,
}

/// What a provider answers that has set a lifetime.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Which sandbox the answer is about; `None` if the answer says nothing at all.
    pub id: Option<String>,
    pub lifetime: Lifetime,
}

/// By how many seconds the provider's clock is ahead of this machine's, once a lifetime was set.
#[derive(Debug, Default)]
pub(super) struct Skew(Option<f64>);

impl Lifetime {
    /// The idle timeout, if it is one.
    pub(crate) fn idle(&self) -> Option<Duration> {
        secs(&self.idle_secs).map(Duration::from_secs)
    }

    /// When it ends, seen from `now`. A moment that cannot be true, as the clocks may differ, tells nothing.
    pub(super) fn ends(&self, skew: &Skew, now: Instant) -> Ends {
        if self.ends_at.is_null() {
            return Ends::Never;
        }
        let Some(at) = moment(&self.ends_at) else {
            return Ends::Unknown;
        };
        let left = at - unix_now() - skew.0.unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "at most a year")]
        let most = secs(&self.secs).unwrap_or(LONGEST_SECS) as f64;
        if !(0.0..=most + ROUNDING).contains(&left) {
            return Ends::Unknown;
        }
        let left = Duration::try_from_secs_f64(left.min(most)).ok();
        left.and_then(|left| now.checked_add(left))
            .map_or(Ends::Unknown, Ends::At)
    }
}

impl Given {
    /// How many seconds the sandbox `id` was given, of those that it was to be given.
    ///
    /// # Errors
    /// S502 for an answer that is about something else, or about another lifetime.
    pub(super) fn secs(&self, id: &str, asked: Asked) -> Result<u64, Error> {
        let Some(about) = &self.id else {
            return Ok(asked.secs);
        };
        if !is_spelling(about, id) {
            return Err(Error::unreadable(
                "it is about another sandbox than the one whose lifetime was set",
            ));
        }
        if moment(&self.lifetime.ends_at).is_none() {
            return Err(Error::unreadable("the sandbox got no lifetime"));
        }
        match (&self.lifetime.secs, secs(&self.lifetime.secs)) {
            (Value::Null, _) => Ok(asked.secs),
            (_, Some(given)) if given < asked.secs.saturating_add(ROUNDED_UP) => Ok(given.min(asked.secs)),
            _ => Err(Error::unreadable(
                "the sandbox got another lifetime than it was to have",
            )),
        }
    }
}

impl Skew {
    /// The answer to a lifetime that was sent just now shows the provider's clock.
    pub(super) fn measure(&mut self, asked: Asked, secs: u64, given: &Given, now: Instant) {
        if let Some(at) = moment(&given.lifetime.ends_at) {
            let age = now.saturating_duration_since(asked.at).as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "at most a year")]
            let provider = at - secs as f64;
            self.0 = Some(provider - (unix_now() - age));
        }
    }
}

/// A lifetime from 1 s to a year; nothing else is one.
pub(crate) fn secs(value: &Value) -> Option<u64> {
    let Value::Number(number) = value else { return None };
    let whole = number.as_u64().or_else(|| without_fraction(number)?.as_u64());
    whole.filter(is_one)
}

/// Whether so many seconds are a lifetime.
pub(crate) fn is_one(secs: &u64) -> bool {
    (1..=LONGEST_SECS).contains(secs)
}

/// Seconds since 1970.
fn moment(value: &Value) -> Option<f64> {
    let secs = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse::<Timestamp>().ok()?.as_duration().as_secs_f64(),
        _ => return None,
    };
    secs.is_finite().then_some(secs)
}

fn unix_now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
