//! One request to the provider: sent within its deadline, repeated where that is safe, its outcome decided by rules.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::{Timestamp, fmt::rfc2822};
use progenitor_client::ResponseValue;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    call::Call,
    error::{Code, Error},
    http::is_too_large,
    provider::Api,
    site::{Site, Then, decide},
};

/// What the generated client answers.
pub type Sent<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// How much longer than the provider may work its answer may take at least: what works there also has to end.
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// The longest pause that a provider can ask for between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A request that is about to be sent from a place in the mapping.
pub struct At<'a, C: Api> {
    pub(crate) call: &'a Call<C>,
    pub(crate) site: &'static Site,
    deadline: Duration,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub kind: FailureKind,
    retry_after: Option<Duration>,
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

impl<'a, C: Api> At<'a, C> {
    pub(crate) fn new(call: &'a Call<C>, site: &'static Site) -> Self {
        let deadline = call.worker().config.request_timeout;
        Self { call, site, deadline }
    }

    /// The provider itself may work for so many milliseconds, which come on top of what a request may take; null leaves
    /// the usual deadline.
    pub fn deadline_ms(mut self, value: Value) -> Result<Self, Error> {
        if let Some(ms) = value.as_u64() {
            self.deadline = Duration::from_millis(ms).saturating_add(self.deadline.max(ANSWER_SLACK));
        }
        Ok(self)
    }

    /// Sends the request and gives its answer.
    pub async fn send<T, F, Fut>(self, request: F) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        match self.outcome(&request).await? {
            Ok(answer) => Ok(answer),
            Err(status) => Err(self.status_error(Code::S502, status)),
        }
    }

    /// Sends a request for which some statuses are success without an answer.
    pub async fn accept<T, F, Fut>(self, request: F) -> Result<Option<T>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        Ok(self.outcome(&request).await?.ok())
    }

    /// Sends a request whose answer may say that it failed.
    pub async fn send_unless<T, F, Fut>(self, request: F, failed: impl Fn(&T) -> bool) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let (call, site) = (self.call, self.site);
        let answer = self.send(request).await?;
        if failed(&answer) {
            return Err(call.failed(site, "the provider answered that it failed"));
        }
        Ok(answer)
    }

    /// Sends a request for which a status may be success once `look` has found that the sandbox is gone.
    pub async fn confirm<T, F, Fut, L, Look>(self, request: F, look: L) -> Result<Option<T>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
        L: Fn() -> Look,
        Look: Future<Output = Result<(), Error>> + Send,
    {
        match self.outcome(&request).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(status) if self.decide(status) == Then::Confirm => look().await.map(|()| None),
            Err(_) => Ok(None),
        }
    }

    /// The answer, or the status of a success without one.
    async fn outcome<T, F, Fut>(&self, request: &F) -> Result<Result<T, u16>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        match self.try_send(request).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Failure {
                kind: FailureKind::Status(status),
                ..
            }) => match self.decide(status) {
                Then::Fail(code) => Err(self.status_error(code, status)),
                Then::Accept | Then::Confirm => Ok(Err(status)),
            },
            Err(failure) => Err(self.error(failure.kind)),
        }
    }

    fn decide(&self, status: u16) -> Then {
        let codes = self.call.worker().provider.codes;
        decide(status, self.site.outcomes.iter().chain(codes))
    }

    /// Sends, and sends again where that is safe, all within one deadline.
    pub(crate) async fn try_send<T, F, Fut>(&self, request: &F) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let until = Instant::now() + self.deadline;
        if self.site.starts {
            self.call.set_unclear(true);
        }
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(2)
            .with_jitter();
        let result = (|| self.exchange(request, until))
            .retry(backoff)
            .when(|failure| failure.may_repeat(self.site))
            .adjust(|failure, pause| failure.pause(pause, until))
            .notify(
                |failure, pause| tracing::debug!(call = self.site.call, kind = ?failure.kind, ?pause, "trying again"),
            )
            .await;
        self.note(&result);
        result
    }

    /// Sends once, when it is this request's turn.
    async fn exchange<T, F, Fut>(&self, request: &F, until: Instant) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let turns = &self.call.worker().turns;
        let Ok(_turn) = timeout_at(until, turns.next(self.site.is_repeatable())).await else {
            return Err(FailureKind::Crowded.into());
        };
        match timeout_at(until, request()).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(FailureKind::TooSlow.into()),
        }
    }

    /// Whether it is known now what a starting request has done.
    fn note<T>(&self, result: &Result<T, Failure>) {
        if self.site.starts && result.as_ref().err().is_none_or(|failure| failure.kind.tells()) {
            self.call.set_unclear(false);
        }
        if let Err(failure) = result {
            tracing::debug!(at = self.site.place(), call = self.site.call, kind = ?failure.kind, "request failed");
        }
    }

    pub(crate) fn error(&self, kind: FailureKind) -> Error {
        let what = match kind {
            FailureKind::Status(status) => {
                return match self.decide(status) {
                    Then::Fail(code) => self.status_error(code, status),
                    Then::Accept | Then::Confirm => self.status_error(Code::S502, status),
                };
            }
            FailureKind::Unreached => "the provider could not be reached".to_owned(),
            FailureKind::Crowded => {
                format!("not sent within {} s, too many requests are under way", self.deadline.as_secs_f64())
            }
            FailureKind::Broken => "the connection broke before the answer was complete".to_owned(),
            FailureKind::TooSlow => format!("no answer within {} s", self.deadline.as_secs_f64()),
            FailureKind::TooLarge => "the answer is larger than the worker takes".to_owned(),
            FailureKind::Unreadable => "the answer cannot be read, or lacks what is needed".to_owned(),
        };
        self.call.failed(self.site, &what)
    }

    pub(crate) fn status_error(&self, code: Code, status: u16) -> Error {
        let what = match status {
            404 if self.site.is_about_nothing_yet() => "no such image, status 404".to_owned(),
            404 => "no such sandbox, status 404".to_owned(),
            other => format!("status {other}"),
        };
        Error::new(code, format!("{}: {what} ({})", self.site.place(), self.site.call))
    }
}

impl Failure {
    /// Reads and removals may be repeated after a passing trouble; anything may, if it was never sent.
    fn may_repeat(&self, site: &Site) -> bool {
        match self.kind {
            FailureKind::Unreached => true,
            FailureKind::Status(429 | 502 | 503 | 504) => site.is_repeatable(),
            _ => false,
        }
    }

    /// The provider's own pause if it asks for one; none at all past the deadline.
    fn pause(&self, planned: Option<Duration>, until: Instant) -> Option<Duration> {
        let planned = planned?;
        let pause = self
            .retry_after
            .map_or(planned, |asked| asked.max(planned).min(LONGEST_PAUSE));
        (Instant::now() + pause < until).then_some(pause)
    }
}

impl FailureKind {
    /// Whether the failure says that nothing was started.
    fn tells(self) -> bool {
        match self {
            FailureKind::Unreached | FailureKind::Crowded => true,
            FailureKind::Status(status) => (300..500).contains(&status) && status != 408,
            FailureKind::Broken | FailureKind::TooSlow | FailureKind::TooLarge | FailureKind::Unreadable => false,
        }
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self {
            kind,
            retry_after: None,
        }
    }
}

fn failure(error: &progenitor_client::Error<()>) -> Failure {
    use progenitor_client::Error as Client;
    match error {
        Client::UnexpectedResponse(response) => Failure {
            kind: FailureKind::Status(response.status().as_u16()),
            retry_after: retry_after(response.headers()),
        },
        Client::ErrorResponse(response) => Failure {
            kind: FailureKind::Status(response.status().as_u16()),
            retry_after: retry_after(response.headers()),
        },
        Client::CommunicationError(error) if error.is_connect() => FailureKind::Unreached.into(),
        Client::CommunicationError(error) if error.is_builder() => FailureKind::Unreached.into(),
        Client::CommunicationError(_) => FailureKind::Broken.into(),
        Client::ResponseBodyError(error) if is_too_large(error) => FailureKind::TooLarge.into(),
        Client::ResponseBodyError(_) => FailureKind::Broken.into(),
        Client::InvalidRequest(_) => FailureKind::Unreached.into(),
        Client::InvalidResponsePayload(..) | Client::InvalidUpgrade(_) | Client::Custom(_) => {
            FailureKind::Unreadable.into()
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
