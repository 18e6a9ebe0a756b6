//! Answers that tell of something else than they should.

use serde_json::{Value, json};

use super::world::Tags;

/// A tag that the impostor lacks.
const NOBODY: &str = "nobody";

/// Something that an answer can tell of.
#[derive(Clone, Debug)]
pub struct Known {
    /// By which an answer names it.
    pub id: String,
    /// Whether it is a sandbox or a snapshot.
    pub kind: &'static str,
    /// What else tells it from others of its kind.
    pub tags: Tags,
}

/// Puts `id` with its tags in the place of the first of the same kind that the answer tells of, apart from the one in the
/// path where that was acted on.
pub(crate) fn impersonate(answer: &mut Value, acted_on: &str, id: &str, known: &[Known]) {
    let Some(impostor) = known.iter().find(|one| one.id == id) else {
        return;
    };
    let is_of_its_kind = |one: &&Known| one.kind == impostor.kind && one.id != id && !acted_on.contains(&one.id);
    let others: Vec<_> = known.iter().filter(is_of_its_kind).collect();
    if let Some(replaced) = first(answer, &others) {
        put(answer, replaced, impostor);
    }
}

/// The first of these that the answer names.
fn first<'a>(answer: &Value, of: &[&'a Known]) -> Option<&'a Known> {
    match answer {
        Value::String(text) => of.iter().find(|one| one.id == *text).copied(),
        Value::Array(items) => items.iter().find_map(|item| first(item, of)),
        Value::Object(fields) => fields.values().find_map(|field| first(field, of)),
        _ => None,
    }
}

fn put(answer: &mut Value, replaced: &Known, impostor: &Known) {
    match answer {
        Value::String(text) if *text == replaced.id => impostor.id.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, replaced, impostor)),
        Value::Object(fields) => {
            let is_about_it = fields
                .values()
                .any(|field| field.as_str() == Some(replaced.id.as_str()));
            if is_about_it {
                fields.values_mut().for_each(|field| retag(field, replaced, impostor));
            }
            fields.values_mut().for_each(|field| put(field, replaced, impostor));
        }
        _ => {}
    }
}

/// The tags of the one become those of the other, in whatever form they are shown.
fn retag(field: &mut Value, replaced: &Known, impostor: &Known) {
    match field {
        Value::String(text) => {
            let name = replaced
                .tags
                .iter()
                .find_map(|(name, tag)| (tag == text).then_some(name));
            if let Some(name) = name {
                *text = impostor.tags.get(name).cloned().unwrap_or_else(|| NOBODY.to_owned());
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|item| retag(item, replaced, impostor)),
        Value::Array(items) => items.iter_mut().for_each(|item| retag(item, replaced, impostor)),
        _ => {}
    }
}

/// Puts what is no sandbox into a list.
pub(crate) fn add_odd_items(answer: &mut Value) {
    match answer {
        Value::Array(items) => {
            let odd = [
                json!(null),
                json!(7),
                json!({}),
                json!({"id": null, "metadata": 1, "labels": 1}),
            ];
            items.splice(0..0, odd);
        }
        Value::Object(fields) => {
            let list = fields.values_mut().find(|field| field.is_array());
            list.into_iter().for_each(add_odd_items);
        }
        _ => {}
    }
}
