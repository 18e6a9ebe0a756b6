//! The schemas against the reader: the same keys, the same verdicts.

use std::{collections::BTreeSet, fs, path::Path};

use jsonschema::Validator;
use serde_json::Value;

use super::{MAPPING, OVERLAY, examples, expand, mapping, overlay, read};
use crate::{
    contract,
    diagnostic::Sink,
    document::Document,
    mapping::{Mapping, asked},
    operator::OPERATORS,
    source::Source,
    yaml,
};

/// A mapping in which every key of the format occurs. It need not make sense.
const EVERY_KEY: &str = include_str!("../../../tests/schema/every-key.yaml");

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::draft7::meta::validate(&schema).expect("a schema of draft-07");
    jsonschema::draft7::new(&schema).unwrap()
}

fn tree(text: &str) -> Value {
    let mut sink = Sink::default();
    let tree = yaml::parse(&Source::new("text", text), &mut sink).map(|node| node.to_json());
    tree.unwrap_or_else(|| panic!("{:?}", sink.gate()))
}

/// Whether the reader finds mistakes of shape.
fn reads(text: &str) -> Result<(), String> {
    let mut sink = Sink::default();
    Mapping::parse(&Source::new("mapping.yaml", text), &mut sink);
    sink.gate().map_err(|report| report.to_string())
}

fn keys_of(schema: &Value) -> Vec<(String, BTreeSet<String>)> {
    let nodes = schema["definitions"].as_object().unwrap().values().chain([schema]);
    let keys = |node: &Value| node["properties"].as_object().unwrap().keys().cloned().collect();
    nodes
        .filter_map(|node| Some((node["reader"].as_str()?.to_owned(), keys(node))))
        .collect()
}

fn same_keys(source: &str, read_all: impl FnOnce()) {
    asked::take();
    read_all();
    let asked = asked::take();
    let described = keys_of(&expand::with_all(&read("schema", source)));
    for (what, keys) in &described {
        assert_eq!(asked.get(what), Some(keys), "the keys of {what}");
    }
    let described: BTreeSet<&String> = described.iter().map(|(what, _)| what).collect();
    let read: BTreeSet<&String> = asked.keys().collect();
    assert_eq!(described, read, "the nodes that are read key by key");
}

#[test]
fn the_mapping_schema_has_the_keys_that_the_reader_asks_for() {
    let header = EVERY_KEY.replace("{bearer: {env", "{header: {name: X-Key, env");
    same_keys(MAPPING, || {
        [EVERY_KEY, &header].iter().for_each(|text| reads(text).unwrap())
    });
}

#[test]
fn the_overlay_schema_has_the_keys_that_the_reader_asks_for() {
    same_keys(OVERLAY, || {
        let text = "overlay: 1.0.0\nactions: [{target: $.info, why: because, update: {title: other}}]";
        let document = Source::new("openapi.json", r#"{"openapi": "3.1.0", "info": {}, "paths": {}}"#);
        let mut sink = Sink::default();
        let mut document = Document::parse(&document, &mut sink).unwrap();
        crate::overlay::apply(&Source::new("overlay.yaml", text), &mut document, &mut sink);
        sink.gate().unwrap();
    });
}

#[test]
fn a_declared_schema_may_use_the_keywords_that_the_contract_knows() {
    let schema = read("schema", MAPPING);
    let described: BTreeSet<&str> = schema["definitions"]["schema"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(described, contract::keywords().collect::<BTreeSet<_>>());
}

#[test]
fn every_operator_is_as_its_example_writes_it() {
    let validator = validator(&mapping());
    for operator in OPERATORS {
        let text = EVERY_KEY.replace("id: $item.id", &format!("id: {}", operator.example));
        let tree = tree(&text);
        let verdict = validator.validate(&tree);
        assert!(verdict.is_ok(), "{}: {}", operator.name, verdict.unwrap_err());
    }
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let (of_mapping, of_overlay) = (validator(&mapping()), validator(&overlay()));
    let of_examples = validator(&examples());
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in ["../spec", "tests", "../fixtures", "../providers"] {
        for path in yaml_files(&package.join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let validator = match path.file_name().and_then(|name| name.to_str()) {
                Some("mapping.yaml") if reads(&text).is_ok() => &of_mapping,
                Some("examples.yaml") => &of_examples,
                Some("overlay.yaml") if !path.components().any(|part| part.as_os_str() == "mistakes") => &of_overlay,
                _ => continue,
            };
            let tree = tree(&text);
            let verdict = validator.validate(&tree);
            assert!(verdict.is_ok(), "{}: {}", path.display(), verdict.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen >= 2, "the files have moved");
}

fn yaml_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(yaml_files(&path)),
            path if path.extension().is_some_and(|extension| extension == "yaml") => found.push(path),
            _ => {}
        }
    }
    found
}

/// Both refuse a text that is `EVERY_KEY` with one thing changed.
#[track_caller]
fn refused(right: &str, wrong: &str) {
    assert!(EVERY_KEY.contains(right), "{right}");
    let text = EVERY_KEY.replacen(right, wrong, 1);
    assert!(reads(&text).is_err(), "the reader takes `{wrong}`");
    assert!(
        validator(&mapping()).validate(&tree(&text)).is_err(),
        "the schema takes `{wrong}`"
    );
}

#[test]
fn an_unknown_key_is_refused() {
    for (right, wrong) in [
        ("provider: p", "provider: p\nproviders: p"),
        ("document: d.json", "document: d.json, documents: d"),
        ("{config: api_base", "{confi: 1, config: api_base"),
        ("{bearer:", "{basic: 1, bearer:"),
        ("{env:", "{prefix: 1, env:"),
        ("{type: string, default", "{types: string, type: string, default"),
        ("{status: any", "{statuses: 404, status: any"),
        ("  image: $item", "  images: 1\n  image: $item"),
        (", items: $response", ", item: 1, items: $response"),
        ("gone: 404", "gone: 404, absent: 404"),
        ("    slots: {take: 1}", "    slot: 1\n    slots: {take: 1}"),
        ("{take: 1}", "{take: 1, takes: 1}"),
        ("          for_each:", "          foreach: 1\n          for_each:"),
        ("{until: {", "{untill: 1, until: {"),
        ("{end: $start.id}", "{end: $start.id, ends: 1}"),
        ("\n    call: GET /things", "\n    calls: 1\n    call: GET /things"),
        ("\n    call: GET /things", "\n    body: {}"),
        ("\n    call: GET /things", "\n    call: GET /things\n    steps: []"),
        ("summary: It works", "summary: It works\n        requests: []"),
        ("{call: POST /things, path", "{calls: 1, call: POST /things, path"),
        ("response: {status", "response: {state: 1, status"),
        ("error: {code", "error: {status: 1, code"),
    ] {
        refused(right, wrong);
    }
}

#[test]
fn a_missing_key_is_refused() {
    for part in [
        "provider: p\n",
        "document: d.json, ",
        "config: api_base, ",
        ", default: KEY",
        "type: string, ",
        "  id: $item.id\n",
        "call: GET /things, ",
        ", items: $response.data",
        "gone: 404, ",
        "status: any, ",
        "          call: POST /things\n",
        "until: {state: [up]}, ",
        "summary: It does not, ",
        ", error: {code: S502, message: things}",
        ", within: $config.ready_timeout_secs",
    ] {
        refused(part, "");
    }
}

#[test]
fn a_wrong_shape_is_refused() {
    for (right, wrong) in [
        ("status: any", "status: 99"),
        ("status: any", "status: 6xx"),
        ("every: [1s, 2s]", "every: [1s]"),
        ("every: [1s, 2s]", "every: 0s"),
        ("every: [1s, 2s]", "every: 5m"),
        ("every: [1s, 2s]", "every: 1"),
        ("{take: 1}", "{take: 1, free: true}"),
        ("{take: 1}", "{}"),
        ("{status: any, code: S502}", "{status: any}"),
        ("{status: any, code: S502}", "{status: any, code: S502, ok: true}"),
        ("type: string, default: eu", "type: text, default: eu"),
        ("type: string, default: eu", "type: string, default: 1"),
        ("$input.name", "$in put.name"),
        ("$input.name", "'$input.[*'"),
        ("{first: [$input.a, 1]}", "{first: $input.a}"),
        ("{first: [$input.a, 1]}", "{first: []}"),
        ("{first: [$input.a, 1]}", "{shell: {argv: [a], argh: b}}"),
        ("{first: [$input.a, 1]}", "{find: {in: $input.a}}"),
        ("{first: [$input.a, 1]}", "{template: 'port-{input}'}"),
        ("- start:", "- input:"),
        ("- start:", "- Start:"),
        ("best_effort: true", "best_effort: maybe"),
        ("path: {id: $input.id}", "path: [$input.id]"),
        ("status: 200", "status: 99"),
        ("status: 200", "body: 1"),
        ("summary: It does not", "output: {}, summary: It does not"),
        ("{bearer: {env: {config: api_key_env, default: KEY}}}", "{}"),
    ] {
        refused(right, wrong);
    }
}

#[test]
fn mistakes_in_an_overlay_are_refused() {
    let validator = validator(&overlay());
    for text in [
        "actions: []",
        "overlay: 1.0.0\nactions: [{target: $.info, update: {}}]",
        "overlay: 1.0.0\nactions: [{target: $.info, why: because}]",
        "overlay: 1.0.0\nactions: [{target: $.info, why: because, update: {}, remove: true}]",
        "overlay: 1.0.0\nactions: [{target: $.info, why: because, remove: true, upstram: x}]",
    ] {
        assert!(validator.validate(&tree(text)).is_err(), "{text}");
    }
}

/// The keywords of draft-07 that are used here: those with schemas by name, those with schemas, the rest.
const MAPS: [&str; 4] = ["definitions", "dependencies", "patternProperties", "properties"];
const SCHEMAS: [&str; 11] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "propertyNames",
    "then",
];
const OTHERS: [&str; 18] = [
    "$ref",
    "$schema",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "required",
    "title",
];

fn unknown_keywords(schema: &Value, unknown: &mut BTreeSet<String>) {
    if let Value::Array(schemas) = schema {
        schemas.iter().for_each(|schema| unknown_keywords(schema, unknown));
    }
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        match keyword.as_str() {
            name if MAPS.contains(&name) => {
                value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .for_each(|(_, schema)| unknown_keywords(schema, unknown));
            }
            name if SCHEMAS.contains(&name) => unknown_keywords(value, unknown),
            "type" if value.is_string() || value.is_array() => {}
            name if OTHERS.contains(&name) && !value.is_null() => {}
            _ => drop(unknown.insert(format!("{keyword}: {value}"))),
        }
    }
}

/// A comma in a description without quotes makes a keyword of what follows it.
#[test]
fn the_schemas_have_known_keywords_only() {
    let mut unknown = BTreeSet::new();
    for schema in [mapping(), examples(), overlay()] {
        unknown_keywords(&serde_json::from_str(&schema).unwrap(), &mut unknown);
    }
    assert_eq!(unknown, BTreeSet::new());
}
