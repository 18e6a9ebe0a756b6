//! Which keys each kind of node was asked for, for the test that holds the schema against the reader.

use std::{cell::RefCell, collections::BTreeMap, collections::BTreeSet};

type Keys = BTreeMap<String, BTreeSet<String>>;

thread_local! {
    static ASKED: RefCell<Keys> = RefCell::default();
}

pub fn note(what: &str, keys: &[&str]) {
    ASKED.with_borrow_mut(|asked| {
        let known = asked.entry(what.to_owned()).or_default();
        known.extend(keys.iter().map(|key| (*key).to_owned()));
    });
}

pub fn take() -> Keys {
    ASKED.take()
}
