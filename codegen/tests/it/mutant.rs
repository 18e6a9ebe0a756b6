//! A spec that can be changed, and the changes.

use std::{env, ffi::OsString, fs, path::Path};

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Map, Value, json};

/// So many mutants, or as many as `PROPTEST_CASES` says: `benches/mutants.sh` tries many more.
pub fn config(cases: u32) -> Config {
    let told = env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config {
        failure_persistence: None,
        ..Config::with_cases(told.unwrap_or(cases))
    }
}

pub struct Spec {
    pub mapping: Value,
    pub document: Value,
    /// Overlay and further documents, which stay as they are.
    others: Vec<(OsString, Vec<u8>)>,
}

impl Spec {
    /// A folder of this repository, as seen from this crate.
    pub fn read(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let read = |name: &str| -> Value {
            let text = fs::read_to_string(folder.join(name)).expect(name);
            serde_saphyr::from_str(&text).expect("YAML")
        };
        let mapping = read("mapping.yaml");
        let files = fs::read_dir(&folder).expect("a folder").flatten();
        Self {
            document: read(mapping["api"]["document"].as_str().expect("a document")),
            mapping,
            others: files
                .map(|file| (file.file_name(), fs::read(file.path()).expect("a file")))
                .collect(),
        }
    }

    pub fn write(&self, folder: &Path) {
        for (name, bytes) in &self.others {
            fs::write(folder.join(name), bytes).expect("to write");
        }
        let document = self.mapping["api"]["document"].as_str().unwrap_or("openapi.yaml");
        let document = if document.contains(['/', '\0']) || document.trim().is_empty() {
            "openapi.yaml"
        } else {
            document
        };
        fs::write(folder.join(document), pretty(&self.document)).expect("to write");
        fs::write(folder.join("mapping.yaml"), pretty(&self.mapping)).expect("to write");
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

pub fn any_change() -> impl Strategy<Value = Change> {
    (any::<u32>(), any::<u32>(), 0..7u8).prop_map(|(at, other, kind)| Change { at, other, kind })
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
        "unless",
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
