//! A spec that can be changed, and the changes.

pub mod code;

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

pub struct Spec {
    pub mapping: Value,
    pub document: Value,
    overlay: String,
    /// The mapping as text, when it is the text that is changed.
    text: Option<String>,
}

impl Spec {
    pub fn shed() -> Self {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shed"))
    }

    pub fn read(folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect(name);
        let mapping: Value = serde_saphyr::from_str(&text("mapping.yaml")).expect("YAML");
        let document = text(mapping["api"]["document"].as_str().expect("a document"));
        Self {
            document: serde_saphyr::from_str(&document).expect("YAML"),
            overlay: text("overlay.yaml"),
            mapping,
            text: None,
        }
    }

    /// Replaces some of the mapping's own text.
    pub fn splice(&mut self, at: f64, length: usize, text: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shed/mapping.yaml");
        let sound = fs::read_to_string(path).expect("the mapping");
        let start = (sound.len() as f64 * at) as usize;
        let end = (start + length).min(sound.len());
        self.text = Some(format!("{}{text}{}", &sound[..start], &sound[end..]));
    }

    pub fn write(&self, folder: &Path) {
        let document = self.mapping["api"]["document"].as_str().unwrap_or("openapi.yaml");
        let mapping = self.text.clone().unwrap_or_else(|| pretty(&self.mapping));
        let document = if document.contains(['/', '\0']) {
            "openapi.yaml"
        } else {
            document
        };
        let files = [
            (document, pretty(&self.document)),
            ("overlay.yaml", self.overlay.clone()),
            ("mapping.yaml", mapping),
        ];
        for (name, text) in files.iter().filter(|(name, _)| !name.trim().is_empty()) {
            fs::write(folder.join(name), text).expect("to write");
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// One change of a tree: at which node, with which other node, and how.
#[derive(Debug)]
pub struct Change {
    pub at: u32,
    pub other: u32,
    pub kind: u8,
}

impl Change {
    pub fn apply(&self, root: &mut Value) {
        let places = places(root);
        let pick = |n: u32| places[n as usize % places.len()].clone();
        let (place, other) = (pick(self.at), pick(self.other));
        match self.kind {
            0 => remove(root, &place),
            1 => rename(root, &place, &other),
            2 => replace(root, &place, odd(self.other)),
            3 => {
                let found = root.pointer(&other).cloned().unwrap_or_default();
                replace(root, &place, found);
            }
            4 => {
                let found = root.pointer(&place).cloned().unwrap_or_default();
                replace(root, &place, json!([found]));
            }
            5 => retype(root, &place, self.other),
            _ => insert(root, &place, self.other),
        }
    }
}

/// Every node but the root.
fn places(root: &Value) -> Vec<String> {
    fn walk(node: &Value, at: &str, found: &mut Vec<String>) {
        let below: Vec<(String, &Value)> = match node {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(n, value)| (n.to_string(), value))
                .collect(),
            _ => Vec::new(),
        };
        for (key, value) in below {
            let place = format!("{at}/{key}");
            walk(value, &place, found);
            found.push(place);
        }
    }
    let mut found = Vec::new();
    walk(root, "", &mut found);
    if found.is_empty() {
        found.push(String::new());
    }
    found
}

fn parent<'r>(root: &'r mut Value, place: &str) -> Option<(&'r mut Value, String)> {
    let (parent, last) = place.rsplit_once('/')?;
    let key = last.replace("~1", "/").replace("~0", "~");
    Some((root.pointer_mut(parent)?, key))
}

fn remove(root: &mut Value, place: &str) {
    match parent(root, place) {
        Some((Value::Object(map), key)) => drop(map.shift_remove(&key)),
        Some((Value::Array(items), key)) => drop(items.remove(key.parse().expect("an index"))),
        _ => {}
    }
}

/// The key becomes that of another node, or a misspelling of itself.
fn rename(root: &mut Value, place: &str, other: &str) {
    let name = other
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .replace("~1", "/")
        .replace("~0", "~");
    let Some((Value::Object(map), key)) = parent(root, place) else {
        return;
    };
    let name = if name.len().is_multiple_of(2) {
        name
    } else {
        format!("{key}x")
    };
    let renamed = |(old, value): (String, Value)| (if old == key { name.clone() } else { old }, value);
    *map = std::mem::take(map).into_iter().map(renamed).collect::<Map<_, _>>();
}

fn replace(root: &mut Value, place: &str, by: Value) {
    if let Some(node) = root.pointer_mut(place) {
        *node = by;
    }
}

/// Values that are likely to be minded.
fn odd(n: u32) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!(" "),
        json!("any"),
        json!([]),
        json!({}),
        json!("$input.image"),
        json!("$input"),
        json!("$build.id"),
        json!("$ready.doors[*].name"),
        json!("$item.id"),
        json!("$"),
        json!("$$"),
        json!("$owned.sandboxes"),
        json!("$sandbox.idle_timeout_secs"),
        json!("$config.region"),
        json!({"$ref": "#/components/schemas/Shed"}),
        json!({"$ref": "#/nowhere"}),
        json!({"$ref": "#"}),
        json!({"type": "array"}),
        json!({"type": ["string", "null"]}),
        json!({"oneOf": [{"type": "null"}, {"type": "integer"}]}),
        json!({"allOf": [{"$ref": "#/components/schemas/Shed"}, {"type": "object"}]}),
        json!({"anyOf": []}),
        json!({"type": "string", "enum": []}),
        json!({"const": 7}),
        json!({"first": []}),
        json!({"template": "{$input.image"}),
        json!({"text": null}),
        json!({"object": {}}),
        json!({"shell": {"argv": ["a"]}}),
        json!("é\u{1F6D6}"),
        json!("self"),
        json!("r#type"),
        json!(i64::MAX),
        json!("{"),
        json!("\"#"),
        json!("multipart/form-data"),
    ];
    odd[n as usize % odd.len()].clone()
}

fn retype(root: &mut Value, place: &str, n: u32) {
    let kinds = [
        "string", "integer", "number", "boolean", "array", "object", "null", "file",
    ];
    if let Some(Value::Object(map)) = root.pointer_mut(place) {
        map.insert("type".into(), kinds[n as usize % kinds.len()].into());
    }
}

fn insert(root: &mut Value, place: &str, n: u32) {
    let keys = [
        "nullable",
        "required",
        "properties",
        "items",
        "default",
        "oneOf",
        "$ref",
        "poll",
        "undo",
        "outcomes",
        "for_each",
        "best_effort",
        "reject",
        "body",
        "servers",
        "style",
    ];
    if let Some(Value::Object(map)) = root.pointer_mut(place) {
        map.insert(keys[n as usize % keys.len()].into(), odd(n / 7));
    }
}
