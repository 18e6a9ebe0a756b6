//! What becomes of the vendored document.

use super::Story;

#[test]
fn a_document_that_breaks_nothing_replaces_the_old_one() {
    let mut story = Story::begin();
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[("title: Shed", "title: Better Shed")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml", "spec", "--write"]), 0);
    assert_eq!(story.read("spec/openapi.yaml"), story.read("new.yaml"));
    let left = std::fs::read_dir(story.folder.path().join("spec")).unwrap().count();
    assert_eq!(left, 3, "nothing else is left in the folder");
    story.is_told_as("refresh-write");
}

#[test]
fn a_document_that_breaks_something_replaces_the_old_one_only_by_force() {
    let mut story = Story::begin();
    let old = story.read("spec/openapi.yaml");
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[("{name: pin, in: query", "{name: pinned, in: query")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml", "--write"]), 1);
    assert_eq!(story.read("spec/openapi.yaml"), old);
    assert_eq!(story.run(&["refresh", "new.yaml", "--write", "--force"]), 1);
    assert_eq!(story.read("spec/openapi.yaml"), story.read("new.yaml"));
    assert_eq!(story.run(&["check"]), 1);
    story.is_told_as("refresh-force");
}

#[test]
fn yaml_does_not_replace_json() {
    let mut story = Story::begin();
    let yaml = serde_saphyr::from_str::<serde_json::Value>(&story.read("spec/openapi.yaml")).expect("a document");
    std::fs::write(story.folder.path().join("spec/openapi.json"), yaml.to_string()).expect("to write");
    let renamed = [("document: openapi.yaml", "document: openapi.json")];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &renamed);
    story.change("spec/openapi.yaml", "new.yaml", &[]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--write"]), 1);
    assert_eq!(story.run(&["check"]), 0);
    story.is_told_as("refresh-yaml-for-json");
}

#[test]
fn a_new_document_that_cannot_be_read_is_a_problem() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["refresh", "nowhere.json"]), 1);
    assert_eq!(story.run(&["refresh", "spec/overlay.yaml"]), 1);
    story.is_told_as("refresh-unusable");
}

#[test]
fn breaks_as_json_have_standard_output_to_themselves() {
    let mut story = Story::begin();
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[("{name: pin, in: query", "{name: pinned, in: query")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml", "--format", "json"]), 1);
    story.is_told_as("refresh-json");
}

#[test]
fn a_further_api_is_refreshed_by_its_name() {
    let mut story = Story::begin();
    let apis = "apis:\n  gate: {document: gate.yaml, server: 'https://gate.example', auth: none}\nconfig:\n";
    let open = "functions:\n  open:\n    description: Open the gate.\n    input: {type: object, properties: {}}\n    output: {type: object, properties: {}}\n    call: gate:POST /open\n    body: {wide: true}\n";
    story.change(
        "spec/mapping.yaml",
        "spec/mapping.yaml",
        &[("config:\n", apis), ("functions:\n", open)],
    );
    let gate = "openapi: 3.0.3\npaths:\n  /open:\n    post:\n      requestBody: {content: {application/json: {schema: {type: object, properties: {wide: {type: boolean}}}}}}\n      responses: {'204': {description: Open.}}\n";
    std::fs::write(story.folder.path().join("spec/gate.yaml"), gate).unwrap();
    story.change("spec/gate.yaml", "new.yaml", &[("{wide: {", "{width: {")]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate"]), 1);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gates"]), 2);
    story.change(
        "spec/gate.yaml",
        "new.yaml",
        &[("post:\n", "post:\n      operationId: openGate\n")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate", "--write"]), 0);
    story.change(
        "spec/mapping.yaml",
        "spec/mapping.yaml",
        &[("gate:POST /open", "gate:openGate")],
    );
    story.change("spec/gate.yaml", "new.yaml", &[("openGate", "openTheGate")]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate"]), 1);
    story.change("spec/gate.yaml", "new.yaml", &[("Open.", "Opened.")]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate", "--write"]), 0);
    assert_eq!(story.read("spec/gate.yaml"), story.read("new.yaml"));
    story.is_told_as("refresh-further-api");
}

#[test]
fn an_api_that_the_mapping_does_not_have_is_a_mistake_of_the_command_line() {
    let mut story = Story::begin();
    story.change("spec/openapi.yaml", "new.yaml", &[]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate"]), 2);
    story.is_told_as("refresh-no-api");
}
