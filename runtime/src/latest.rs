//! An answer that all share who want it at the same time.

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

/// The latest answer to a question, and when it was asked. Held while asking: who comes meanwhile is content with the next
/// answer, together with all others who wait.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    every: Duration,
    asked: Mutex<Asked<T>>,
}

#[derive(Debug)]
struct Asked<T> {
    last: Option<Instant>,
    answer: Option<(Instant, T)>,
}

impl<T: Clone> Latest<T> {
    /// The question is asked at most once in this time.
    pub fn every(every: Duration) -> Self {
        let asked = Asked {
            last: None,
            answer: None,
        };
        Self {
            every,
            asked: Mutex::new(asked),
        }
    }

    /// Whether nobody wants an answer now, and nobody has of late. Whoever finds that so counts as having asked.
    pub fn is_unwanted(&self) -> bool {
        let Ok(mut asked) = self.asked.try_lock() else {
            return false;
        };
        let now = Instant::now();
        let is_idle = asked.last.is_none_or(|last| last + self.every <= now);
        if is_idle {
            asked.last = Some(now);
        }
        is_idle
    }

    /// The answer to the question as of now or later.
    pub async fn now(&self, ask: impl Future<Output = T>) -> T {
        self.since(Instant::now(), ask).await
    }

    /// The answer to the question as of `since` or later.
    pub async fn since(&self, since: Instant, ask: impl Future<Output = T>) -> T {
        let mut asked = self.asked.lock().await;
        if let Some((_, answer)) = asked.answer.as_ref().filter(|(when, _)| *when >= since) {
            return answer.clone();
        }
        if let Some(last) = asked.last {
            sleep_until(last + self.every).await;
        }
        let now = Instant::now();
        asked.last = Some(now);
        let answer = ask.await;
        asked.answer = Some((now, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::time::{sleep, timeout};

    use super::*;

    const EVERY: Duration = Duration::from_millis(250);

    /// A question that takes a while, and counts how often it is asked.
    async fn ask(count: &AtomicUsize) -> usize {
        let number = count.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(10)).await;
        number
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_shares_the_next_answer_and_never_an_earlier_one() {
        let (latest, count) = (Latest::every(EVERY), AtomicUsize::new(0));
        let first = latest.now(ask(&count));
        let others = async {
            sleep(Duration::from_millis(5)).await;
            join_all((0..400).map(|_| latest.now(ask(&count)))).await
        };
        let (first, others) = tokio::join!(first, others);
        assert_eq!(first, 0);
        assert!(others.iter().all(|number| *number == 1), "{others:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_asked_a_few_times_a_second_however_many_want_it() {
        let (latest, count) = (Latest::every(EVERY), AtomicUsize::new(0));
        let begun = Instant::now();
        let want = |number: u64| {
            let (latest, count) = (&latest, &count);
            async move {
                sleep(Duration::from_millis(number * 5)).await;
                latest.now(ask(count)).await
            }
        };
        join_all((0..400).map(want)).await;
        let most = begun.elapsed().as_millis() / EVERY.as_millis() + 2;
        assert!(count.into_inner() as u128 <= most);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_unwanted_for_one_at_a_time() {
        let (latest, count) = (Latest::every(EVERY), AtomicUsize::new(0));
        assert!(latest.is_unwanted());
        assert!(!latest.is_unwanted());
        sleep(EVERY).await;
        let asking = latest.now(ask(&count));
        let meanwhile = async {
            sleep(Duration::from_millis(5)).await;
            latest.is_unwanted()
        };
        assert!(!tokio::join!(asking, meanwhile).1);
        sleep(EVERY).await;
        assert!(latest.is_unwanted());
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_asking_leaves_it_to_the_next() {
        let (latest, count) = (Latest::every(EVERY), AtomicUsize::new(0));
        let given_up = timeout(Duration::from_millis(5), latest.now(ask(&count)));
        let waits = latest.now(ask(&count));
        let (given_up, answer) = tokio::join!(given_up, waits);
        assert!(given_up.is_err());
        assert_eq!(answer, 1);
    }
}
