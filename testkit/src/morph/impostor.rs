//! Answers that tell of something else than they should.

use serde_json::{Value, json};

use super::body::Metadata;
use super::world::World;

/// A tag that the impostor lacks.
const NOBODY: &str = "nobody";

/// Something that an answer can name.
struct Known<'a> {
    id: &'a str,
    metadata: &'a Metadata,
}

/// Puts `id` with its metadata in the place of the first instance or snapshot of the same kind that the answer tells of,
/// apart from the one in the `path` where that was acted on.
pub(super) fn impersonate(answer: &mut Value, acted_on: &str, id: &str, world: &World) {
    let all: Vec<Known<'_>> = known(world).collect();
    let Some(impostor) = all.iter().find(|one| one.id == id) else {
        return;
    };
    let is_of_its_kind = |one: &&Known<'_>| kind(one.id) == kind(id) && one.id != id && !acted_on.contains(one.id);
    let others: Vec<_> = all.iter().filter(is_of_its_kind).collect();
    if let Some(replaced) = first(answer, &others) {
        put(answer, replaced, impostor);
    }
}

fn known(world: &World) -> impl Iterator<Item = Known<'_>> {
    let instances = world.instances.iter().map(|one| Known {
        id: &one.id,
        metadata: &one.metadata,
    });
    let snapshots = world.snapshots.iter().map(|one| Known {
        id: &one.id,
        metadata: &one.metadata,
    });
    instances.chain(snapshots)
}

/// `morphvm` or `snapshot`.
fn kind(id: &str) -> &str {
    id.split_once('_').map_or(id, |(kind, _)| kind)
}

/// The first of these that the answer names.
fn first<'a>(answer: &Value, of: &[&'a Known<'a>]) -> Option<&'a Known<'a>> {
    match answer {
        Value::String(text) => of.iter().find(|one| one.id == text).copied(),
        Value::Array(items) => items.iter().find_map(|item| first(item, of)),
        Value::Object(fields) => fields.values().find_map(|field| first(field, of)),
        _ => None,
    }
}

fn put(answer: &mut Value, replaced: &Known<'_>, impostor: &Known<'_>) {
    match answer {
        Value::String(text) if text == replaced.id => impostor.id.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, replaced, impostor)),
        Value::Object(fields) => {
            let is_about_it = fields.values().any(|field| field.as_str() == Some(replaced.id));
            if is_about_it {
                fields.values_mut().for_each(|field| retag(field, replaced, impostor));
            }
            fields.values_mut().for_each(|field| put(field, replaced, impostor));
        }
        _ => {}
    }
}

/// The tags of the one become those of the other, in whatever form they are shown.
fn retag(field: &mut Value, replaced: &Known<'_>, impostor: &Known<'_>) {
    match field {
        Value::String(text) => {
            let name = replaced
                .metadata
                .iter()
                .find_map(|(name, tag)| (tag == text).then_some(name));
            if let Some(name) = name {
                *text = impostor
                    .metadata
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| NOBODY.to_owned());
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|item| retag(item, replaced, impostor)),
        Value::Array(items) => items.iter_mut().for_each(|item| retag(item, replaced, impostor)),
        _ => {}
    }
}

/// Puts what is no instance into a list.
pub(super) fn add_odd_items(answer: &mut Value) {
    match answer {
        Value::Array(items) => {
            let odd = [json!(null), json!(7), json!({}), json!({"id": null, "metadata": 1})];
            items.splice(0..0, odd);
        }
        Value::Object(fields) => {
            let list = fields.values_mut().find(|field| field.is_array());
            list.into_iter().for_each(add_odd_items);
        }
        _ => {}
    }
}
