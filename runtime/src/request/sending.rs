//! A request on its way: when it may be sent, and sent again.

use std::sync::atomic::Ordering;

use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::{
    At, Sent,
    failure::{Failure, FailureKind},
    recovery::{Made, Recover},
    tries::Tries,
};
use crate::{
    call_site::Then,
    in_doubt::Asking,
    provider::Api,
    telemetry::spans::{self, Requested},
};

impl<C: Api> At<'_, C> {
    /// Sends, and does not send again: whoever asks has pauses of his own.
    pub(crate) async fn send_once<T, F, Fut>(&self, request: &F, until: Instant) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let asking = self.call.in_doubt().ask(self.site.creates);
        let sending = async {
            match self.send_in_time(request, until, until, &asking).await {
                Ok(answer) => Ok(answer),
                Err(failure) => Err(self.explained(failure, until).await),
            }
        };
        let result = self.in_span(sending, Result::is_err).await;
        asking.answered(result.as_ref().err().map(|failure| failure.kind));
        self.note(&result);
        result
    }

    /// Sends, and sends again where that is safe, all within one deadline.
    pub(super) async fn try_to_send<T, F, Fut>(
        &self,
        request: &F,
        recover: Option<&Recover<'_, T>>,
    ) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let asking = self.call.in_doubt().ask(self.site.creates);
        let repeated = self.repeated(request, recover, &asking);
        let (result, told) = self.in_span(repeated, |(result, _)| result.is_err()).await;
        asking.answered(told);
        if let Some(program) = &self.program {
            let was_sent = !told.is_some_and(FailureKind::was_not_sent);
            self.call.worker().release(program, was_sent);
        }
        self.note(&result);
        result
    }

    /// Sends, as a part of the trace of the call.
    async fn in_span<R>(&self, sending: impl Future<Output = R>, failed: impl Fn(&R) -> bool) -> R {
        // It is large, and each of what stands around it would hold it once more on the stack.
        let sending = Box::pin(sending);
        let host = Url::parse(self.api).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let requested = async {
            let result = sending.await;
            let status = self.seen.status.load(Ordering::Relaxed);
            let requested = Requested {
                status: (status != 0).then_some(status),
                tries: self.seen.tries.load(Ordering::Relaxed),
                failed: failed(&result),
            };
            (result, requested)
        };
        spans::of_request(self.site.call, host, requested).await
    }

    /// The answer or the last failure, and what that says of what was made.
    async fn repeated<T, F, Fut>(
        &self,
        request: &F,
        recover: Option<&Recover<'_, T>>,
        asking: &Asking<'_>,
    ) -> (Result<T, Failure>, Option<FailureKind>)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let until = Instant::now() + self.deadline;
        let begin_until = until.checked_sub(self.work).unwrap_or(until);
        let mut tries = Tries::new(begin_until, self.is_repeatable());
        let mut told = None;
        let mut is_first = true;
        loop {
            let failure = match self.send_in_time(request, until, begin_until, asking).await {
                Ok(answer) => return (Ok(answer), None),
                Err(failure) if self.may_be_stale(&failure) && std::mem::take(&mut is_first) => {
                    self.explained(failure, until).await
                }
                Err(failure) => failure,
            };
            // One that was not sent says nothing of those before it.
            told = told.filter(|_| failure.kind.was_not_sent()).or(Some(failure.kind));
            let then = self.then(&failure);
            let pause = tries.pause(&failure, then);
            let Some(pause) = pause.filter(|_| !failure.is_explained()) else {
                return (Err(self.at_last(failure)), told);
            };
            tracing::debug!(call = self.site.call, kind = ?failure.kind, ?pause, "trying again");
            let refused = Instant::now();
            sleep(pause).await;
            if self.site.creates.is_empty() || !matches!(then, Some(Then::Later(_) | Then::Again { .. })) {
                continue;
            }
            let made = match self.call.worker().throttles.held(self.api, begin_until) {
                None => self.made(refused, begin_until, recover).await,
                Some(held) => return (Err(FailureKind::Held(held).into()), Some(FailureKind::Broken)),
            };
            match made {
                Made::Nothing => {}
                Made::Answer(answer) => {
                    // It is that of a look.
                    self.tell(200);
                    return (Ok(answer), None);
                }
                // It is looked for again when it is taken back.
                Made::Unknown => return (Err(self.at_last(failure)), Some(FailureKind::Broken)),
            }
        }
    }

    /// Whether to send it twice does no more than to send it once: its call says so, or runs what may be run twice.
    fn is_repeatable(&self) -> bool {
        self.site.repeatable || (self.site.creates.is_empty() && self.call.runs_again())
    }

    /// A failure that may come of facts that have changed, with what a look shows of that.
    async fn explained(&self, failure: Failure, until: Instant) -> Failure {
        match &self.stale {
            Some((stale, used)) if self.may_be_stale(&failure) => Failure {
                renewal: timeout_at(until, self.call.renew(stale, used)).await.ok().flatten(),
                ..failure
            },
            _ => failure,
        }
    }

    /// Whether a failure may come of facts that have changed.
    fn may_be_stale(&self, failure: &Failure) -> bool {
        let stale = self.stale.as_ref();
        stale.is_some_and(|(stale, _)| stale.may_explain(failure.kind))
    }

    /// A refusal for now that is the last one says when to come again.
    fn at_last(&self, failure: Failure) -> Failure {
        match self.then(&failure) {
            Some(Then::Later(_)) if !failure.is_explained() => {
                let told = self.call.worker().throttles.told(self.api);
                told.map_or(failure, |held| FailureKind::Held(held).into())
            }
            _ => failure,
        }
    }

    /// Sends once, when it may; that has to be before `begin_until`.
    async fn send_in_time<T, F, Fut>(
        &self,
        request: &F,
        until: Instant,
        begin_until: Instant,
        asking: &Asking<'_>,
    ) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let worker = self.call.worker();
        let queued = (Instant::now(), worker.metrics.queued.one_more());
        let _permit = loop {
            let passed = worker.throttles.pass(self.api, self.site.removes, begin_until).await;
            passed.map_err(|held| Failure::from(FailureKind::Held(held)))?;
            let looks_or_removes = self.site.repeatable && self.program.is_none();
            let Ok(permit) = timeout_at(begin_until, worker.limiter.acquire(looks_or_removes)).await else {
                return Err(FailureKind::Crowded.into());
            };
            // It may have closed meanwhile, and nobody waits there with a permit.
            if !worker.throttles.is_closed(self.api) {
                break permit;
            }
        };
        if let Some(program) = &self.program {
            let may_run = if self.work.is_zero() { self.deadline } else { self.work };
            worker.hold(program, may_run).await;
        }
        self.call.has_queued(queued.0.elapsed());
        drop(queued);
        // Work begins now, however long the request has waited.
        let sent = Instant::now();
        asking.sends();
        let until = match self.work.is_zero() {
            true => until,
            false => sent + self.deadline,
        };
        let result = match timeout_at(until, request()).await {
            Ok(Ok(answer)) => {
                let status = answer.status().as_u16();
                self.seen.status.store(status, Ordering::Relaxed);
                self.tell(status);
                Ok(answer.into_inner())
            }
            Ok(Err(error)) => Err(Failure::of(&error)),
            Err(_) => Err(FailureKind::TooSlow.into()),
        };
        if let Err(Failure {
            kind: FailureKind::Status(status),
            ..
        }) = &result
        {
            self.tell(*status);
        }
        self.count(sent, &result);
        self.tell_throttle(sent, &result);
        result
            .map_err(|failure| self.located(failure))
            .inspect(|_| self.found())
    }

    fn count<T>(&self, sent: Instant, result: &Result<T, Failure>) {
        self.seen.tries.fetch_add(1, Ordering::Relaxed);
        let status = match result {
            Ok(_) => Some(self.seen.status.load(Ordering::Relaxed)),
            Err(failure) => failure.kind.status(),
        };
        self.seen.status.store(status.unwrap_or_default(), Ordering::Relaxed);
        let metrics = &self.call.worker().metrics;
        metrics.requested(self.site.call, status, sent.elapsed());
    }

    /// A 404 of an API that is not there says nothing of what was asked for.
    fn located(&self, failure: Failure) -> Failure {
        let (presence, is_404) = (self.call.presence(), failure.kind == FailureKind::Status(404));
        if !is_404 || !self.is_main() {
            return failure;
        }
        if self.lists {
            presence.missing();
        }
        match self.lists || presence.is_missing() {
            true => FailureKind::NoApi.into(),
            false => failure,
        }
    }

    fn found(&self) {
        if self.is_main() {
            self.call.presence().answered();
        }
    }

    pub(super) fn is_main(&self) -> bool {
        self.api == self.call.config().base_url()
    }

    /// What an answer says of the API's rate limit.
    fn tell_throttle<T>(&self, sent: Instant, result: &Result<T, Failure>) {
        let throttles = &self.call.worker().throttles;
        match result.as_ref().map_err(|failure| (self.then(failure), failure)) {
            Err((Some(Then::Later(code)), failure)) => throttles.refused(self.api, sent, failure.refusal(code)),
            Ok(_) | Err((Some(_), _)) => throttles.answered(self.api, sent),
            Err((None, _)) => {}
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
}
