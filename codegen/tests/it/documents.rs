//! Documents as they come: large, odd, broken. What cannot be read is told with its place, and nothing panics or hangs.

use std::{fs, path::Path};

use provider_codegen::{check_only, diagnostic::Report, inspect::inspect};
use serde_json::{Value, json};

use crate::probe::{Probe, inlined, object};

/// What is said of a document in a file of this name.
fn inspected(name: &str, text: &str) -> Result<String, Report> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("to write");
    inspect(&path, false)
}

#[test]
fn a_broken_json_document_is_told_as_json() {
    let text = "{\n  \"openapi\": \"3.1.0\",\n  \"paths\": {\"/é\": {} \"/b\": {}}\n}\n";
    let report = inspected("openapi.json", text).expect_err("a problem");
    let problem = &report.problems[0];
    assert_eq!(problem.message, "JSON syntax: expected `,` or `}`");
    assert_eq!(problem.source.line_column(problem.span.start), (3, 22));
}

#[test]
fn keys_that_a_json_document_has_twice_are_told_where_they_stand() {
    let text = "{\n  \"openapi\": \"3.1.0\",\n  \"paths\": {\"/a\": {\"get\": {}},\n    \"/b\": [{\"x\": 1, \"x\": 2}],\n    \"/a\": {}}\n}\n";
    let report = inspected("openapi.json", text).expect_err("problems");
    let told = report.problems.iter().map(|problem| {
        let place = problem.source.line_column(problem.span.start);
        (problem.code.name(), problem.message.as_str(), place)
    });
    let expected = [
        ("M002", "the key `x` is given twice", (4, 21)),
        ("M002", "the key `/a` is given twice", (5, 5)),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn a_key_that_json_with_tabs_has_twice_is_told_too() {
    let text = "{\n\t\"openapi\": \"3.1.0\",\n\t\"paths\": {},\n\t\"paths\": {}\n}\n";
    let report = inspected("openapi.json", text).expect_err("a problem");
    let problem = &report.problems[0];
    let (line, _) = problem.source.line_column(problem.span.start);
    assert_eq!((problem.code.name(), line), ("M002", 4));
}

#[test]
fn a_version_without_its_last_number_is_a_version() {
    for version in ["3.0", "3.1", "'3.1'", "!!str 3.1", "3.2", "3.2.0"] {
        let told = inspected(
            "openapi.yaml",
            &format!("openapi: {version}\npaths: {{/a: {{get: {{}}}}}}\n"),
        );
        let told = told.expect("a document");
        assert!(
            told.contains(&format!(
                "OpenAPI {}, 1 operations",
                version.trim_start_matches("!!str ").trim_matches('\'')
            )),
            "{told}"
        );
    }
    let report = inspected("openapi.yaml", "openapi: 3.12\npaths: {}\n").expect_err("a problem");
    assert!(report.problems[0].message.ends_with("it says `openapi: 3.12`"));
}

#[test]
fn a_file_in_another_encoding_is_told_where_it_begins_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("openapi.yaml");
    fs::write(&path, b"openapi: 3.1.0\ninfo: {title: caf\xe9}\npaths: {}\n").expect("to write");
    let report = inspect(&path, false).expect_err("a problem");
    let problem = &report.problems[0];
    assert_eq!(problem.message, "the file is not UTF-8 from here on");
    assert_eq!(problem.source.line_column(problem.span.start), (2, 18));
}

#[test]
fn a_byte_order_mark_before_json_is_no_problem() {
    let text = "\u{feff}{\"openapi\": \"3.1.0\", \"paths\": {\"/a\": {\"get\": {}}}}";
    let told = inspected("openapi.json", text).expect("a document");
    assert!(told.contains("\nGET /a\n"), "{told}");
}

#[test]
fn merge_keys_are_merged_below_what_is_given() {
    let text = "openapi: 3.1.0\nx-base: &base {operationId: one, responses: {}}\nx-more: &more {operationId: other, summary: S}\n\
        paths:\n  /a: {get: {<<: *base}}\n  /b: {get: {operationId: two, <<: [*base, *more]}}\n  /c: {get: {<<: [*more, *base]}}\n  /d: {get: {'<<': 1}}\n";
    let told = inspected("openapi.yaml", text).expect("a document");
    for expected in [
        "GET /a\n  id one\n",
        "GET /b\n  id two\n",
        "GET /c\n  id other\n",
        "GET /d\n  no id",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn a_merge_key_of_something_else_is_a_problem() {
    let report = inspected("openapi.yaml", "openapi: 3.1.0\npaths: {/a: {<<: 7}}\n").expect_err("a problem");
    assert_eq!(report.problems[0].message, "`<<` takes a mapping, or a list of them");
}

#[test]
fn a_reference_is_percent_decoded() {
    let document = "openapi: 3.1.0\npaths:\n  /a b/{id}:\n    get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/x-é/a%20b~1c'}}}}}}\n  \
        /alias/{id}: {$ref: '#/paths/~1a%20b~1%7Bid%7D'}\nx-é: {a b/c: {type: object, required: [id], properties: {id: {$ref: '#/x-%C3%A9/100%25'}}}, '100%': {type: string}}\n";
    let probe = Probe {
        document,
        call: "call: GET /alias/{id}\npath: {id: a}\nanswer: {got: {it: $response.id}}",
    };
    let lowered = probe.lowered();
    let answer = json!({"$ref": "#/components/schemas/GetAliasIdAnswer"});
    let expected = object(json!({"id": {"type": "string"}}), &["id"]);
    assert_eq!(inlined(&answer, &lowered), expected);
}

#[test]
fn a_path_in_another_file_is_told_where_it_is_called() {
    let probe = Probe {
        document: "openapi: 3.1.0\npaths: {/a: {$ref: 'paths/a.yaml'}, /b: {get: {}}}\n",
        call: "call: GET /a",
    };
    let (message, help) = probe.refusal().remove(0);
    assert_eq!(
        message,
        "#/paths/~1a cannot be used: `$ref: paths/a.yaml` leads out of the document"
    );
    assert!(help.starts_with("vendor the document as one file"), "{help}");
}

#[test]
fn an_operation_that_is_a_reference_is_followed() {
    let document = "openapi: 3.1.0\npaths:\n  /a: {get: {$ref: '#/x-get'}}\n  /b: {$ref: '#/components/pathItems/B', parameters: [{name: p, in: query, schema: {type: integer}}], \
        delete: {operationId: own}}\nx-get: {$ref: '#/x-inner'}\nx-inner: {operationId: shared, parameters: [{name: q, in: query, schema: {type: string}}]}\n\
        components: {pathItems: {B: {parameters: [{name: p, in: query, schema: {type: string}}], get: {$ref: '#/x-inner'}, delete: {operationId: other}}}}\n";
    for (call, id, kind) in [
        ("call: GET /a\nquery: {q: x}", "shared", "string"),
        ("call: GET /b\nquery: {p: 7}", "shared_2", "integer"),
        ("call: DELETE /b\nquery: {p: 7}", "own", "integer"),
    ] {
        let lowered = Probe { document, call }.lowered();
        let (_, item) = lowered["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .next()
            .expect("a path");
        let (_, operation) = item.as_object().expect("methods").iter().next().expect("an operation");
        assert_eq!(operation["operationId"], json!(id), "{call}");
        assert_eq!(operation["parameters"][0]["schema"]["type"], json!(kind), "{call}");
    }
}

#[test]
fn an_operation_in_another_file_is_told_where_it_is_called_and_no_other_is() {
    let document = "openapi: 3.1.0\npaths:\n  /a: {get: {$ref: 'paths/a.yaml#/get'}, post: {}}\n  /b: {$ref: 'paths/b.yaml', post: {}}\n  /c: {$ref: '#/components/pathItems/C'}\n\
        components: {pathItems: {C: {get: {$ref: '#/nowhere'}}}}\n";
    for (call, message) in [
        (
            "GET /a",
            "#/paths/~1a/get cannot be used: `$ref: paths/a.yaml#/get` leads out of the document",
        ),
        ("PUT /a", "the document has no operation `PUT /a`"),
        (
            "GET /b",
            "#/paths/~1b cannot be used: `$ref: paths/b.yaml` leads out of the document",
        ),
        (
            "GET /c",
            "#/components/pathItems/C/get cannot be used: `$ref: #/nowhere` leads nowhere",
        ),
    ] {
        let probe = Probe {
            document,
            call: &format!("call: {call}"),
        };
        assert_eq!(probe.refusal()[0].0, message, "{call}");
    }
    for call in ["call: POST /a", "call: POST /b"] {
        assert!(Probe { document, call }.run().is_ok(), "{call}");
    }
}

#[test]
fn a_tag_of_yaml_says_what_a_value_is() {
    let document = "openapi: !!str 3.1\ninfo: !!map {title: !!str 7, version: ! 2}\npaths:\n  !!str /a:\n    get: {operationId: a, parameters: !!seq [\
        {name: !!str 1, in: query, required: !!bool true, schema: {type: string, maximum: !!float 3, enum: [!!str on, !!null ~]}}]}\n";
    let probe = Probe {
        document,
        call: "call: a\nquery: {'1': 'on'}",
    };
    assert_eq!(probe.lowered()["paths"]["/a"]["get"]["operationId"], json!("a"));
    for tagged in ["!!int seven", "!!bool 1", "!here x", "!!set x"] {
        let report = inspected(
            "openapi.yaml",
            &format!("openapi: 3.1.0\nx-it: {tagged}\npaths: {{}}\n"),
        );
        assert_eq!(
            report.expect_err("a problem").problems[0].code.name(),
            "M001",
            "{tagged}"
        );
    }
}

#[test]
fn a_newer_document_that_uses_nothing_new_is_read_and_what_is_new_is_refused() {
    let document = "openapi: 3.2.0\n$self: https://a.example/openapi\npaths:\n  /a:\n    get: {operationId: a, parameters: [{name: p, in: query, schema: {type: string}}]}\n    \
        query: {operationId: q}\n    additionalOperations: {COPY: {operationId: c}}\n  /b: {get: {operationId: b, parameters: [{name: all, in: querystring, required: true, content: {}}]}}\n  \
        /c: {get: {operationId: s, responses: {'200': {content: {application/jsonl: {itemSchema: {type: object}}}}}}}\n";
    assert!(
        Probe {
            document,
            call: "call: a\nquery: {p: x}"
        }
        .run()
        .is_ok()
    );
    for (call, message) in [
        ("call: QUERY /a", "the document has no operation `QUERY /a`"),
        ("call: c", "the document has no operation `c`"),
        (
            "call: b",
            "#/paths/~1b/get/parameters/0 cannot be used: the whole query is one parameter, which no call can give",
        ),
        (
            "call: s\nanswer: {got: {it: $response.id}}",
            "`GET /c` answers with a stream of events: what became of the call is told by its end",
        ),
    ] {
        assert_eq!(Probe { document, call }.refusal()[0].0, message, "{call}");
    }
}

/// A document with much that no call can use, in places of all kinds.
const REFUSED: &str = "openapi: 3.1.0
tags: [{$ref: 'tags.yaml#/first'}, {name: x}]
x-list: [{parameters: [{name: p, in: query, content: {}}]}]
x-numbers: {'0': {$ref: '#/gone'}, 'a\\u0007\"b': {$ref: '#/nowhere'}}
servers: [{url: 'https://a.example'}]
paths:
  '/it''s/{id}':
    parameters: [{name: id, in: path, style: form, schema: {type: string}}, {$ref: '#/x-list/0/parameters/0'}]
    get:
      tags: [{$ref: 'more.yaml'}]
      servers: [{url: 'https://b.example'}]
      parameters: [{name: q, in: query, explode: false, schema: {type: object, properties: {a: {type: string}}}}]
      responses: {'200': {content: {application/connect+json: {schema: {enum: [{$ref: 'x.yaml'}]}}}}}
    post: {$ref: 'posts.yaml'}
    put: {requestBody: {content: {multipart/form-data: {}}}, responses: {'2XX': {$ref: '#/components/responses/No'}}}
  '/a}': {get: {}}
";

#[test]
fn a_mend_that_is_printed_matches_what_it_mends() {
    let told = inspected("openapi.yaml", REFUSED).expect("a document");
    let targets: Vec<&str> = told
        .split("{target: \"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\", why: ").map(|(target, _)| target))
        .collect();
    assert!(targets.len() > 12, "{told}");
    for (at, target) in targets.iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("to write");
        write("openapi.yaml", REFUSED);
        write(
            "overlay.yaml",
            &format!("overlay: 1.0.0\nactions: [{{target: \"{target}\", why: Because., remove: true}}]\n"),
        );
        write(
            "mapping.yaml",
            "provider: probe\napi: {document: openapi.yaml, overlay: overlay.yaml, server: {config: api_base, default: 'https://a.example'}, \
             auth: {bearer: {env: {config: api_key_env, default: KEY}}}}\nfunctions: {}\n",
        );
        let problems = check_only(folder.path())
            .err()
            .map(|report| report.to_string())
            .unwrap_or_default();
        assert!(!problems.contains("overlay.yaml"), "{at}: {problems}");
    }
}

#[test]
fn what_a_document_adds_to_its_paths_is_no_path() {
    let told = inspected(
        "openapi.yaml",
        "openapi: 3.1.0\npaths: {x-note: {get: {}}, /a: {get: {}}, b: {get: {}}}\n",
    );
    let told = told.expect("a document");
    assert!(told.contains("2 operations") && told.contains("\nGET /b\n"), "{told}");
}

/// `head`, then so many components that refer to each other, then `tail`, all in one line.
fn one_line(count: usize, schema: impl Fn(usize) -> Value) -> Value {
    let schemas: serde_json::Map<_, _> = (0..count).map(|at| (format!("S{at}"), schema(at))).collect();
    json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/S0"},
        }}}}}}},
        "components": {"schemas": schemas},
    })
}

#[test]
fn a_document_of_megabytes_in_one_line_is_read() {
    let named = |at: usize| json!({"type": "object", "description": format!("é {at}"), "properties": {"a": {"type": "string"}}});
    let document = one_line(25_000, named).to_string();
    assert!(document.len() > 2_000_000 && !document.contains('\n'));
    inspected("openapi.json", &document).expect("a document");
    // A comment, so that it is YAML and nothing else.
    inspected("openapi.yaml", &format!("{document} # YAML")).expect("a document");
    let report = inspected("openapi.yaml", &format!("{document} ]")).expect_err("a problem");
    assert!(report.to_string().len() < 2_000, "the whole line is printed");
}

#[test]
fn alternatives_of_alternatives_do_not_multiply() {
    let next = |at: usize, keyword: &str| {
        let of = |at: usize| json!({"$ref": format!("#/components/schemas/S{}", at % 200)});
        json!({keyword: [of(at + 1), of(at + 2), {"type": "object", "properties": {format!("p{at}"): {"type": "string"}}}]})
    };
    for keyword in ["oneOf", "anyOf", "allOf"] {
        let document = one_line(200, |at| next(at, keyword)).to_string();
        let probe = Probe {
            document: &document,
            call: "call: GET /a\nanswer: {got: {it: $response.p7}}",
        };
        assert!(probe.run().is_ok(), "{keyword}");
    }
}

#[test]
fn a_chain_of_parts_without_end_exhausts_nothing() {
    for keyword in ["oneOf", "anyOf", "allOf"] {
        let next =
            |at: usize| json!({keyword: [{"$ref": format!("#/components/schemas/S{}", at + 1)}, {"type": "string"}]});
        let document = one_line(20_000, next).to_string();
        inspected("openapi.json", &document).expect("a document");
    }
}

/// The places of a document, as JSON pointers.
fn places(node: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let mut below = |key: &str, inner: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        places(inner, &format!("{at}/{key}"), found);
    };
    match node {
        Value::Object(keys) => keys.iter().for_each(|(key, inner)| below(key, inner)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, inner)| below(&at.to_string(), inner)),
        _ => {}
    }
}

#[test]
fn whatever_stands_in_a_document_nothing_panics() {
    let shed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shed");
    let read = |name: &str| fs::read_to_string(shed.join(name)).expect("a sound file");
    let sound: Value = serde_saphyr::from_str(&read("openapi.yaml")).expect("a document");
    let mut all = Vec::new();
    places(&sound, "", &mut all);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("mapping.yaml"), read("mapping.yaml")).expect("to write");
    fs::write(path("overlay.yaml"), "overlay: 1.0.0\nactions: []\n").expect("to write");
    let odd = [
        json!(null),
        json!("foo"),
        json!(-1),
        json!([]),
        json!([[{"in": 7}]]),
        json!({}),
        json!({"$ref": "#"}),
        json!({"allOf": [null, {"$ref": "#/x"}]}),
    ];
    for (at, place) in all.iter().enumerate() {
        let mut document = sound.clone();
        *document.pointer_mut(place).expect("a place") = odd[at % odd.len()].clone();
        fs::write(path("openapi.yaml"), document.to_string()).expect("to write");
        // What is found does not matter here.
        let _ = (check_only(folder.path()), inspect(&path("openapi.yaml"), true));
    }
}

/// A document of one operation and these schemas, read by a call.
fn of_get(responses: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses: {responses}\ncomponents:\n  schemas: {schemas}\n"
    )
}

/// What is read of the answer to a call of such a document.
fn answer_of(document: &str, call: &str) -> Value {
    let call = format!("call: GET /a\n{call}");
    let lowered = Probe { document, call: &call }.lowered();
    inlined(
        &lowered["paths"]["/a"]["get"]["responses"]["2XX"]["content"]["application/json"]["schema"],
        &lowered,
    )
}

#[test]
fn a_reference_by_anchor_is_followed() {
    let responses = "{'200': {content: {application/json: {schema: {$ref: '#thing'}}}}}";
    let read = "answer: {got: $response.of}";
    for keyword in ["$anchor", "$dynamicAnchor"] {
        let schemas = format!(
            "{{'a/b': {{anyOf: [{{{keyword}: thing, type: object, required: [of], properties: {{of: {{type: object, properties: {{n: {{$ref: '#number'}}}}}}}}}}]}}, N: {{$anchor: number, type: integer}}}}"
        );
        let answer = answer_of(&of_get(responses, &schemas), read);
        assert_eq!(answer, object(json!({"of": {}}), &["of"]), "{keyword}");
    }
    let document = of_get(responses, "{}");
    let call = format!("call: GET /a\n{read}");
    let told = Probe {
        document: &document,
        call: &call,
    }
    .refusal();
    assert!(told[0].0.ends_with("`$ref: #thing` leads nowhere"), "{told:?}");
}

#[test]
fn a_number_or_a_boolean_as_text_is_read_as_one() {
    for kind in ["integer", "number", "boolean"] {
        let responses = format!("{{'200': {{content: {{text/plain: {{schema: {{type: {kind}}}}}}}}}}}");
        let document = of_get(&responses, "{}");
        let answer = answer_of(&document, "answer: {got: {object: {of: $response}}}");
        assert_eq!(answer, json!({"type": kind}));
    }
}
