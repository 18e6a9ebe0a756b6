//! One request to the provider: sent within its deadline, repeated where that is safe, its outcome decided by rules.

mod failure;

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use progenitor_client::ResponseValue;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    busy::Program,
    call::Call,
    error::{Code, Error},
    provider::Api,
    site::{Site, Then, decide},
};

use failure::LONGEST_PAUSE;
pub(crate) use failure::{Failure, FailureKind};

/// What the generated client answers.
pub type Sent<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// How much longer than the provider may work its answer may take at least: what works there also has to end.
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// A request that is about to be sent from a place in the mapping.
pub struct At<'a, C: Api> {
    pub(crate) call: &'a Call<C>,
    pub(crate) site: &'static Site,
    deadline: Duration,
    /// What the provider may work of that, which begins when the request is sent.
    work: Duration,
    program: Option<Program>,
}

impl<'a, C: Api> At<'a, C> {
    pub(crate) fn new(call: &'a Call<C>, site: &'static Site) -> Self {
        let config = &call.worker().config;
        // To start or to save something takes its time.
        let deadline = match site.makes {
            [] => config.request_timeout,
            _ => config.ready_timeout,
        };
        Self {
            call,
            site,
            deadline,
            work: Duration::ZERO,
            program: None,
        }
    }

    /// The provider itself may work for so many milliseconds, which come on top of what a request may take; null stands
    /// for the configured time of a program.
    pub fn deadline_ms(mut self, value: Value) -> Result<Self, Error> {
        let usual = self.deadline;
        self.deadline = with_work(usual, self.call.worker().config.exec_timeout_ms(&value));
        self.work = self.deadline.saturating_sub(usual);
        self.call.patience().extend(self.deadline);
        let busy = &self.call.worker().busy;
        self.program = self.call.sandbox().map(|id| busy.program(id, self.deadline));
        self.call.program_has_begun();
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
    pub(crate) async fn outcome<T, F, Fut>(&self, request: &F) -> Result<Result<T, u16>, Error>
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
                Then::Accept => {
                    self.call.is_told_gone();
                    Ok(Err(status))
                }
                Then::Confirm => Ok(Err(status)),
            },
            Err(failure) => Err(self.error(failure.kind)),
        }
    }

    /// How long an answer may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
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
        let asking = self.call.doubts().ask(self.site.makes);
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
        asking.answered(result.as_ref().err().map(|failure| failure.kind));
        self.note(&result);
        result
    }

    /// Sends, and does not send again: whoever asks has pauses of his own.
    pub(crate) async fn send_once<T, F, Fut>(&self, request: &F, until: Instant) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let asking = self.call.doubts().ask(self.site.makes);
        let result = self.exchange(request, until).await;
        asking.answered(result.as_ref().err().map(|failure| failure.kind));
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
        let turn_until = until.checked_sub(self.work).unwrap_or(until);
        let Ok(_turn) = timeout_at(turn_until, turns.next(self.site.is_repeatable())).await else {
            return Err(FailureKind::Crowded.into());
        };
        // Work begins now, however long the request has waited.
        let until = match self.work.is_zero() {
            true => until,
            false => Instant::now() + self.deadline,
        };
        match timeout_at(until, request()).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(error)) => Err(Failure::of(&error)),
            Err(_) => Err(FailureKind::TooSlow.into()),
        }
    }

    fn note<T>(&self, result: &Result<T, Failure>) {
        let Err(failure) = result else { return };
        let (at, call, kind) = (self.site.place(), self.site.call, failure.kind);
        match &failure.cause {
            Some(cause) => tracing::warn!(at, call, cause, "no connection to the provider, or none any more"),
            None => tracing::debug!(at, call, ?kind, "request failed"),
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
                format!(
                    "not sent within {} s, too many requests are under way",
                    self.deadline.as_secs_f64()
                )
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

/// The deadline of a request for which the provider works so many milliseconds.
pub(crate) fn with_work(usual: Duration, ms: u64) -> Duration {
    Duration::from_millis(ms).saturating_add(usual.max(ANSWER_SLACK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_at_the_provider_never_shortens_a_deadline() {
        let secs = Duration::from_secs;
        for (usual, ms, deadline) in [
            (secs(30), 1, Duration::from_millis(30_001)),
            (secs(30), 60_000, secs(90)),
            (secs(1), 60_000, secs(70)),
        ] {
            assert_eq!(with_work(usual, ms), deadline, "{ms} ms beside {usual:?}");
        }
    }
}
