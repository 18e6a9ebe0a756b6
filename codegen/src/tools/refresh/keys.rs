//! The keys that the new document asks for, against what the mapping sends.

use std::collections::BTreeSet;

use crate::{
    diagnostic::Code,
    document::{Key, Location, Proof, Scheme},
    mapping::{Auth, By, Call, OwnAuth},
    source::Span,
};

use super::Comparison;

/// Any of these ways will do; each is all of its schemes together.
type Ways = Vec<Vec<Scheme>>;

/// A call whose operation asks for other keys than before.
struct Change<'c> {
    call: &'c Call,
    before: Ways,
    now: Ways,
}

impl Comparison<'_> {
    pub fn keys(&self) {
        let apis: BTreeSet<Option<String>> = self.old.used().map(|(operation, _)| operation.api.clone()).collect();
        for api in &apis {
            self.keys_of(api.as_deref());
        }
    }

    /// What has changed for every operation of an API is told once, where the mapping has its key.
    fn keys_of(&self, api: Option<&str>) {
        let calls = self.old.mapping.calls().into_iter();
        let calls: Vec<&Call> = calls.filter(|call| call.target().0 == api).collect();
        let changes: Vec<Change<'_>> = calls.iter().filter_map(|call| self.change(call)).collect();
        let Some(first) = changes.first() else { return };
        let alike = changes.iter().all(|other| said(&other.now) == said(&first.now));
        if alike && changes.len() == calls.len() {
            let sound = changes.iter().all(|change| self.is_sound(change));
            self.key_changed(first, "the new document".to_owned(), self.place_of_key(api), sound);
            return;
        }
        let mut told = BTreeSet::new();
        for change in &changes {
            let label = self.old.operation(change.call).label();
            if told.insert(label.clone()) {
                let who = format!("`{label}`");
                self.key_changed(change, who, change.call.operation.span, self.is_sound(change));
            }
        }
    }

    fn change<'c>(&self, call: &'c Call) -> Option<Change<'c>> {
        let old = self.old.operation(call);
        let before = self.old.document.asked(old);
        let now = self.new.asked(self.moved(old)?);
        (said(&before) != said(&now)).then_some(Change { call, before, now })
    }

    fn place_of_key(&self, api: Option<&str>) -> Span {
        let mapping = &self.old.mapping;
        let further = mapping
            .apis
            .iter()
            .find(|further| Some(further.name.value.as_str()) == api);
        further.map_or(mapping.api.auth.span, |further| further.name.span)
    }

    /// Whether the mapping sends what is asked for now, or did not send what was asked for before: then the document
    /// does not say what the API takes.
    fn is_sound(&self, change: &Change<'_>) -> bool {
        self.sends(change.call, &change.now) || !self.sends(change.call, &change.before)
    }

    fn sends(&self, call: &Call, ways: &Ways) -> bool {
        let mut ways = ways.iter();
        ways.len() == 0 || ways.any(|way| way.iter().all(|scheme| self.sends_key(call, scheme)))
    }

    fn sends_key(&self, call: &Call, scheme: &Scheme) -> bool {
        let own = call.server.as_ref().and_then(|server| server.own_auth.as_ref());
        if let Some(own) = own {
            return sends_own(own, scheme);
        }
        let keyed = call.server.as_ref().is_none_or(|server| server.keyed);
        let auth = Some(&self.old.mapping.api.auth).filter(|_| keyed);
        let header = |name: &str| {
            let given = |(at, given): (Location, &str)| at == Location::Header && given.eq_ignore_ascii_case(name);
            call.given().any(given)
        };
        let key = |name: &str, prefix: &str| auth.is_some_and(|auth| is_sent(auth, name, prefix));
        match &scheme.key {
            Key::Bearer => key("Authorization", "Bearer ") || header("Authorization"),
            Key::Header(name) => auth.is_some_and(|auth| auth.header.eq_ignore_ascii_case(name)) || header(name),
            Key::Prefixed(name, prefix, _) => key(name, prefix) || header(name),
            // A token that somebody else has fetched is sent as a bearer's.
            Key::Token => key("Authorization", "Bearer "),
            Key::No(_) => false,
        }
    }

    fn key_changed(&self, change: &Change<'_>, who: String, place: Span, sound: bool) {
        let (before, now) = (said(&change.before), said(&change.now));
        let message = format!("{who} asks for {now}, where it was {before}");
        if !sound {
            self.breaks(Code::OtherKey, place, message, self.key_help(change));
            return;
        }
        let sent = match change.now.is_empty() {
            true => "; the mapping sends one",
            false if self.sends(change.call, &change.now) => ", which the mapping sends",
            false => "; see whether the mapping sends that",
        };
        self.notes_at(place, &format!("{message}{sent}"));
    }

    /// What to write for the way that takes the fewest keys.
    fn key_help(&self, change: &Change<'_>) -> String {
        let way = change.now.iter().min_by_key(|way| way.len());
        let unsent = way
            .into_iter()
            .flatten()
            .filter(|scheme| !self.sends_key(change.call, scheme));
        let unsent: Vec<&Scheme> = unsent.collect();
        match (unsent.as_slice(), way.is_some_and(|way| way.len() > 1)) {
            ([one], false) => format!("write {}", one.help()),
            (
                [
                    Scheme {
                        key: Key::Header(name), ..
                    },
                ],
                true,
            ) => format!(
                "`auth` sends one key: add `{name}` in the overlay as a header of these operations, and give it below \
                 `api`: `header: {{{name}: …}}`"
            ),
            _ => "`auth` sends one key: ask the provider for a way with one".to_owned(),
        }
    }
}

/// A scheme that the mapping names is sent as the document says.
fn sends_own(own: &OwnAuth, scheme: &Scheme) -> bool {
    let By::Proof(proof) = &own.by else { return false };
    let is_named = own.scheme.as_ref() == Some(&scheme.name);
    let is_bearer = |name: &str, prefix: &str| name.eq_ignore_ascii_case("authorization") && prefix == "Bearer ";
    is_named
        || match (proof, &scheme.key) {
            (Proof::Header(name, prefix), Key::Bearer | Key::Token) => is_bearer(name, prefix),
            (Proof::Header(name, _), Key::Header(wanted)) => name.eq_ignore_ascii_case(wanted),
            (Proof::Basic, Key::Prefixed(name, ..)) => name == "Authorization",
            (Proof::Cookie(_), Key::Prefixed(name, ..)) => name == "Cookie",
            _ => false,
        }
}

fn is_sent(auth: &Auth, name: &str, prefix: &str) -> bool {
    auth.header.eq_ignore_ascii_case(name) && auth.prefix.eq_ignore_ascii_case(prefix)
}

/// `apiKey header X-Key`, with every way and every scheme of it.
fn said(ways: &Ways) -> String {
    let way = |way: &Vec<Scheme>| {
        let schemes: Vec<&str> = way.iter().map(|scheme| scheme.what.as_str()).collect();
        match schemes.is_empty() {
            true => "nothing".to_owned(),
            false => schemes.join(" with "),
        }
    };
    let all: Vec<String> = ways.iter().map(way).collect();
    match all.is_empty() {
        true => "no key".to_owned(),
        false => format!("`{}`", all.join("` or `")),
    }
}
