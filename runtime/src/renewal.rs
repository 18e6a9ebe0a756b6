//! Facts of a sandbox that have changed since they were learnt: a token, the server that it is reached at.
//!
//! Who uses one that is out of date is refused, and would be for ever. So a refusal that may come of that, as the mapping
//! says, is met by a look at the sandbox: if that tells other facts the request is made once more, with those.

use std::sync::Arc;

use crate::{
    call::Call,
    error::Error,
    look::Look,
    provider::Api,
    request::FailureKind,
    resource::{Facts, Sandbox},
};

/// When a refusal may come of facts that have changed.
#[derive(Debug)]
pub struct Stale {
    /// Statuses that say that nothing was done.
    pub statuses: &'static [u16],
    /// The facts that the request is made with.
    pub facts: &'static [&'static str],
    /// Whether it is the look at a sandbox itself: then a list tells what it is to be made with.
    pub looks: bool,
}

impl Stale {
    /// Whether a failure may come of that. One that was never sent may have been sent to where the server was.
    pub(crate) fn may_explain(&self, failure: FailureKind) -> bool {
        match failure {
            FailureKind::Status(status) | FailureKind::Gateway(status) => self.statuses.contains(&status),
            FailureKind::Unreached => true,
            _ => false,
        }
    }
}

/// What a look shows after such a refusal, if it explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// The facts are others now.
    Changed,
    /// The sandbox is gone.
    Gone,
}

impl<C: Api> Call<C> {
    /// What is known at this moment of the sandbox that the function acts on.
    pub fn known(&self) -> Arc<Facts> {
        self.facts().clone()
    }

    /// Makes a request, and once more if it was refused because of facts that have changed.
    ///
    /// # Errors
    /// The request's own.
    pub async fn renewing<T, F, Fut>(&self, request: F) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        match request().await {
            Err(error) if error.is_outdated() => request().await,
            result => result,
        }
    }

    /// Looks whether facts have changed with which a request was made. A look that fails explains nothing.
    pub(crate) async fn renew(&self, stale: &Stale, used: &Facts) -> Option<Renewal> {
        let id = self.sandbox()?.to_owned();
        // Another request may have looked meanwhile.
        let known = self.worker().slots.facts(&id).unwrap_or_default();
        if self.take_over(&self.known(), stale, used) || self.take_over(&known, stale, used) {
            return Some(Renewal::Changed);
        }
        let asked = self.worker().slots.moment();
        let found = match stale.looks {
            true => self.worker().look_in_list(&id).await,
            false => self.worker().look(&id).await,
        };
        match found {
            Ok(Look::Seen(sandbox)) if !self.worker().may_act_on(&sandbox) => Some(Renewal::Gone),
            Ok(Look::Seen(sandbox)) => self.renewed(&sandbox, stale, used),
            Ok(Look::Gone) => {
                self.worker().slots.gone(&asked, &id);
                Some(Renewal::Gone)
            }
            Ok(Look::Unseen) => None,
            Err(error) => {
                tracing::warn!(sandbox = id, %error, "whether facts of a sandbox have changed cannot be looked up");
                None
            }
        }
    }

    fn renewed(&self, sandbox: &Sandbox, stale: &Stale, used: &Facts) -> Option<Renewal> {
        let is_changed = self.take_over(&sandbox.facts, stale, used);
        if is_changed {
            let changed = sandbox.facts.changes(used, stale.facts);
            self.worker().slots.renew(&sandbox.id, changed);
        }
        is_changed.then_some(Renewal::Changed)
    }

    /// Whether some of these facts are others than those that were used; they are used from then on.
    fn take_over(&self, facts: &Facts, stale: &Stale, used: &Facts) -> bool {
        let changed = facts.changes(used, stale.facts);
        let is_changed = !changed.is_empty();
        if is_changed {
            Arc::make_mut(&mut self.facts()).extend(changed);
        }
        is_changed
    }
}
