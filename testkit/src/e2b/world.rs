//! What exists, and what requests do to one sandbox. What makes new ones is in `making`.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::lag::Ghost;
use super::making::ForkFate;
use super::refusal::Refusal;
use super::sandbox::{Sandbox, SandboxView, State, fresh_token};
use super::template::Template;
use super::wish::SHORT;
use crate::simulator::{Clock, Fate, Lag};

/// The most seconds a sandbox can be told to live, as an account's plan has it.
const LONGEST: u32 = 86_400;

#[derive(Clone, Debug)]
pub(super) struct Options {
    /// How many sandboxes the account may run.
    pub(super) concurrency: usize,
    pub(super) domain: Option<String>,
    pub(super) filters: bool,
    pub(super) lag: Lag,
    /// How long making a sandbox takes, which answers when it is ready.
    pub(super) making: Duration,
    pub(super) saving: Duration,
    pub(super) keepalive: Option<Duration>,
    /// The largest file that a disk takes, in bytes.
    pub(super) disk: usize,
    pub(super) quota_used_up: bool,
}

#[derive(Debug)]
pub struct World {
    pub(super) clock: Clock,
    pub(super) options: Options,
    pub(super) sandboxes: Vec<Sandbox>,
    pub(super) ghosts: Vec<Ghost>,
    pub(super) templates: Vec<Template>,
    /// The ids that there ever were.
    pub(super) ids: BTreeSet<String>,
    pub(super) fates: VecDeque<Fate>,
    pub(super) fork_fates: VecDeque<ForkFate>,
    /// The commands that sandboxes have; all of this machine's if there is no such folder.
    pub(super) commands: Option<TempDir>,
    /// What programs were to be started with, in their order.
    pub(super) programs: Vec<Value>,
}

impl World {
    pub(super) fn new(options: Options) -> Self {
        Self {
            clock: Clock::start(),
            options,
            sandboxes: Vec::new(),
            ghosts: Vec::new(),
            templates: vec![Template::known()],
            ids: BTreeSet::new(),
            fates: VecDeque::new(),
            fork_fates: VecDeque::new(),
            commands: None,
            programs: Vec::new(),
        }
    }

    /// Applies what time has done. Expiry is lazy: it happens when somebody looks.
    pub(super) fn pass(&mut self) -> Duration {
        let now = self.clock.now();
        let mut gone = Vec::new();
        for sandbox in &mut self.sandboxes {
            if sandbox.state == State::Running && sandbox.ends <= now && !sandbox.expire() {
                gone.push(sandbox.id.clone());
            }
        }
        for id in gone {
            self.take(&id);
        }
        now
    }

    pub(super) fn sandbox(&mut self, id: &str) -> Result<&mut Sandbox, Refusal> {
        let now = self.pass();
        let mut all = self.sandboxes.iter_mut();
        all.find(|sandbox| sandbox.id == id && sandbox.found_from <= now)
            .ok_or_else(|| Refusal::no_sandbox(id))
    }

    /// The sandbox if it runs, else a conflict.
    pub(super) fn running(&mut self, id: &str) -> Result<&mut Sandbox, Refusal> {
        let sandbox = self.sandbox(id)?;
        match sandbox.state {
            State::Running => Ok(sandbox),
            State::Paused => Err(Refusal::conflict(&format!(
                "sandbox \"{id}\" is not running: it is paused"
            ))),
        }
    }

    pub(super) fn show(&mut self, id: &str) -> Result<Value, Refusal> {
        if let Some(ended) = self.shown_still(id) {
            return Ok(ended);
        }
        let domain = self.options.domain.clone();
        Ok(self.sandbox(id)?.detail(domain.as_deref()))
    }

    pub(super) fn end_one(&mut self, id: &str) -> Result<(), Refusal> {
        self.sandbox(id)?;
        self.take(id);
        Ok(())
    }

    /// Ends it so many seconds from now; zero is at once.
    pub(super) fn set_timeout(&mut self, id: &str, secs: u32) -> Result<(), Refusal> {
        let secs = within_the_plan(secs)?;
        let now = self.clock.now();
        self.running(id)?.ends = now + secs;
        self.pass();
        Ok(())
    }

    /// Lets it live so long at least.
    pub(super) fn refresh(&mut self, id: &str, secs: Option<u32>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let secs = secs.unwrap_or(SHORT).clamp(SHORT, 3600);
        let sandbox = self.running(id)?;
        sandbox.ends = sandbox.ends.max(now + Duration::from_secs(secs.into()));
        Ok(())
    }

    pub(super) fn pause(&mut self, id: &str) -> Result<(), Refusal> {
        self.running(id)?.pause();
        Ok(())
    }

    /// Lets it run again if it is paused; whether it was is the first of the answer.
    pub(super) fn connect(&mut self, id: &str, secs: u32) -> Result<(bool, Value), Refusal> {
        let secs = within_the_plan(secs)?;
        let now = self.clock.now();
        let domain = self.options.domain.clone();
        let sandbox = self.sandbox(id)?;
        let was_paused = sandbox.state == State::Paused;
        sandbox.state = State::Running;
        sandbox.ends = sandbox.ends.max(now + secs);
        if was_paused {
            sandbox.ends = now + secs;
        }
        Ok((was_paused, sandbox.made(domain.as_deref())))
    }

    /// From now on the sandbox asks for another token. The new one.
    pub(super) fn rotate(&mut self, id: &str) -> Result<String, Refusal> {
        let token = fresh_token();
        self.sandbox(id)?.token = Some(token.clone());
        Ok(token)
    }

    pub(super) fn views(&self) -> Vec<SandboxView> {
        self.sandboxes.iter().map(Sandbox::view).collect()
    }
}

/// A lifetime in seconds, if the account's plan allows it.
pub(super) fn within_the_plan(secs: u32) -> Result<Duration, Refusal> {
    match secs <= LONGEST {
        true => Ok(Duration::from_secs(secs.into())),
        false => Err(Refusal::bad_request("Timeout cannot be greater than 24 hours")),
    }
}
