//! Constructs that no call can use, named with their place and the overlay action that mends them.

use serde_json::Value;

use super::{APIS, Document};

/// A construct of a document that no call can use.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsupported {
    /// `#/paths/~1files/get/parameters/0`
    pub pointer: String,
    /// What it is, as the rest of a sentence that begins with its place.
    pub what: String,
    /// What to do, with the overlay actions.
    pub mend: String,
    /// The overlay actions alone, in YAML's flow style.
    pub actions: Vec<String>,
}

impl Unsupported {
    /// The change is the end of the action: `update: {style: form}` or `remove: true`.
    pub fn new(document: &Document, pointer: &str, what: impl Into<String>, change: &str) -> Self {
        Self::with(document, pointer, what, &[("", change)])
    }

    /// Mended by several actions: where below the place each is, as `/schema`, and its change.
    pub fn with(document: &Document, pointer: &str, what: impl Into<String>, changes: &[(&str, &str)]) -> Self {
        let actions = changes
            .iter()
            .map(|(below, change)| action(document, &format!("{pointer}{below}"), change));
        let construct = Self {
            pointer: pointer.to_owned(),
            what: what.into(),
            mend: String::new(),
            actions: actions.collect(),
        };
        construct.after("mend it in the overlay")
    }

    /// What the person has to know or do before the actions mend it.
    pub fn after(self, advice: &str) -> Self {
        Self {
            mend: format!("{advice}: `{}`", self.actions.join("`, then `")),
            ..self
        }
    }

    /// A reference that cannot be followed from `pointer`.
    pub fn unresolved(document: &Document, pointer: &str, reference: &str) -> Self {
        let whither = if reference.starts_with('#') {
            "nowhere"
        } else {
            "out of the document"
        };
        let what = format!("`$ref: {reference}` leads {whither}");
        Self::with(
            document,
            pointer,
            what,
            &[("/$ref", "remove: true"), ("", "update: {…}")],
        )
        .after("vendor the document as one file, or write in the overlay what belongs there")
    }
}

fn action(document: &Document, pointer: &str, change: &str) -> String {
    let path = Value::from(json_path(&document.root, pointer));
    format!("{{target: {path}, why: …, {change}}}")
}

/// `#/paths/~1files/get/parameters/0` as `$.paths['/files'].get.parameters[0]`: a number is one where a list is.
fn json_path(root: &Value, pointer: &str) -> String {
    // An overlay is of one document, and a further one begins below its name.
    let before = if pointer.starts_with(&below("#", APIS)) { 2 } else { 0 };
    let mut path = "$".to_owned();
    let mut within = Some(root);
    let parts = pointer.trim_start_matches('#').split('/').skip(1);
    for (at, part) in parts.enumerate() {
        let name = part.replace("~1", "/").replace("~0", "~");
        let is_item = within.is_some_and(Value::is_array);
        within = within.and_then(|node| node.pointer(&format!("/{part}")));
        if at >= before {
            path.push_str(&step(&name, is_item));
        }
    }
    path
}

fn step(name: &str, is_item: bool) -> String {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_plain = begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (is_item, is_plain) {
        (true, _) => format!("[{name}]"),
        (false, true) => format!(".{name}"),
        (false, false) => format!("['{}']", escaped(name)),
    }
}

/// As between single quotes in a JSONPath.
fn escaped(name: &str) -> String {
    let escape = |c: char| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    name.chars().map(escape).collect()
}

/// One more step of a pointer.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Where a node that may be a reference really stands: at the end of the chain, as far as it can be followed.
pub fn place(document: &Document, node: &Value, pointer: String) -> String {
    let (mut node, mut pointer) = (node, pointer);
    for _ in 0..32 {
        let reference = node.get("$ref").and_then(Value::as_str);
        let Some((reference, target)) = reference.and_then(|name| Some((name, document.lookup(name)?))) else {
            break;
        };
        node = target;
        pointer = super::plain_pointer(reference).into_owned();
    }
    pointer
}

/// The first place, in document order, at which a reference stands.
pub fn find_reference(node: &Value, reference: &str, pointer: &str) -> Option<String> {
    if node.get("$ref").and_then(Value::as_str) == Some(reference) {
        return Some(pointer.to_owned());
    }
    match node {
        Value::Object(map) => map
            .iter()
            .find_map(|(key, inner)| find_reference(inner, reference, &below(pointer, key))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, inner)| find_reference(inner, reference, &below(pointer, &at.to_string()))),
        _ => None,
    }
}
