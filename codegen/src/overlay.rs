//! OpenAPI Overlay 1.0 and 1.1, strict: each action says why, and one that matches or changes nothing is a mistake.
//!
//! The published document stays as it is; what needs repair is said beside it and falls away when upstream heals.

use std::{cmp::Ordering, sync::Arc};

use serde_json::Value;
use serde_json_path::{JsonPath, NormalizedPath};

use crate::{
    diagnostic::{Code, Sink},
    document::Document,
    mapping::Reader,
    source::{Source, Span, Spanned},
    yaml::{self, NodeKind},
};

struct Action {
    span: Span,
    target: Spanned<String>,
    change: Change,
}

enum Change {
    Update(yaml::Node),
    /// Of the one node that this path finds.
    Copy(Spanned<String>),
    Remove,
}

/// The versions of overlays that are read.
const VERSIONS: [&str; 2] = ["1.0.", "1.1."];

/// Applies the overlay's actions in order.
pub fn apply(source: &Arc<Source>, document: &mut Document, sink: &mut Sink) {
    let Some(root) = yaml::parse(source, sink) else {
        return;
    };
    let reader = Reader::new(source);
    for action in read(&reader, &root) {
        run(&reader, &action, &mut document.root);
    }
    sink.extend(reader.finish());
}

fn read(reader: &Reader, root: &yaml::Node) -> Vec<Action> {
    let Some(fields) = reader.fields(root, "the overlay") else {
        return Vec::new();
    };
    let mut fields = fields.extensible();
    if let Some(version) = fields
        .required_string("overlay")
        .filter(|version| !VERSIONS.iter().any(|known| version.value.starts_with(known)))
    {
        let message = format!("overlays of version {} are not known", version.value);
        let help = "write `overlay: 1.1.0`, or 1.0.0";
        reader.problem(Code::WrongShape, version.span, message, help);
    }
    for optional in ["info", "extends"] {
        fields.optional(optional);
    }
    let nodes = fields.items("actions");
    fields.done();
    nodes.into_iter().filter_map(|node| action(reader, node)).collect()
}

fn action(reader: &Reader, node: &yaml::Node) -> Option<Action> {
    let before = reader.found();
    let mut fields = reader.fields(node, "an overlay action")?.extensible();
    let target = fields.required_string("target");
    let why = fields.optional_string("why");
    if why.is_none() && node.get("why").is_none() {
        let help = "say in one sentence what is wrong upstream";
        reader.problem(
            Code::OverlayWithoutWhy,
            node.span,
            "the action does not say `why`",
            help,
        );
    }
    fields.optional("description");
    let update = fields.optional("update").map(|node| Change::Update(node.clone()));
    let copy = fields.optional_string("copy").map(Change::Copy);
    let remove = fields.flag("remove").then_some(Change::Remove);
    fields.done();
    let mut changes: Vec<Change> = [update, copy, remove].into_iter().flatten().collect();
    let change = changes.pop().filter(|_| changes.is_empty());
    if change.is_none() && reader.found() == before {
        let help = "give one of `update:`, `copy:` and `remove: true`";
        reader.problem(
            Code::ExclusiveKeys,
            node.span,
            "the action changes nothing or two things",
            help,
        );
    }
    Some(Action {
        span: node.span,
        target: target?,
        change: change?,
    })
}

fn run(reader: &Reader, action: &Action, root: &mut Value) {
    let Some(path) = parsed(reader, &action.target, "target") else {
        return;
    };
    let places = places(path.query_located(root).locations());
    if places.is_empty() {
        let help = "if upstream has healed, remove the action; else correct the target";
        let message = "the target matches nothing";
        reader.problem(Code::OverlayWithoutMatch, action.target.span, message, help);
        return;
    }
    // Not of the whole document, which may be large.
    let nodes =
        |root: &Value| -> Vec<Option<Value>> { places.iter().map(|place| root.pointer(place).cloned()).collect() };
    let before = nodes(root);
    match &action.change {
        Change::Update(update) => {
            let clash = places.iter().find_map(|place| clash(root.pointer(place)?, update));
            if let Some((node, existing)) = clash {
                replaces(reader, node.span, existing, node.describe());
                return;
            }
            merge_into(root, &places, &update.to_json());
        }
        Change::Copy(from) => {
            let Some(copied) = copied(reader, from, root) else {
                return;
            };
            let lost = places.iter().find_map(|place| lost(root.pointer(place)?, &copied));
            if let Some((existing, by)) = lost {
                replaces(reader, from.span, existing, by);
                return;
            }
            merge_into(root, &places, &copied);
        }
        Change::Remove => return places.iter().for_each(|place| remove(root, place)),
    }
    if nodes(root) == before {
        let help = "the document says this already: remove the action";
        let message = "the action changes nothing";
        reader.problem(Code::OverlayWithoutMatch, action.span, message, help);
    }
}

fn parsed(reader: &Reader, path: &Spanned<String>, what: &str) -> Option<JsonPath> {
    let parsed = JsonPath::parse(&path.value);
    if let Err(error) = &parsed {
        let message = format!("the {what} is not a JSONPath: {error}");
        let help = "write for example `$.paths['/things'].get`";
        reader.problem(Code::OverlayTarget, path.span, message, help);
    }
    parsed.ok()
}

/// Each place once, as a pointer, and the last first: what is removed moves none of those that follow, whatever the
/// order in which the path names them.
fn places<'r>(found: impl Iterator<Item = &'r NormalizedPath<'r>>) -> Vec<String> {
    let mut found: Vec<&NormalizedPath<'_>> = found.collect();
    found.sort_by(|one, other| other.partial_cmp(one).unwrap_or(Ordering::Equal));
    found.dedup();
    found.into_iter().map(NormalizedPath::to_json_pointer).collect()
}

/// The one node that is to be copied.
fn copied(reader: &Reader, from: &Spanned<String>, root: &Value) -> Option<Value> {
    let path = parsed(reader, from, "path in `copy`")?;
    let nodes = path.query(root).all();
    if let [node] = nodes.as_slice() {
        return Some((*node).clone());
    }
    let message = match nodes.len() {
        0 => "what is to be copied is not there".to_owned(),
        many => format!("`copy` takes one node, and this matches {many}"),
    };
    let help = "name the one node that is to be copied";
    reader.problem(Code::OverlayWithoutMatch, from.span, message, help);
    None
}

fn replaces(reader: &Reader, span: Span, existing: &str, by: &str) {
    let message = format!("{existing} would be replaced by {by}");
    let help = "write the keys that change, or `remove: true` to be without it";
    reader.problem(Code::OverlayClash, span, message, help);
}

fn merge_into(root: &mut Value, places: &[String], update: &Value) {
    for place in places {
        if let Some(node) = root.pointer_mut(place) {
            merge(node, update);
        }
    }
}

/// Where an update would leave nothing of what is merged with it: an operation is no string, and none is no operation.
///
/// A boolean may replace a schema, as JSON Schema has it.
fn clash<'n>(existing: &Value, update: &'n yaml::Node) -> Option<(&'n yaml::Node, &'static str)> {
    match (existing, &update.kind) {
        (Value::Object(keys), NodeKind::Mapping(entries)) => entries
            .iter()
            .find_map(|(key, node)| clash(keys.get(&key.value)?, node)),
        (Value::Object(_), NodeKind::Boolean(_)) => None,
        (Value::Object(_), _) => Some((update, "a mapping of the document")),
        (Value::Array(_), NodeKind::Null) => Some((update, "a list of the document")),
        _ => None,
    }
}

/// What a copy would leave nothing of, and what replaces it.
fn lost(existing: &Value, copied: &Value) -> Option<(&'static str, &'static str)> {
    match (existing, copied) {
        (Value::Object(keys), Value::Object(entries)) => {
            entries.iter().find_map(|(key, value)| lost(keys.get(key)?, value))
        }
        (Value::Object(_), Value::Bool(_)) => None,
        (Value::Object(_), Value::Array(_)) => Some(("a mapping of the document", "a list")),
        (Value::Object(_), _) => Some(("a mapping of the document", "a plain value")),
        (Value::Array(_), Value::Null) => Some(("a list of the document", "nothing")),
        _ => None,
    }
}

/// Objects merge, lists grow, anything else is replaced, as the overlay specification says.
fn merge(node: &mut Value, update: &Value) {
    match (node, update) {
        (Value::Object(node), Value::Object(update)) => {
            for (key, value) in update {
                match node.get_mut(key) {
                    Some(existing) => merge(existing, value),
                    None => {
                        node.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(node), Value::Array(update)) => node.extend(update.iter().cloned()),
        (Value::Array(node), update) => node.push(update.clone()),
        (node, update) => *node = update.clone(),
    }
}

fn remove(root: &mut Value, place: &str) {
    let Some((parent, last)) = place.rsplit_once('/') else {
        return;
    };
    let key = last.replace("~1", "/").replace("~0", "~");
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&key);
        }
        Some(Value::Array(list)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
        }
        _ => {}
    }
}
