//! The items of a list, each of which is read by itself: what one of them is hides none of the others.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

use crate::resource::Sandbox;

/// Each sandbox once; of two items with one id that one which says more. Those without an id all stay.
pub(crate) fn once_each(items: Vec<Sandbox>) -> Vec<Sandbox> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Sandbox> = Vec::with_capacity(items.len());
    for item in items {
        if item.id.is_empty() {
            kept.push(item);
            continue;
        }
        match places.entry(item.id.clone()) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(item);
            }
            Entry::Occupied(place) => {
                let known = &mut kept[*place.get()];
                if !known.is_whole() {
                    *known = item;
                }
            }
        }
    }
    kept
}

/// The sandboxes of which the log says that they cannot be read; the empty id stands for those that have none.
#[derive(Debug, Default)]
pub(crate) struct Unreadable(Mutex<BTreeSet<String>>);

impl Unreadable {
    /// Says it of each in a list of the deployment's own, once for as long as it is listed so.
    pub fn tell(&self, listed: &[Sandbox]) {
        let unreadable = listed.iter().filter(|sandbox| !sandbox.is_whole());
        let ids: BTreeSet<String> = unreadable.map(|sandbox| sandbox.id.clone()).collect();
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.difference(&told).for_each(|id| say(id));
        *told = ids;
    }
}

fn say(id: &str) {
    match id.is_empty() {
        true => tracing::error!(
            "a sandbox of this deployment is listed without a usable id: it counts, and only its lifetime ends it"
        ),
        false => tracing::warn!(
            sandbox = id,
            "a sandbox of this deployment cannot be read: it counts, and can be ended by its id"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lifetime::Lifetime, resource::Facts};

    fn item(id: &str, image: &str) -> Sandbox {
        Sandbox {
            id: id.to_owned(),
            image: image.to_owned(),
            started_at: "2023-11-14T22:13:20Z".to_owned(),
            owner: None,
            attempt: None,
            lifetime: Lifetime::default(),
            facts: Facts::new(),
        }
    }

    #[test]
    fn of_two_items_with_one_id_the_one_that_can_be_read_stays() {
        let items = [
            ("a", ""),
            ("", ""),
            ("b", "x"),
            ("a", "x"),
            ("b", ""),
            ("", ""),
            ("a", "y"),
        ];
        let kept = once_each(items.map(|(id, image)| item(id, image)).into());
        let kept: Vec<_> = kept.iter().map(|one| (one.id.as_str(), one.image.as_str())).collect();
        assert_eq!(kept, [("a", "x"), ("", ""), ("b", "x"), ("", "")]);
    }
}
