//! The overlay as OpenAPI Overlay 1.0 says it works, and the mistakes that it would let pass.

use std::fs;

use provider_codegen::{diagnostic::Report, generate};
use serde_json::{Value, json};

const DOCUMENT: &str = "openapi: 3.0.3\n\
    paths:\n\
    \x20 /a:\n\
    \x20   get:\n\
    \x20     operationId: a\n\
    \x20     tags: [x]\n\
    \x20     parameters: [{name: p, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]\n";

/// The document's paths, lowered after these actions, when this call is made.
fn lowered(actions: &str, call: &str) -> Result<Value, Report> {
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = format!(
        "provider: probe\napi:\n  document: openapi.yaml\n  overlay: overlay.yaml\n  \
         server: {{config: api_base, default: 'https://probe.example'}}\n  \
         auth: {{bearer: {{env: {{config: api_key_env, default: KEY}}}}}}\nfunctions:\n  probe: {{description: Probes., \
         input: {{type: object, properties: {{}}}}, output: {{type: object, properties: {{}}}}, {call}}}\n"
    );
    let files = [
        ("mapping.yaml", mapping),
        ("openapi.yaml", DOCUMENT.to_owned()),
        ("overlay.yaml", actions.to_owned()),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("to write");
    }
    let generated = generate(folder.path())?;
    let lowered: Value = serde_json::from_str(&generated.lowered).expect("JSON");
    Ok(lowered["paths"].clone())
}

fn overlay(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{title: Repairs, version: 1.0.0}}\nactions:\n{actions}")
}

fn refusal(actions: &str) -> String {
    lowered(&overlay(actions), "call: a")
        .expect_err("a problem")
        .problems
        .remove(0)
        .message
}

/// The type of the parameter `p`.
fn kind(actions: &str) -> Value {
    let paths = lowered(&overlay(actions), "call: a, query: {p: 1}").unwrap_or_else(|report| panic!("{report}"));
    paths["/a"]["get"]["parameters"][0]["schema"]["type"].clone()
}

#[test]
fn an_update_is_merged_into_an_object() {
    let update =
        "- {target: '$.paths[\"/a\"].get.parameters[0]', why: It is a number., update: {schema: {type: integer}}}";
    assert_eq!(kind(update), json!("integer"));
}

#[test]
fn an_update_of_many_places_changes_all_of_them() {
    let update = "- {target: '$..parameters[*].schema', why: They are numbers., update: {type: integer}}";
    assert_eq!(kind(update), json!("integer"));
}

#[test]
fn a_filter_finds_its_place() {
    let update = "- {target: '$.paths[\"/a\"].get.parameters[?@.name == \"p\"].schema', why: It is a number., update: {type: integer}}";
    assert_eq!(kind(update), json!("integer"));
}

#[test]
fn an_update_of_a_list_is_appended() {
    let update = "- {target: '$.paths[\"/a\"].get.parameters', why: It is missing., update: {name: r, in: query, schema: {type: boolean}}}";
    let paths = lowered(&overlay(update), "call: a, query: {r: true}").expect("no problems");
    assert_eq!(paths["/a"]["get"]["parameters"][0]["name"], json!("r"));
}

#[test]
fn an_operation_that_the_document_lacks_can_be_added() {
    let update = "- {target: $.paths, why: It is not documented., update: {/b: {post: {operationId: b}}}}";
    let paths = lowered(&overlay(update), "call: POST /b").expect("no problems");
    assert_eq!(paths["/b"]["post"]["operationId"], json!("b"));
}

#[test]
fn what_is_removed_is_gone() {
    let remove = "- {target: '$.paths[\"/a\"].get.parameters[0,1]', why: They do nothing., remove: true}";
    let report = lowered(&overlay(remove), "call: a, query: {p: '1'}").expect_err("no such parameter");
    assert_eq!(report.problems[0].message, "`GET /a` has no query parameter `p`");
}

#[test]
fn actions_come_one_after_the_other() {
    let both = "- {target: $.paths, why: It is not documented., update: {/b: {get: {operationId: b}}}}\n\
        - {target: '$.paths[\"/b\"].get', why: It has another name., update: {operationId: c}}";
    let paths = lowered(&overlay(both), "call: c").expect("no problems");
    assert_eq!(paths["/b"]["get"]["operationId"], json!("c"));
}

#[test]
fn the_published_document_stays_as_it_is() {
    let update = "- {target: $.paths, why: It is not documented., update: {/b: {get: {}}}}";
    assert!(lowered(&overlay(update), "call: GET /b").is_ok());
    assert!(!DOCUMENT.contains("/b"));
}

#[test]
fn an_overlay_without_actions_changes_nothing() {
    assert!(lowered("overlay: 1.0.0\nactions: []\n", "call: a").is_ok());
}

#[test]
fn an_action_that_does_nothing_is_a_mistake() {
    let cases = [
        (
            "- {target: $.paths.b, why: Because., remove: true}",
            "the target matches nothing",
        ),
        (
            "- {target: '$.paths[\"/a\"].get', why: Because., update: {operationId: a}}",
            "the action changes nothing",
        ),
        (
            "- {target: $.paths, why: Because.}",
            "the action changes nothing or two things",
        ),
        (
            "- {target: $.paths, why: Because., remove: true, update: {}}",
            "the action changes nothing or two things",
        ),
        ("- {target: $.paths, update: {/b: {}}}", "the action does not say `why`"),
        ("- {target: $.paths, why: '', update: {/b: {}}}", "`why` is empty"),
        ("- {why: Because., update: {}}", "an overlay action has no `target`"),
        (
            "- {target: $.paths, why: Because., updates: {}}",
            "an overlay action has no key `updates`",
        ),
    ];
    for (action, message) in cases {
        assert_eq!(refusal(action), message, "{action}");
    }
}

#[test]
fn all_mistakes_of_an_overlay_are_found_at_once() {
    let three = "- {target: $.a, why: Because., remove: true}\n- {target: b, why: Because., remove: true}\n- {target: $.paths, update: {/b: {}}}";
    let report = lowered(&overlay(three), "call: a").expect_err("problems");
    let codes: Vec<&str> = report.problems.iter().map(|problem| problem.code.name()).collect();
    assert_eq!(codes, ["M041", "M042", "M040"]);
}
