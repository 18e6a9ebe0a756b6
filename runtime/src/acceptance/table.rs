//! What a run has found, a line for each thing that was tried, written as soon as it is known.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    announcement::unattended,
    removal::{Known, Left},
};
use crate::{provider::Api, resource::Kind, telemetry::Lines, worker::Worker};

/// What is wrong with a function, as a clause.
pub(super) type Problem = String;

/// Something that was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    pub function: &'static str,
    /// What of it is tried.
    pub what: &'static str,
}

pub(super) struct Table<C: Api> {
    stdout: Arc<Lines>,
    worker: Arc<Worker<C>>,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    right: usize,
    wrong: Vec<&'static str>,
    /// Whether the line of what is under way has begun.
    is_begun: bool,
    /// What is to be said beside the one that is under way, though nothing is wrong.
    remark: Option<String>,
}

impl<C: Api> Table<C> {
    pub fn new(stdout: Arc<Lines>, worker: &Arc<Worker<C>>) -> Self {
        stdout.say(&format!(
            "{:<22} {:<42} {:>8} {:>9}  found",
            "function", "what", "time", "requests"
        ));
        Self {
            stdout,
            worker: worker.clone(),
            began: Instant::now(),
            state: Mutex::default(),
        }
    }

    /// A line beside the table. What was under way is cut off.
    pub fn say(&self, line: &str) {
        if std::mem::take(&mut self.state().is_begun) {
            self.stdout.say(" cut off");
        }
        self.stdout.say(line);
    }

    /// Tries something, and writes its line: the begin at once, the rest when it has ended.
    pub async fn check<T>(
        &self,
        function: &'static str,
        what: &'static str,
        tried: impl Future<Output = Result<T, Problem>>,
    ) -> Option<T> {
        let check = Check { function, what };
        self.state().is_begun = true;
        self.stdout.add(head(check).as_bytes());
        let (began, sent) = (Instant::now(), self.worker.limiter.granted());
        let result = tried.await;
        let requests = self.worker.limiter.granted() - sent;
        self.found(check, began.elapsed(), requests, result.as_ref().err());
        result.ok()
    }

    fn found(&self, check: Check, took: Duration, requests: u64, problem: Option<&Problem>) {
        let mut state = self.state();
        state.is_begun = false;
        let remark = state.remark.take();
        let found = match (problem, remark) {
            (Some(problem), _) => problem.clone(),
            (None, Some(remark)) => format!("ok: {remark}"),
            (None, None) => "ok".to_owned(),
        };
        match problem {
            Some(_) => state.wrong.push(check.function),
            None => state.right += 1,
        }
        self.stdout
            .say(&format!(" {:>6.1} s {requests:>9}  {found}", took.as_secs_f64()));
    }

    /// Says something of what is under way.
    pub fn remark(&self, text: impl Into<String>) {
        self.state().remark = Some(text.into());
    }

    /// A function of which nobody knows what it should do.
    pub fn untried(&self, function: &str) {
        self.say(&format!("{function:<22} not tried: it is this mapping's own"));
    }

    /// Says what is left. Whether that is nothing.
    pub fn removed(&self, left: &Left) -> bool {
        for made in &left.made {
            self.say(&format!("left: {made}; it could not be removed"));
        }
        if left.made.iter().any(|made| made.starts_with(Kind::Sandbox.name())) {
            self.say(&unattended(&self.worker));
        }
        if !left.made.is_empty() {
            return false;
        }
        let owner = &self.worker.config().owner;
        match left.known {
            Known::ByList => self.say("removed: everything that was made"),
            Known::ByAnswers => self.say(
                "removed: everything that was answered to be made; the provider has no list that would show whether there is \
                 more",
            ),
            Known::Nothing => self.say(&format!(
                "left: perhaps something with the owner tag {owner}; the provider's list does not tell"
            )),
        }
        left.known != Known::Nothing
    }

    /// Says what came of all. Whether all is as it should be.
    pub fn conclude(&self, is_whole: bool) -> bool {
        let State { right, wrong, .. } = &*self.state();
        let all = right + wrong.len();
        let (secs, requests) = (self.began.elapsed().as_secs(), self.worker.limiter.granted());
        let mut line = format!("{right} of {all} as they should be, in {secs} s and {requests} requests");
        if !wrong.is_empty() {
            let mut functions = wrong.clone();
            functions.dedup();
            line.push_str(&format!("; not: {}", functions.join(", ")));
        }
        if !is_whole {
            line.push_str("; the run was cut off");
        }
        self.stdout.say(&line);
        is_whole && wrong.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head(Check { function, what }: Check) -> String {
    format!("{function:<22} {what:<42}")
}
