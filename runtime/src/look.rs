//! Looks at one sandbox: whose it is, whether it is there, what it says of itself.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    call::Call,
    error::Error,
    provider::{self as calls, Api},
    resource::{Facts, Sandbox},
    slots::{Moment, UNSEEN},
    worker::Worker,
};

/// A sandbox that was seen longer ago is looked at before it is ended.
const CERTAIN: Duration = Duration::from_secs(60);

/// Pauses between looks at what is not known yet.
pub(crate) const UNKNOWN: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// The sandbox that a call acts on.
pub(crate) struct ActedOn {
    /// As the provider spells it, where it was looked at.
    pub id: String,
    pub facts: Facts,
}

/// What a look at a sandbox shows.
pub(crate) enum Look {
    Seen(Box<Sandbox>),
    Gone,
    /// It may be there all the same: a list can be of this owner only, or there is none.
    Unseen,
}

/// Whether a sandbox can be acted on.
pub(crate) enum Reached {
    By(Facts),
    /// A look tells that it is gone.
    Gone,
    /// Nothing shows it.
    Unseen,
}

impl Look {
    fn seen(sandbox: Sandbox) -> Self {
        Self::Seen(Box::new(sandbox))
    }
}

/// Whether two ids are one in other words: some providers take their ids in any case.
pub(crate) fn is_spelling(id: &str, asked: &str) -> bool {
    id.eq_ignore_ascii_case(asked)
}

fn another() -> Error {
    Error::unreadable("it is of another sandbox than was asked for")
}

pub(crate) fn no_such_sandbox() -> Error {
    Error::no_such_sandbox("")
}

impl<C: Api> Worker<C> {
    /// The sandbox that a call acts on, which must be ours. One of which not all is known that is needed is looked at once,
    /// and remembered; so is one that is to be ended and was not seen of late: it may be somebody else's by now.
    ///
    /// `None` is one that is gone; S002 one that is somebody else's, unless those are allowed.
    pub(crate) async fn acted_on(
        self: &Arc<Self>,
        id: &str,
        needed: &[&str],
        ends: bool,
    ) -> Result<Option<ActedOn>, Error> {
        let known = self.slots.facts(id);
        let as_asked = |facts: Facts| ActedOn {
            id: id.to_owned(),
            facts,
        };
        // Where nothing shows a sandbox, its id is taken at its word.
        if !self.can_look() {
            return Ok(Some(as_asked(known.unwrap_or_default())));
        }
        let is_complete = |facts: &Facts| facts.have(needed);
        // A fact that has changed would make a sandbox seem gone that runs on.
        let is_certain = !ends || (needed.is_empty() && self.slots.is_seen_within(CERTAIN, id));
        if is_certain && known.as_ref().is_some_and(is_complete) {
            return Ok(known.map(as_asked));
        }
        let asked = self.slots.moment();
        match self.look(id).await? {
            Look::Gone => Ok(None),
            Look::Unseen => known.map(as_asked).map(Some).ok_or_else(no_such_sandbox),
            Look::Seen(sandbox) => self.seen(&asked, *sandbox).map(Some),
        }
    }

    /// Takes in what a look shows of a sandbox that a call acts on.
    fn seen(self: &Arc<Self>, asked: &Moment, mut sandbox: Sandbox) -> Result<ActedOn, Error> {
        if self.owns(&sandbox) {
            self.slots.observe(asked, &sandbox);
            sandbox.facts.extend(self.slots.facts(&sandbox.id).unwrap_or_default());
            self.learn_lifetimes(std::slice::from_ref(&sandbox));
        } else {
            self.slots.gone(asked, &sandbox.id);
            self.lifetimes.forget(&sandbox.id);
            if !self.may_act_on(&sandbox) {
                return Err(no_such_sandbox());
            }
            self.forget_lifetimes();
            self.learn_lifetime(&sandbox, false);
        }
        Ok(ActedOn {
            id: sandbox.id,
            facts: sandbox.facts,
        })
    }

    /// Looks for what a call has just made.
    pub(crate) async fn look_of(self: &Arc<Self>, call: &Call<C>, id: &str) -> Result<Look, Error> {
        for pause in UNKNOWN {
            match self.look(id).await? {
                Look::Gone | Look::Unseen if call.in_doubt().has_made_within(UNSEEN) => sleep(pause).await,
                found => return Ok(found),
            }
        }
        self.look(id).await
    }

    /// Whether a sandbox may be ended that no look shows. It may be somebody else's, made so lately that none does: so it
    /// has to be known to be ours, or listed as ours, unless that does not matter.
    pub(crate) async fn may_be_ended_unseen(&self, call: &Call<C>, id: &str) -> bool {
        if self.config().allow_foreign || self.counts(id) {
            return true;
        }
        let listed = self.listed(call).await;
        listed.is_ok_and(|listed| listed.iter().any(|sandbox| sandbox.id == id))
    }

    /// Whether one sandbox can be looked at.
    pub(crate) fn can_look(&self) -> bool {
        let one = self.provider.sandboxes.as_ref().and_then(|calls| calls.one);
        one.is_some() || self.can_list()
    }

    /// Looks for one sandbox, by itself or in the list, whichever the provider has.
    pub(crate) async fn look(self: &Arc<Self>, id: &str) -> Result<Look, Error> {
        let calls = self.provider.sandboxes.as_ref();
        match calls.and_then(|calls| Some((calls.one?, calls.looks_by))) {
            Some((one, [])) => self.look_by(one, id, Facts::new()).await,
            Some((one, facts)) => self.look_with(one, id, facts).await,
            None => self.look_in_list(id).await,
        }
    }

    /// Looks for one by what is known of it; where that shows none it may be known by other facts by now.
    async fn look_with(self: &Arc<Self>, one: calls::Look<C>, id: &str, facts: &[&str]) -> Result<Look, Error> {
        let known = self.slots.facts(id).filter(|known| known.tell(facts));
        let is_known = known.is_some();
        if let Some(known) = known
            && let Look::Seen(sandbox) = self.look_by(one, id, known).await?
        {
            return Ok(Look::Seen(sandbox));
        }
        match self.look_in_list(id).await? {
            Look::Seen(listed) if listed.facts.tell(facts) => self.look_by(one, id, listed.facts).await,
            Look::Unseen if is_known => Ok(Look::Gone),
            found => Ok(found),
        }
    }

    async fn look_by(self: &Arc<Self>, one: calls::Look<C>, id: &str, facts: Facts) -> Result<Look, Error> {
        let call = self.inner_call()?;
        call.learn(ActedOn {
            id: id.to_owned(),
            facts,
        });
        let found = self.until_known(id, || one(call.clone(), id.to_owned())).await?;
        match found {
            Some(sandbox) if sandbox.id.is_empty() => Err(Error::unreadable("it gives no usable `id`")),
            Some(sandbox) if !is_spelling(&sandbox.id, id) => Err(another()),
            found => Ok(found.map_or(Look::Gone, Look::seen)),
        }
    }

    /// Looks for one in the list alone.
    pub(crate) async fn look_in_list(self: &Arc<Self>, id: &str) -> Result<Look, Error> {
        if !self.can_list() {
            return Ok(Look::Unseen);
        }
        let sandboxes = self.all(&self.inner_call()?).await?;
        let found = sandboxes.into_iter().filter(|sandbox| sandbox.id == id);
        let found = found.max_by_key(|sandbox| self.owns(sandbox));
        Ok(found.map_or(Look::Unseen, Look::seen))
    }

    /// Lets a call of the worker's own act on a sandbox by the facts that this takes: those that are known, else those that
    /// a look tells.
    pub(crate) async fn reach(self: &Arc<Self>, call: &Call<C>, id: &str, known: Facts) -> Result<Reached, Error> {
        let needed = self.provider.sandboxes.as_ref().map_or(&[][..], |calls| calls.acts_by);
        let mut facts = known;
        facts.complete(&self.slots.facts(id).unwrap_or_default());
        if !facts.tell(needed) {
            match self.look(id).await? {
                Look::Seen(sandbox) => facts = sandbox.facts,
                Look::Gone => return Ok(Reached::Gone),
                Look::Unseen => return Ok(Reached::Unseen),
            }
        }
        call.learn(ActedOn {
            id: id.to_owned(),
            facts: facts.clone(),
        });
        Ok(Reached::By(facts))
    }

    /// Looks at one sandbox, a few times if it was just started: a look may lag, too.
    async fn until_known<Fut>(&self, id: &str, look: impl Fn() -> Fut) -> Result<Option<Sandbox>, Error>
    where
        Fut: Future<Output = Result<Option<Sandbox>, Error>>,
    {
        for pause in UNKNOWN {
            match look().await? {
                None if self.slots.is_unseen(id) => sleep(pause).await,
                found => return Ok(found),
            }
        }
        look().await
    }
}
