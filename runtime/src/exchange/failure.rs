//! Why a request has no answer, and when it is sent again.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use tokio::time::Instant;

use crate::{
    http::{causes, is_no_answer, is_too_large},
    site::Site,
};

/// The longest pause that a provider can ask for between two tries.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub kind: FailureKind,
    /// Why there was no connection or none any more, for the log.
    pub cause: Option<String>,
    /// The pause that the provider asks for.
    pub retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    Status(u16),
    /// No connection was made, so nothing was sent.
    Unreached,
    /// Too many requests were under way all the time, so nothing was sent.
    Crowded,
    /// The connection broke before the answer.
    Broken,
    TooSlow,
    TooLarge,
    /// A 2xx that is not what was expected.
    Unreadable,
}

impl Failure {
    pub(super) fn of(error: &progenitor_client::Error<()>) -> Self {
        use progenitor_client::Error as Client;
        match error {
            Client::UnexpectedResponse(response) => Self::refused(response.status(), response.headers()),
            Client::ErrorResponse(response) => Self::refused(response.status(), response.headers()),
            Client::CommunicationError(error) if error.is_connect() => Self::connection(FailureKind::Unreached, error),
            Client::CommunicationError(error) if error.is_builder() => Self::connection(FailureKind::Unreached, error),
            Client::CommunicationError(error) | Client::ResponseBodyError(error) if is_too_large(error) => {
                FailureKind::TooLarge.into()
            }
            Client::CommunicationError(error) if is_no_answer(error) => FailureKind::Unreadable.into(),
            Client::CommunicationError(error) => Self::connection(FailureKind::Broken, error),
            Client::ResponseBodyError(error) => Self::connection(FailureKind::Broken, error),
            Client::InvalidRequest(_) => FailureKind::Unreached.into(),
            Client::InvalidResponsePayload(..) | Client::InvalidUpgrade(_) | Client::Custom(_) => {
                FailureKind::Unreadable.into()
            }
        }
    }

    /// Whether it is one of these statuses.
    pub fn is_status_of(&self, statuses: &[u16]) -> bool {
        matches!(self.kind, FailureKind::Status(status) if statuses.contains(&status))
    }

    fn connection(kind: FailureKind, error: &reqwest::Error) -> Self {
        Self {
            cause: Some(causes(error)),
            ..kind.into()
        }
    }

    fn refused(status: StatusCode, headers: &HeaderMap) -> Self {
        Self {
            retry_after: retry_after(headers),
            ..FailureKind::Status(status.as_u16()).into()
        }
    }

    /// Reads and removals may be repeated after a passing trouble; anything may, if it was never sent.
    pub(super) fn may_repeat(&self, site: &Site) -> bool {
        match self.kind {
            FailureKind::Unreached => true,
            FailureKind::Status(429 | 502 | 503 | 504) => site.is_repeatable(),
            _ => false,
        }
    }

    /// The provider's own pause if it asks for one; none at all past the deadline.
    pub(super) fn pause(&self, planned: Option<Duration>, until: Instant) -> Option<Duration> {
        let planned = planned?;
        let pause = self
            .retry_after
            .map_or(planned, |asked| asked.max(planned).min(LONGEST_PAUSE));
        (Instant::now() + pause < until).then_some(pause)
    }
}

impl FailureKind {
    /// Whether the failure says that nothing was made.
    pub fn tells(self) -> bool {
        match self {
            kind if kind.was_not_sent() => true,
            FailureKind::Status(status) => (300..500).contains(&status) && status != 408,
            _ => false,
        }
    }

    pub fn was_not_sent(self) -> bool {
        matches!(self, FailureKind::Unreached | FailureKind::Crowded)
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self {
            kind,
            cause: None,
            retry_after: None,
        }
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    // A moment that has passed is no reason to wait.
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<Duration> {
        let value = text.parse().expect("a header value");
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn a_provider_asks_for_a_pause_in_seconds() {
        assert_eq!(asked(" 3 "), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_provider_asks_for_a_pause_by_a_date() {
        let soon = Timestamp::now() + Duration::from_secs(100);
        let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon);
        let pause = asked(&text.expect("a date")).expect("a pause").as_secs();
        assert!((95..=100).contains(&pause), "{pause} s");
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(asked(text), None, "for {text:?}");
        }
    }
}
