//! OpenAPI Overlay 1.0, strict: each action says why, and one that matches or changes nothing is a mistake.
//!
//! The published document stays as it is; what needs repair is said beside it and falls away when upstream heals.

use std::sync::Arc;

use serde_json::Value;
use serde_json_path::JsonPath;

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
    Remove,
}

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
    let Some(mut fields) = reader.fields(root, "the overlay") else {
        return Vec::new();
    };
    if let Some(version) = fields
        .required_string("overlay")
        .filter(|version| !version.value.starts_with("1.0."))
    {
        let message = format!("overlays of version {} are not known", version.value);
        reader.problem(Code::WrongShape, version.span, message, "write `overlay: 1.0.0`");
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
    let mut fields = reader.fields(node, "an overlay action")?;
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
    let remove = fields.flag("remove").then_some(Change::Remove);
    fields.done();
    let change = update.xor(remove);
    if change.is_none() && reader.found() == before {
        let help = "give either `update:` or `remove: true`";
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
    let path = match JsonPath::parse(&action.target.value) {
        Ok(path) => path,
        Err(error) => {
            let message = format!("the target is not a JSONPath: {error}");
            let help = "write for example `$.paths['/things'].get`";
            reader.problem(Code::OverlayTarget, action.target.span, message, help);
            return;
        }
    };
    let mut places: Vec<String> = path
        .query_located(root)
        .locations()
        .map(|at| at.to_json_pointer())
        .collect();
    if places.is_empty() {
        let help = "if upstream has healed, remove the action; else correct the target";
        reader.problem(
            Code::OverlayWithoutMatch,
            action.target.span,
            "the target matches nothing",
            help,
        );
        return;
    }
    if let Change::Update(update) = &action.change {
        let clash = places.iter().find_map(|place| clash(root.pointer(place)?, update));
        if let Some((node, existing)) = clash {
            let message = format!("{existing} would be replaced by {}", node.describe());
            let help = "write the keys that change, or `remove: true` to be without it";
            reader.problem(Code::OverlayClash, node.span, message, help);
            return;
        }
    }
    // Last first, so that removing one item of a list does not move the others.
    places.reverse();
    let before = root.clone();
    for place in &places {
        match &action.change {
            Change::Update(update) => {
                if let Some(node) = root.pointer_mut(place) {
                    merge(node, &update.to_json());
                }
            }
            Change::Remove => remove(root, place),
        }
    }
    if *root == before {
        let help = "the document says this already: remove the action";
        reader.problem(
            Code::OverlayWithoutMatch,
            action.span,
            "the action changes nothing",
            help,
        );
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
