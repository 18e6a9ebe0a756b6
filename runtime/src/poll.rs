//! Asking again until a state is reached.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    condition::{State, all, any},
    error::Error,
    look::is_spelling,
    provider::Api,
    request::{At, Failure, FailureKind, LONGEST_PAUSE, Sent},
    slots::UNSEEN,
};

/// The longest that a poll may take.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How often to ask, in milliseconds: at first, and at most apart.
#[derive(Debug)]
pub struct Poll {
    pub every: (u64, u64),
}

/// A look that must find something gone.
#[derive(Debug)]
pub struct Gone {
    pub statuses: &'static [u16],
    pub every: (u64, u64),
    pub within_ms: u64,
}

/// What an answer says of the way to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Reached,
    Failed,
    Pending,
}

impl Progress {
    /// Reached when all of `until` are so, failed when one of `fail` is.
    pub fn judge(until: &[State], fail: &[State]) -> Self {
        if any(fail) {
            Self::Failed
        } else if all(until) {
            Self::Reached
        } else {
            Self::Pending
        }
    }

    /// What an answer about `id` says of what was `asked` for: nothing if that is another. One without an id is believed.
    pub fn about(self, asked: &str, id: &str) -> Self {
        match id.is_empty() || is_spelling(id, asked) {
            true => self,
            false => Self::Pending,
        }
    }
}

impl<C: Api> At<'_, C> {
    /// Sends a request until its answer has a state, for at most `within`. `first` is an earlier answer that may have
    /// it already.
    pub async fn poll<T, F, Fut>(
        self,
        poll: &Poll,
        first: Option<T>,
        within: Duration,
        request: F,
        judge: impl Fn(&T) -> Progress,
    ) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let within = within.min(LONGEST);
        let mut looks = Looks::new(poll.every, within, self.deadline());
        let mut answer = match first {
            Some(first) => Some(first),
            None => self.look(&mut looks, &request).await?,
        };
        loop {
            match answer.take().map(|answer| (judge(&answer), answer)) {
                Some((Progress::Reached, answer)) => return Ok(answer),
                Some((Progress::Failed, _)) => {
                    return Err(self.call.failed(self.site, "the provider says that it failed"));
                }
                Some((Progress::Pending, _)) | None => {}
            }
            if !looks.pause().await {
                let what = format!("not ready within {} s{}", within.as_secs_f64(), looks.last_trouble());
                return Err(self.call.failed(self.site, &what));
            }
            answer = self.look(&mut looks, &request).await?;
        }
    }

    /// Sends a request until its status says that what it looks at is gone.
    pub async fn until_gone<T, F, Fut>(self, gone: &Gone, request: F) -> Result<(), Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let within = Duration::from_millis(gone.within_ms);
        let mut looks = Looks::new(gone.every, within, self.deadline());
        loop {
            match self.look_once(&looks, &request).await {
                Err(failure) if failure.is_status_of(gone.statuses) => return Ok(()),
                found => drop(self.heard(&mut looks, found)?),
            }
            if !looks.pause().await {
                let what = match looks.last_trouble() {
                    trouble if trouble.is_empty() => "refused, and the sandbox is still there".to_owned(),
                    trouble => format!("refused, and whether the sandbox is still there is not known{trouble}"),
                };
                return Err(self.call.failed(self.site, &what));
            }
        }
    }

    /// One look: `None` if it met a trouble that says nothing of what is looked at.
    async fn look<T, F, Fut>(&self, looks: &mut Looks, request: &F) -> Result<Option<T>, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        let found = self.look_once(looks, request).await;
        self.heard(looks, found)
    }

    async fn look_once<T, F, Fut>(&self, looks: &Looks, request: &F) -> Result<T, Failure>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Sent<T>> + Send,
    {
        self.send_once(request, Instant::now() + looks.deadline()).await
    }

    fn heard<T>(&self, looks: &mut Looks, found: Result<T, Failure>) -> Result<Option<T>, Error> {
        match found {
            Ok(answer) => {
                self.call.has_looked();
                looks.trouble = None;
                Ok(Some(answer))
            }
            Err(failure) if failure.is_explained() => Err(self.refusal(&failure)),
            Err(failure) if self.is_passing(failure.kind) => {
                looks.met(&failure);
                Ok(None)
            }
            Err(failure) => Err(self.refusal(&failure)),
        }
    }

    /// Whether a failed look says nothing of what is looked at, so that the next one may. What this call has just made may
    /// not be seen everywhere yet.
    fn is_passing(&self, kind: FailureKind) -> bool {
        match kind {
            FailureKind::Status(404) => self.call.in_doubt().has_made_within(UNSEEN),
            // What is below 400 here is of somebody on the way, and nothing that was asked for.
            FailureKind::Status(status) => matches!(status, ..400 | 408 | 423 | 425 | 429 | 500..),
            FailureKind::Gateway(_) | FailureKind::NoApi => false,
            _ => true,
        }
    }
}

/// The looks of one poll: a pause between two of them that grows, and a deadline for each, so that one without an answer
/// does not use up the time of the others.
struct Looks {
    pause: Duration,
    longest: Duration,
    until: Instant,
    /// How long the next one may take.
    deadline: Duration,
    /// How long any may take.
    usual: Duration,
    /// What the latest one met.
    trouble: Option<FailureKind>,
    retry_after: Duration,
}

impl Looks {
    /// By how much a pause is longer than the one before, in percent: what is waited for is known soon after it is so,
    /// however long it takes.
    const GROWTH: u32 = 115;

    /// The share of the whole time that a look may take at first.
    const SHARE: u32 = 16;

    /// A look that begins when the time is nearly up has this long.
    const AT_LEAST: Duration = Duration::from_millis(500);

    fn new((first, longest): (u64, u64), within: Duration, usual: Duration) -> Self {
        Self {
            pause: Duration::from_millis(first),
            longest: Duration::from_millis(longest),
            until: Instant::now() + within,
            deadline: within / Self::SHARE,
            usual,
            trouble: None,
            retry_after: Duration::ZERO,
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn deadline(&self) -> Duration {
        self.deadline.min(self.left()).max(Self::AT_LEAST).min(self.usual)
    }

    /// Waits; false when the time is up. The last pause is cut so that there is a look at the very end.
    async fn pause(&mut self) -> bool {
        let left = self.left();
        if left.is_zero() {
            return false;
        }
        sleep(self.pause.max(self.asked(left)).min(left)).await;
        self.pause = (self.pause * Self::GROWTH / 100).min(self.longest);
        true
    }

    /// The pause that the provider asks for. One that would use up the time is none: it is met by a look, which does no
    /// harm.
    fn asked(&mut self, left: Duration) -> Duration {
        match std::mem::take(&mut self.retry_after) {
            asked if asked < left => asked,
            asked => asked.min(LONGEST_PAUSE),
        }
    }

    /// A provider that takes long to answer gets longer.
    fn met(&mut self, failure: &Failure) {
        if failure.kind == FailureKind::TooSlow {
            self.deadline = self.deadline * 3 / 2;
        }
        self.retry_after = failure.retry_after.unwrap_or_default();
        self.trouble = Some(failure.kind);
    }

    /// The end of a sentence; empty if the latest look was answered.
    fn last_trouble(&self) -> String {
        let what = match self.trouble {
            None => return String::new(),
            Some(FailureKind::Status(status) | FailureKind::Gateway(status)) => format!("status {status}"),
            Some(FailureKind::NoApi) => "status 404".to_owned(),
            Some(FailureKind::Held(held)) => {
                format!("not sent, the provider takes no more requests for {} s", held.secs)
            }
            Some(FailureKind::TooSlow) => format!("no answer within {} s", self.deadline().as_secs_f64()),
            Some(FailureKind::Unreached) => "the provider could not be reached".to_owned(),
            Some(FailureKind::Crowded) => "not sent, too many requests are under way".to_owned(),
            Some(FailureKind::Broken) => "the connection broke".to_owned(),
            Some(FailureKind::TooLarge) => "the answer is larger than the worker takes".to_owned(),
            // No poll reads a stream.
            Some(
                FailureKind::Unreadable | FailureKind::Unfinished | FailureKind::Failed(_) | FailureKind::Compressed,
            ) => "the answer cannot be read, or lacks what is needed".to_owned(),
        };
        format!("; the last look: {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the looks are that follow a start, in milliseconds, until `ms` have passed.
    async fn looks(every: (u64, u64), ms: u64) -> Vec<u64> {
        let began = Instant::now();
        let mut looks = Looks::new(every, Duration::from_secs(60), Duration::from_secs(30));
        let mut times = Vec::new();
        while times.last().is_none_or(|last| *last < ms) && looks.pause().await {
            times.push(began.elapsed().as_millis() as u64);
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_a_second_is_seen_soon_after_it_by_few_looks() {
        let times = looks((50, 1000), 1000).await;
        let last = times[times.len() - 1];
        assert!(times.len() <= 12 && last <= 1200, "{times:?}");
        let apart = times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(apart.is_some_and(|apart| apart <= 200), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn four_looks_without_an_answer_leave_time_for_others() {
        for (within, usual) in [(4, 2), (120, 30), (10, 30), (290, 290)] {
            let (within, usual) = (Duration::from_secs(within), Duration::from_secs(usual));
            let mut looks = Looks::new((50, 1000), within, usual);
            for _ in 0..4 {
                assert!(looks.deadline() <= usual);
                sleep(looks.deadline()).await;
                looks.met(&FailureKind::TooSlow.into());
            }
            assert!(looks.left() > within / 4, "{:?} of {within:?}", looks.left());
        }
    }
}
