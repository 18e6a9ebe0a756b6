//! A step that is done once something is found: in its own answer, or by a look.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    error::{Code, Error},
    provider::Api,
    request::{At, Sent},
};

/// How often to look, in milliseconds: at first, and at most apart; and how long.
#[derive(Debug)]
pub struct Found {
    pub every: (u64, u64),
    pub within_ms: u64,
}

impl<C: Api> At<'_, C> {
    /// Sends a request. A status that counts as success says that what is wanted is there already, or that something else
    /// is in the way: `look` tells which, and if it is not there the request is sent again, since nothing was done, for as
    /// long as a request may take.
    ///
    /// The answer is the request's own, with `true`, or the look's.
    pub async fn make<T, F, Fut, L, Look, A>(
        &self,
        found: &Found,
        request: F,
        look: L,
        is_found: impl Fn(&T) -> Result<bool, Error>,
    ) -> Result<(T, bool), Error>
    where
        T: DeserializeOwned,
        A: Serialize,
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
        L: Fn() -> Look,
        Look: Future<Output = Result<A, Error>> + Send,
    {
        let mut pauses = Pauses::new(found, self.deadline());
        loop {
            let refused = match self.outcome(&request).await? {
                Ok(answer) => return Ok((answer, true)),
                Err(refused) => refused,
            };
            if let Some(answer) = seen(pauses.before_the_end(look()).await)?
                && is_found(&answer)?
            {
                return Ok((answer, false));
            }
            if !pauses.next().await {
                return Err(self.refusal(&refused));
            }
        }
    }

    /// Looks until what is wanted is found, which it may be in `answer`.
    pub async fn until_found<T, L, Look, A>(
        &self,
        found: &Found,
        answer: T,
        look: L,
        is_found: impl Fn(&T) -> Result<bool, Error>,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
        A: Serialize,
        L: Fn() -> Look,
        Look: Future<Output = Result<A, Error>> + Send,
    {
        let within = Duration::from_millis(found.within_ms);
        let mut pauses = Pauses::new(found, within);
        let mut answer = Some(answer);
        loop {
            if let Some(answer) = answer
                && is_found(&answer)?
            {
                return Ok(answer);
            }
            if !pauses.next().await {
                let what = format!("done, but it did not appear within {} s", within.as_secs_f64());
                return Err(self.call.failed(self.site, &what));
            }
            answer = seen(pauses.before_the_end(look()).await)?;
        }
    }
}

/// What a look has seen. One that the provider failed to answer says nothing; a refusal of the key ends the looking.
fn seen<T: DeserializeOwned, A: Serialize>(look: Result<A, Error>) -> Result<Option<T>, Error> {
    match look {
        Ok(answer) => {
            let answer = serde_json::to_value(answer).and_then(serde_json::from_value);
            answer
                .map(Some)
                .map_err(|_| Error::unreadable("the look is answered otherwise"))
        }
        Err(error) if matches!(error.code(), Code::S500 | Code::S502) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Pauses that grow from the first to the longest, until the time is up.
struct Pauses {
    next: Duration,
    longest: Duration,
    until: Instant,
}

impl Pauses {
    fn new(found: &Found, within: Duration) -> Self {
        Self {
            next: Duration::from_millis(found.every.0),
            longest: Duration::from_millis(found.every.1),
            until: Instant::now() + within,
        }
    }

    /// A look without an answer does not use up more than the time that is left; the last one has a second.
    async fn before_the_end<A>(&self, look: impl Future<Output = Result<A, Error>>) -> Result<A, Error> {
        let until = self.until.max(Instant::now() + Duration::from_secs(1));
        let late = |_| Err(Error::new(Code::S502, "no answer in time"));
        timeout_at(until, look).await.unwrap_or_else(late)
    }

    /// Waits; false when the time is up. The last pause is cut so that there is a look at the very end.
    async fn next(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        sleep(self.next.min(left)).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        true
    }
}
