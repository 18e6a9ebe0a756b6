//! The overlay as OpenAPI Overlay 1.0 and 1.1 say it works, and the mistakes that it would let pass.

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

/// The query parameters of an operation with `a` to `d`, of which these are removed.
fn left(removed: &str) -> Vec<bool> {
    let add = "- {target: '$.paths[\"/a\"].get.parameters', why: They are missing., update: [\
        {name: r, in: query, schema: {type: string}}, {name: s, in: query, schema: {type: string}}]}";
    let remove =
        format!("- {{target: '$.paths[\"/a\"].get.parameters{removed}', why: They do nothing., remove: true}}");
    let actions = overlay(&format!("{add}\n{remove}"));
    let is_there = |name: &str| lowered(&actions, &format!("call: a, query: {{{name}: '1'}}")).is_ok();
    ["p", "q", "r", "s"].map(is_there).to_vec()
}

#[test]
fn those_that_a_path_names_are_removed_in_whatever_order_and_however_often_it_names_them() {
    for (removed, expected) in [
        ("[0,1]", [false, false, true, true]),
        ("[1,0]", [false, false, true, true]),
        ("[2,0,2]", [false, true, false, true]),
        ("[0,0]", [false, true, true, true]),
        ("[3,0,-1]", [false, true, true, false]),
        ("[::-2]", [true, false, true, false]),
        ("[?@.name == \"r\" || @.name == \"p\"]", [false, true, false, true]),
        ("..[?@.name]", [false, false, false, false]),
    ] {
        assert_eq!(left(removed), expected, "{removed}");
    }
}

#[test]
fn more_than_ten_items_of_a_list_are_removed_by_their_numbers() {
    let more: Vec<String> = (0..12)
        .map(|at| format!("{{name: n{at}, in: query, schema: {{type: string}}}}"))
        .collect();
    let actions = format!(
        "- {{target: '$.paths[\"/a\"].get.parameters', why: They are missing., update: [{}]}}\n\
         - {{target: '$.paths[\"/a\"].get.parameters[9,10,11,2]', why: They do nothing., remove: true}}",
        more.join(", ")
    );
    let is_there = |name: &str| lowered(&overlay(&actions), &format!("call: a, query: {{{name}: '1'}}")).is_ok();
    for at in 0..12 {
        let removed = [0, 7, 8, 9].contains(&at);
        assert_eq!(is_there(&format!("n{at}")), !removed, "n{at}");
    }
}

#[test]
fn what_holds_a_removed_thing_and_is_removed_too_takes_nothing_else_with_it() {
    let remove = "- {target: '$.paths[\"/a\"].get.parameters[0][\"name\", \"schema\"]', why: Because., remove: true}\n\
        - {target: '$.paths[\"/a\"].get[\"parameters\", \"tags\"]', why: Because., remove: true}";
    let paths = lowered(&overlay(remove), "call: a").expect("no problems");
    assert_eq!(paths["/a"]["get"]["parameters"], json!([]));
}

/// An overlay of version 1.1, which another tool has written to as well.
fn newer(actions: &str) -> String {
    format!(
        "overlay: 1.1.0\nx-tool: {{any: thing}}\ninfo: {{title: Repairs, version: 1.0.0, x-by: me}}\nactions:\n{actions}"
    )
}

#[test]
fn what_is_copied_is_merged_as_an_update_is() {
    let copy = "- {target: $.paths, why: It is not documented., update: {/b: {}}, x-ticket: 7}\n\
        - {target: '$.paths[\"/b\"]', why: It is as the other., copy: '$.paths[\"/a\"]'}\n\
        - {target: '$.paths[\"/b\"].get', why: It has a name., update: {operationId: b}}";
    let paths = lowered(&newer(copy), "call: b, query: {p: '1'}").expect("no problems");
    assert_eq!(paths["/b"]["get"]["parameters"][0]["name"], json!("p"));
    let item = "- {target: '$.paths[\"/a\"].get.parameters', why: It is missing., copy: '$.paths[\"/a\"].get.parameters[0]'}\n\
        - {target: '$.paths[\"/a\"].get.parameters[2]', why: It is another., update: {name: r}}";
    let paths = lowered(&newer(item), "call: a, query: {r: '1'}").expect("no problems");
    assert_eq!(paths["/a"]["get"]["parameters"][0]["name"], json!("r"));
}

#[test]
fn what_cannot_be_copied_is_a_mistake() {
    for (copy, message) in [
        ("$.nothing", "what is to be copied is not there"),
        (
            "$.paths[\"/a\"].get.parameters[*]",
            "`copy` takes one node, and this matches 2",
        ),
        ("paths", "the path in `copy` is not a JSONPath: "),
        ("$.x", "what is to be copied is not there"),
        (
            "$.openapi",
            "a mapping of the document would be replaced by a plain value",
        ),
    ] {
        let action = format!("- {{target: '$.paths[\"/a\"]', why: Because., copy: '{copy}'}}");
        let report = lowered(&newer(&action), "call: a").expect_err("a problem");
        let said = &report.problems[0].message;
        assert!(said.starts_with(message), "{copy}: {said}");
    }
}

#[test]
fn an_overlay_of_a_version_to_come_is_refused() {
    let report = lowered("overlay: 1.2.0\nactions: []\n", "call: a").expect_err("a problem");
    assert_eq!(report.problems[0].message, "overlays of version 1.2.0 are not known");
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
