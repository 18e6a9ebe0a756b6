//! One request to the provider: sent within its deadline, repeated where that is safe, its outcome decided by rules.

mod errors;
mod failure;
mod recovery;
mod sending;
mod tries;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU32, Ordering},
    },
    time::Duration,
};

use progenitor_client::ResponseValue;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    call::Call,
    call_site::{Answered, CallSite, Rule, Then, decide, decide_at_last},
    condition::State,
    error::{Code, Error},
    lifetime::Program,
    pages::PageRequest,
    provider::{Api, Reply},
    renewal::Stale,
    resource::Facts,
};

pub(crate) use failure::{Failure, FailureKind};
use recovery::{Recover, recovered};
pub(crate) use tries::LONGEST_PAUSE;

/// What the generated client answers.
pub type Sent<T> = Result<ResponseValue<T>, progenitor_client::Error<()>>;

/// How much longer than the provider may work its answer may take at least: what works there also has to end.
const ANSWER_SLACK: Duration = Duration::from_secs(10);

/// A request that is about to be sent from a place in the mapping.
pub struct At<'a, C: Api> {
    pub(crate) call: &'a Call<C>,
    pub(crate) site: &'static CallSite,
    /// The base URL of the API that it goes to.
    api: &'a str,
    deadline: Duration,
    /// What the provider may work of that, which begins when the request is sent.
    work: Duration,
    program: Option<Program>,
    /// What the rules of the call ask that is known before it is sent.
    given: Vec<bool>,
    /// Whether a 404 says that there is no such API: it is a list that is asked for, from its beginning.
    lists: bool,
    /// When a refusal may come of facts that have changed, and the facts that it is made with.
    stale: Option<(&'static Stale, Arc<Facts>)>,
    /// The step whose status is read afterwards.
    tells: Option<&'static str>,
    seen: Seen,
}

/// What a trace tells of a request.
#[derive(Debug, Default)]
struct Seen {
    /// The status of the last answer; 0 if there was none.
    status: AtomicU16,
    /// How often it was sent.
    tries: AtomicU32,
}

impl<'a, C: Api> At<'a, C> {
    pub(crate) fn new(call: &'a Call<C>, site: &'static CallSite) -> Self {
        let config = call.config();
        // To start or to save something takes its time.
        let deadline = match site.creates {
            [] => config.request_timeout,
            _ => config.ready_timeout,
        };
        Self {
            call,
            site,
            api: call.config().base_url(),
            deadline,
            work: Duration::ZERO,
            program: None,
            given: Vec::new(),
            lists: site.lists(),
            stale: None,
            tells: None,
            seen: Seen::default(),
        }
    }

    /// The status of its answer is that of this step.
    pub fn telling(mut self, step: &'static str) -> Self {
        self.tells = Some(step);
        self
    }

    fn tell(&self, status: u16) {
        if let Some(step) = self.tells {
            self.call.told_status(step, status);
        }
    }

    /// It is made with these facts, and refused where they have changed.
    pub fn unless_stale(mut self, stale: &'static Stale, used: Arc<Facts>) -> Self {
        self.stale = Some((stale, used));
        self
    }

    /// It asks for a page, in what is left of the time for all of them.
    pub fn page<P>(mut self, page: &PageRequest<P>) -> Self {
        self.deadline = self.deadline.min(page.time_left());
        self.lists &= page.is_first();
        self
    }

    /// What the rules of its call ask that is known before it is sent.
    pub fn given(mut self, states: &[State]) -> Self {
        self.given = states.iter().map(State::matches).collect();
        self
    }

    /// It goes to the server of a further API.
    pub fn to(mut self, client: &'a C) -> Self {
        self.api = client.base();
        self
    }

    /// The provider itself may work for so many milliseconds, which come on top of what a request may take; none stands
    /// for the configured time of a program.
    pub fn deadline_ms(mut self, asked: Option<u64>) -> Self {
        let usual = self.deadline;
        self.deadline = with_work(usual, self.call.exec_timeout_ms(asked));
        self.work = self.deadline.saturating_sub(usual);
        self.call.deadline().extend(self.deadline);
        let worker = self.call.worker();
        self.program = self.call.sandbox().and_then(|id| worker.program(id, self.deadline));
        self
    }

    /// Sends the request and gives its answer.
    pub async fn send<T, F, Fut>(self, request: F) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        self.send_within(&request, None).await
    }

    /// Sends a request that starts one sandbox. If it is refused for now and has started one all the same, `recover` gives
    /// the answer for it.
    pub async fn start<T, F, Fut, A>(self, request: F, recover: A) -> Result<T, Error>
    where
        T: DeserializeOwned + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
        A: Fn(String) -> Reply<Option<Value>> + Send + Sync,
    {
        self.send_within(&request, Some(&|id| recovered(recover(id)))).await
    }

    /// [`At::start`] for an answer that may say that it failed.
    pub async fn start_unless<T, F, Fut, A>(
        self,
        request: F,
        recover: A,
        failed: impl Fn(&T) -> bool,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
        A: Fn(String) -> Reply<Option<Value>> + Send + Sync,
    {
        let answer = self.send_within(&request, Some(&|id| recovered(recover(id)))).await?;
        self.unless(answer, failed)
    }

    /// Sends a request whose answer may say that it failed.
    pub async fn send_unless<T, F, Fut>(self, request: F, failed: impl Fn(&T) -> bool) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let answer = self.send_within(&request, None).await?;
        self.unless(answer, failed)
    }

    async fn send_within<T, F, Fut>(&self, request: &F, recover: Option<&Recover<'_, T>>) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        match self.outcome_or(request, recover).await? {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.refusal(&failure)),
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

    /// Sends a request for which a status, of a refusal or of a success, counts as success once `look` has found that the
    /// sandbox is gone.
    pub async fn confirm<T, F, Fut, L, Look>(self, request: F, look: L) -> Result<Option<T>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
        L: Fn() -> Look,
        Look: Future<Output = Result<(), Error>> + Send,
    {
        let succeeded = AtomicU16::new(0);
        let request = || {
            let (sent, succeeded) = (request(), &succeeded);
            async move {
                let answer = sent.await;
                let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
                succeeded.store(status, Ordering::Relaxed);
                answer
            }
        };
        match self.outcome(&request).await? {
            Ok(answer) => {
                if self.is_begun_only(succeeded.load(Ordering::Relaxed)) {
                    look().await?;
                }
                Ok(Some(answer))
            }
            Err(failure) if self.then_at_last(&failure) == Then::Confirm => {
                look().await?;
                // A look may not know yet what was just made.
                self.call.is_told_gone();
                Ok(None)
            }
            Err(_) => Ok(None),
        }
    }

    /// Whether a success only says that something has begun.
    fn is_begun_only(&self, status: u16) -> bool {
        let answered = Answered {
            status,
            refused: None,
            given: &self.given,
        };
        let rule = decide_at_last(answered, self.site.outcomes);
        rule.is_some_and(|rule| rule.then() == Then::Confirm)
    }

    fn unless<T>(&self, answer: T, failed: impl Fn(&T) -> bool) -> Result<T, Error> {
        if failed(&answer) {
            return Err(self.call.failed(self.site, "the provider answered that it failed"));
        }
        Ok(answer)
    }

    /// The answer, or a refusal that counts as success without one.
    pub(crate) async fn outcome<T, F, Fut>(&self, request: &F) -> Result<Result<T, Failure>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        self.outcome_or(request, None).await
    }

    /// The same for a start.
    async fn outcome_or<T, F, Fut>(
        &self,
        request: &F,
        recover: Option<&Recover<'_, T>>,
    ) -> Result<Result<T, Failure>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let failure = match self.try_to_send(request, recover).await {
            Ok(answer) => return Ok(Ok(answer)),
            Err(failure) => failure,
        };
        match self.then_at_last(&failure) {
            _ if failure.renewal.is_some() => Err(self.refusal(&failure)),
            Then::Accept => {
                self.call.is_told_gone();
                Ok(Err(failure))
            }
            Then::Confirm => Ok(Err(failure)),
            _ => Err(self.refusal(&failure)),
        }
    }

    /// How long an answer may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        let codes = self.call.worker().provider.codes.iter();
        let is_meant = |rule: &&Rule| !rule.blames_the_caller() || !self.site.fields.is_empty();
        self.site.outcomes.iter().chain(codes.filter(is_meant))
    }

    /// What a refusal shows to the rules; nothing if it is another failure.
    fn answered<'f>(&'f self, failure: &'f Failure) -> Option<Answered<'f>> {
        match failure.kind {
            FailureKind::Status(status) => Some(Answered {
                status,
                refused: failure.refused.as_deref(),
                given: &self.given,
            }),
            _ => None,
        }
    }

    /// The rule for a refusal whose call is not sent again any more.
    fn rule_at_last(&self, failure: &Failure) -> Option<&'static Rule> {
        decide_at_last(self.answered(failure)?, self.rules())
    }

    /// What a failure means that is the last one.
    fn then_at_last(&self, failure: &Failure) -> Then {
        match self.rule_at_last(failure).map(Rule::then) {
            Some(Then::Later(code)) => Then::Fail(code),
            then => then.unwrap_or(Then::Fail(Code::S502)),
        }
    }

    /// What the status of a failure means, if it has one.
    fn then(&self, failure: &Failure) -> Option<Then> {
        let rule = decide(self.answered(failure)?, self.rules());
        Some(rule.map_or(Then::Fail(Code::S502), Rule::then))
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
