//! Where sandboxes come from: start and fork.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::{Refusal, error};
use super::sandbox::{Origin, Sandbox};
use super::wish::{Fork, Metadata, NewSandbox, SHORT};
use super::world::{World, within_the_plan};
use crate::simulator::{Disk, Fate};

/// What becomes of one copy that a fork is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForkFate {
    /// It is made.
    Made,
    /// There is an error of this code in its place.
    Error(u16),
}

impl World {
    pub(super) fn start(&mut self, wish: NewSandbox) -> Result<Value, Refusal> {
        let timeout = wish.timeout.unwrap_or(SHORT);
        if timeout == 0 {
            return Err(Refusal::bad_request("Timeout must be greater than 0"));
        }
        within_the_plan(timeout)?;
        let now = self.pass();
        let origin = self.origin(&wish.template_id)?;
        if self.room() == 0 {
            return Err(self.too_many());
        }
        match self.fates.pop_front().unwrap_or(Fate::Ready) {
            Fate::Ready => {}
            Fate::Error => {
                return Err(Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Failed to create sandbox",
                ));
            }
            Fate::Pending => return Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "sandbox placement timed out")),
        }
        let sandbox = Sandbox::new(origin, wish, now, timeout);
        let made = sandbox.made(self.options.domain.as_deref());
        self.keep(sandbox);
        Ok(made)
    }

    /// How many more may run.
    fn room(&self) -> usize {
        match self.options.quota_used_up {
            true => 0,
            false => self.options.concurrency.saturating_sub(self.sandboxes.len()),
        }
    }

    /// Without `Retry-After`: it is no rate limit.
    fn too_many(&self) -> Refusal {
        let message = format!(
            "you have reached the maximum number of concurrent E2B sandboxes ({})",
            self.options.concurrency
        );
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, &message)
    }

    pub(super) fn keep(&mut self, mut sandbox: Sandbox) {
        let now = self.clock.now();
        sandbox.found_from = now + self.options.lag.found_after;
        sandbox.listed_from = now + self.options.lag.listed_after;
        self.ids.insert(sandbox.id.clone());
        self.sandboxes.push(sandbox);
    }

    /// A copy or an error for each; the whole is refused only if nothing is tried.
    pub(super) fn fork(&mut self, id: &str, wish: Fork) -> Result<Value, Refusal> {
        let (count, timeout) = wish.read()?;
        within_the_plan(timeout)?;
        self.running(id)?;
        if count >= self.options.concurrency {
            return Err(Refusal::bad_request(
                "count must be below the team's concurrent sandboxes",
            ));
        }
        let results = (0..count).map(|_| match self.fork_one(id, timeout) {
            Ok(made) => json!({"sandbox": made}),
            Err((code, message)) => json!({"error": error(code, &message)}),
        });
        Ok(results.collect())
    }

    fn fork_one(&mut self, id: &str, timeout: u32) -> Result<Value, (u16, String)> {
        let failed = "failed to start a copy".to_owned();
        if let Some(ForkFate::Error(code)) = self.fork_fates.pop_front() {
            return Err((code, failed));
        }
        match self.fates.pop_front().unwrap_or(Fate::Ready) {
            Fate::Ready => {}
            Fate::Error => return Err((500, failed)),
            Fate::Pending => return Err((504, failed)),
        }
        if self.room() == 0 {
            return Err((
                429,
                "you have reached the maximum number of concurrent E2B sandboxes".to_owned(),
            ));
        }
        let now = self.clock.now();
        let domain = self.options.domain.clone();
        let gone = |_| (404, "the sandbox is gone".to_owned());
        let copy = self.running(id).map_err(gone)?.copy(now, timeout);
        let made = copy.made(domain.as_deref());
        self.keep(copy);
        Ok(made)
    }

    /// Somebody's sandbox, which runs for a day.
    pub(super) fn add_one(&mut self, metadata: Metadata) -> String {
        let origin = Origin {
            template_id: "tofsomebodyelse00000".to_owned(),
            alias: None,
            disk: Disk::empty(),
        };
        let wish = json!({"templateID": "", "metadata": metadata, "secure": true});
        let wish = serde_json::from_value(wish).expect("a sound wish");
        let sandbox = Sandbox::new(origin, wish, self.clock.now(), 86_400);
        let id = sandbox.id.clone();
        self.ids.insert(id.clone());
        self.sandboxes.push(sandbox);
        id
    }

    /// A sandbox that is in all like another one.
    pub(super) fn add_one_like(&mut self, id: &str) -> Option<String> {
        let like = self.sandboxes.iter().find(|sandbox| sandbox.id == id)?;
        let mut added = like.copy(like.started, 0);
        (added.ends, added.state) = (like.ends, like.state);
        let id = added.id.clone();
        self.ids.insert(id.clone());
        self.sandboxes.push(added);
        Some(id)
    }
}
