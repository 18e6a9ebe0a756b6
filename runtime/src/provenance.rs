//! Whether what an answer names was made by the call that it answers.
//!
//! An answer can name anything: a sandbox of another owner or of another call, the call's own parent, a snapshot that
//! was there before. Who acts on such an id ends or hands out what is not his. So what an answer names is the call's
//! own only once its tags show it: the tags in that answer, or in the next look at it. Until then it is neither handed
//! out nor ended, and what the call has really made is looked for by its tag.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::{
    call::Call,
    error::{Code, Error},
    provider::Api,
    resource::Kind,
    slots::Lineage,
};

/// Something that an answer says was made.
#[derive(Debug)]
pub struct Made {
    /// The id, if it says one.
    pub id: Option<String>,
    pub tags: Tags,
}

/// The tags that something carries, as far as an answer shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The deployment that made it.
    pub owner: Option<String>,
    /// The call that made it.
    pub attempt: Option<String>,
}

/// What the tags of something say of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provenance {
    /// This call has made it.
    Own,
    /// Somebody else has, or another call.
    Foreign,
    /// The answer does not show it.
    Unknown,
}

impl Made {
    /// What an answer names without its tags: an id, or a list of ids.
    pub fn untagged(ids: impl Ids) -> Vec<Self> {
        ids.ids().into_iter().map(Self::named).collect()
    }

    /// The same of a list in which an absent id is of something that was not made.
    pub fn those_there(ids: impl Ids) -> Vec<Self> {
        ids.there().into_iter().map(Self::named).collect()
    }

    fn named(id: Option<String>) -> Self {
        Self {
            id,
            tags: Tags::default(),
        }
    }
}

/// What names one thing or several by their ids.
pub trait Ids {
    /// The ids, those that are strings.
    fn ids(self) -> Vec<Option<String>>;

    /// The same without those that are absent.
    fn there(self) -> Vec<Option<String>>;
}

impl Ids for String {
    fn ids(self) -> Vec<Option<String>> {
        vec![Some(self)]
    }

    fn there(self) -> Vec<Option<String>> {
        self.ids()
    }
}

impl Ids for Option<String> {
    fn ids(self) -> Vec<Option<String>> {
        vec![self]
    }

    fn there(self) -> Vec<Option<String>> {
        self.map(Some).into_iter().collect()
    }
}

impl<I: Ids> Ids for Vec<I> {
    fn ids(self) -> Vec<Option<String>> {
        self.into_iter().flat_map(I::ids).collect()
    }

    fn there(self) -> Vec<Option<String>> {
        self.into_iter().flat_map(I::there).collect()
    }
}

impl Ids for Value {
    fn ids(self) -> Vec<Option<String>> {
        let text = |id| match id {
            Value::String(id) => Some(id),
            _ => None,
        };
        match self {
            Value::Array(ids) => ids.into_iter().map(text).collect(),
            one => vec![text(one)],
        }
    }

    fn there(self) -> Vec<Option<String>> {
        match self {
            Value::Null => Vec::new(),
            Value::Array(ids) => ids.into_iter().flat_map(Self::there).collect(),
            one => one.ids(),
        }
    }
}

impl<C: Api> Call<C> {
    /// Takes note of what an answer says was made. What is the call's own is taken back if the function fails.
    ///
    /// # Errors
    /// S502 if an id cannot be used, or names what this call has not made. All others are noted before.
    pub fn made(&self, kind: Kind, made: impl IntoIterator<Item = Made>) -> Result<(), Error> {
        let mut refused = None;
        let mut all_known = true;
        for Made { id, tags } in made {
            match self.segment("id", id) {
                Err(_) => refused = Some("it gives an id that cannot be used"),
                Ok(id) => match self.provenance(kind, &id, &tags) {
                    Provenance::Own => self.own(kind, id),
                    Provenance::Unknown => {
                        all_known = false;
                        self.unproven().push((kind, id));
                    }
                    Provenance::Foreign => refused = Some("it names what this call has not made"),
                },
            }
        }
        if let Some(what) = refused {
            return Err(Error::unreadable(what));
        }
        if all_known {
            self.in_doubt().of(kind).end();
        }
        Ok(())
    }

    fn provenance(&self, kind: Kind, id: &str, tags: &Tags) -> Provenance {
        let worker = self.worker();
        let is_other = || self.sandbox() == Some(id) || worker.slots.is_of_another(id, self.began());
        if kind == Kind::Sandbox && is_other() {
            return Provenance::Foreign;
        }
        let (by_owner, by_attempt) = worker.tags_of(kind);
        let shows = |needed: bool, tag: &Option<String>, own: &str| match tag {
            _ if !needed => Provenance::Own,
            Some(tag) if tag == own => Provenance::Own,
            Some(_) => Provenance::Foreign,
            None => Provenance::Unknown,
        };
        let owner = shows(by_owner, &tags.owner, &self.config().owner);
        let attempt = match self.lineage().filter(|_| kind == Kind::Sandbox) {
            Some(lineage) => self.provenance_of_copy(lineage, id, tags),
            None => shows(by_attempt, &tags.attempt, self.attempt_id()),
        };
        match (owner, attempt) {
            (Provenance::Foreign, _) | (_, Provenance::Foreign) => Provenance::Foreign,
            (Provenance::Own, Provenance::Own) => Provenance::Own,
            _ => Provenance::Unknown,
        }
    }

    /// What the tags of something say that may be a copy: one that carries no tag shows that by its owner's.
    fn provenance_of_copy(&self, lineage: &Lineage, id: &str, tags: &Tags) -> Provenance {
        let is_shown = tags.attempt.is_some() || (lineage.tag.is_none() && tags.owner.is_some());
        match self.has_tagged(Kind::Sandbox, id, tags.attempt.as_deref()) {
            true if is_shown => Provenance::Own,
            _ if lineage.was_there(id) || tags.attempt.is_some() => Provenance::Foreign,
            _ => Provenance::Unknown,
        }
    }

    /// Takes note of what a look at a sandbox or snapshot shows: of what an answer has named it tells whether the call has
    /// made it. What it has not is left alone from then on, and what it has really made is looked for.
    ///
    /// # Errors
    /// S502 if the call has not made what it was told it had.
    pub fn seen(&self, kind: Kind, seen: Made) -> Result<(), Error> {
        let Some(id) = seen.id.as_deref() else {
            return Ok(());
        };
        let is_unproven = self
            .unproven()
            .iter()
            .any(|(of, known)| (*of, known.as_str()) == (kind, id));
        if !is_unproven && !self.owns(kind, id) {
            return Ok(());
        }
        match self.provenance(kind, id, &seen.tags) {
            Provenance::Foreign => {
                self.disown(kind, id);
                Err(not_ours())
            }
            Provenance::Own if is_unproven => {
                self.unproven()
                    .retain(|(of, known)| (*of, known.as_str()) != (kind, id));
                self.own(kind, id.to_owned());
                if !self.unproven().iter().any(|(of, _)| *of == kind) {
                    self.in_doubt().of(kind).end();
                }
                Ok(())
            }
            Provenance::Own | Provenance::Unknown => Ok(()),
        }
    }

    /// Looks at what no answer has shown to be the call's own. Returns when all of it is.
    ///
    /// # Errors
    /// S502 if something is not, or if a look fails.
    pub(crate) async fn prove(&self) -> Result<(), Error> {
        let unproven = self.unproven().clone();
        for (kind, id) in unproven {
            let tags = self.worker().tags_at(self, kind, &id).await?;
            self.seen(kind, Made { id: Some(id), tags })?;
        }
        match self.unproven().is_empty() {
            true => Ok(()),
            false => Err(not_ours()),
        }
    }
}

fn not_ours() -> Error {
    Error::new(Code::S502, "the provider names what this call has not made")
}
