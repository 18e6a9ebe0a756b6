//! Each kind of break, and of change that is none.

use crate::Story;

/// A new document that differs from the vendored one by these changes.
#[track_caller]
fn refreshed(name: &str, status: i32, changes: &[(&str, &str)]) {
    let mut story = Story::begin();
    story.change("spec/openapi.yaml", "new.yaml", changes);
    assert_eq!(story.run(&["refresh", "new.yaml"]), status, "{}", story.told);
    story.is_told_as(&format!("refresh-{name}"));
}

#[test]
fn nothing_has_changed() {
    refreshed("nothing", 0, &[]);
}

#[test]
fn an_operation_is_gone() {
    refreshed("operation-gone", 1, &[("  /sheds/{shed_id}/notes:", "  /pins:")]);
}

#[test]
fn an_operation_is_gone_and_one_like_it_is_new() {
    refreshed(
        "operation-renamed",
        1,
        &[("  /sheds/{shed_id}/notes:", "  /sheds/{shed_id}/note:")],
    );
}

#[test]
fn an_operation_has_moved_with_its_id() {
    refreshed("operation-moved", 1, &[("  /sheds:\n", "  /v2/sheds:\n")]);
}

#[test]
fn an_operation_that_is_named_by_its_id_may_move() {
    let mut story = Story::begin();
    let calls = [
        ("call: GET /sheds/{shed_id}\n", "call: lookAtShed\n"),
        ("'GET /sheds/{shed_id}'", "lookAtShed"),
    ];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &calls);
    let split = "    delete:\n      operationId: pullShedDown";
    let moved = "  /sheds/{shed_id}/look:\n    parameters:\n      - {name: shed_id, in: path, required: true, schema: {type: string}}\n";
    let get = "    get:\n      operationId: lookAtShed\n      responses:\n        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shed'}}}}\n";
    let run = "  /sheds/{shed_id}/runs:\n";
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[(&format!("{get}{split}"), split), (run, &format!("{moved}{get}{run}"))],
    );
    assert_eq!(story.run(&["refresh", "new.yaml"]), 0, "{}", story.told);
    story.is_told_as("refresh-moved-with-id");
}

#[test]
fn an_id_that_the_mapping_names_is_another() {
    refreshed("id-renamed", 1, &[("operationId: lookAtShed", "operationId: viewShed")]);
}

#[test]
fn a_parameter_of_the_path_has_another_name() {
    refreshed(
        "path-parameter-renamed",
        1,
        &[
            ("  /sheds/{shed_id}/notes:", "  /sheds/{id}/notes:"),
            (
                "        - {name: shed_id, in: path, required: true, schema: {type: string}}\n        - {name: pin",
                "        - {name: id, in: path, required: true, schema: {type: string}}\n        - {name: pin",
            ),
        ],
    );
}

#[test]
fn a_parameter_has_another_name() {
    refreshed(
        "parameter-renamed",
        1,
        &[("{name: pin, in: query", "{name: pinned, in: query")],
    );
}

#[test]
fn a_parameter_is_of_another_type() {
    refreshed(
        "parameter-retyped",
        1,
        &[(
            "{name: pin, in: query, schema: {type: boolean}}",
            "{name: pin, in: query, schema: {type: integer}}",
        )],
    );
}

#[test]
fn a_parameter_is_required_now() {
    refreshed(
        "parameter-required",
        1,
        &[(
            "{name: X-Request-Id, in: header",
            "{name: region, in: query, required: true, schema: {type: string}}\n        - {name: X-Request-Id, in: header",
        )],
    );
}

#[test]
fn a_body_field_has_another_name() {
    refreshed(
        "body-field-renamed",
        1,
        &[(
            "                idle_seconds: {type: integer}",
            "                idle_secs: {type: integer}",
        )],
    );
}

#[test]
fn a_body_field_is_of_another_type() {
    refreshed(
        "body-field-retyped",
        1,
        &[(
            "                idle_seconds: {type: integer}",
            "                idle_seconds: {type: string}",
        )],
    );
}

#[test]
fn a_body_field_is_required_now() {
    refreshed(
        "body-field-required",
        1,
        &[("required: [plan]", "required: [plan, doors]")],
    );
}

#[test]
fn a_value_that_is_sent_is_no_longer_listed() {
    refreshed("value-sent-gone", 1, &[("enum: [stop, keep]", "enum: [halt, keep]")]);
}

#[test]
fn a_body_is_no_longer_json() {
    refreshed(
        "body-not-json",
        1,
        &[(
            "          application/json:\n            schema: {type: object, required: [text]",
            "          text/plain:\n            schema: {type: object, required: [text]",
        )],
    );
}

#[test]
fn a_field_of_an_answer_has_another_name() {
    refreshed(
        "answer-field-renamed",
        1,
        &[
            ("        built: {type: integer}", "        built_at: {type: integer}"),
            ("state, built]", "state, built_at]"),
        ],
    );
}

#[test]
fn a_field_of_an_answer_is_of_another_type() {
    refreshed(
        "answer-field-retyped",
        1,
        &[(
            "        plan: {type: string}\n        state",
            "        plan: {type: integer}\n        state",
        )],
    );
}

#[test]
fn a_field_of_an_answer_may_be_absent_now() {
    refreshed(
        "answer-field-nullable",
        1,
        &[("required: [id, plan, state, built]", "required: [plan, state, built]")],
    );
}

#[test]
fn a_field_that_may_be_absent_where_the_mapping_bears_it_is_noted() {
    let mut story = Story::begin();
    let required = [(
        "properties: {note: {type: string}}",
        "required: [note], properties: {note: {type: string}}",
    )];
    story.change("spec/openapi.yaml", "new.yaml", &[]);
    story.change("spec/openapi.yaml", "spec/openapi.yaml", &required);
    assert_eq!(story.run(&["refresh", "new.yaml"]), 0, "{}", story.told);
    story.is_told_as("refresh-nullable-noted");
}

#[test]
fn a_state_that_is_waited_for_is_no_longer_listed() {
    refreshed(
        "state-gone",
        1,
        &[("enum: [building, standing, ruined]", "enum: [building, up, ruined]")],
    );
}

#[test]
fn an_answer_is_no_longer_json() {
    refreshed(
        "answer-not-json",
        1,
        &[(
            "            application/json:\n              schema: {type: object, properties: {note",
            "            text/plain:\n              schema: {type: object, properties: {note",
        )],
    );
}

#[test]
fn an_overlay_action_no_longer_matches() {
    refreshed(
        "overlay-without-match",
        1,
        &[(
            "responses: {'204': {description: Gone.}}",
            "responses: {'204': {description: Gone.}, '404': {description: No such shed.}}",
        )],
    );
}

#[test]
fn several_changes_are_told_together() {
    refreshed(
        "several",
        1,
        &[
            (
                "        state: {type: string, enum: [building, standing, ruined]}",
                "        status: {type: string}",
            ),
            (
                "                plan: {type: string}",
                "                template: {type: string}",
            ),
            ("required: [plan]", "required: [template]"),
        ],
    );
}

#[test]
fn new_operations_nearby_come_with_a_stub() {
    refreshed(
        "suggestion",
        0,
        &[(
            "  /sheds/{shed_id}/runs:\n",
            "  /sheds/{shed_id}/doors:\n    post:\n      operationId: openDoor\n      summary: Open a door\n      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [door], properties: {door: {type: string}, wide: {type: boolean}}}}}}\n      responses: {'200': {description: '', content: {application/json: {schema: {type: object, required: [open], properties: {open: {type: boolean}}}}}}}\n  /sheds/{shed_id}/runs:\n",
        )],
    );
}

#[test]
fn changes_that_nobody_reads_are_one_line() {
    refreshed(
        "unrelated",
        0,
        &[
            (
                "properties: {line: {type: string}, timeout_ms",
                "properties: {line: {type: string}, timeout_s",
            ),
            (
                "components:\n",
                "  /gardens:\n    get:\n      responses: {'204': {description: ''}}\ncomponents:\n",
            ),
            (
                "properties: {text: {type: string}, colour:",
                "properties: {text: {type: string}, shade:",
            ),
        ],
    );
}

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
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gates"]), 1);
    story.change("spec/gate.yaml", "new.yaml", &[("Open.", "Opened.")]);
    assert_eq!(story.run(&["refresh", "new.yaml", "--api", "gate", "--write"]), 0);
    assert_eq!(story.read("spec/gate.yaml"), story.read("new.yaml"));
    story.is_told_as("refresh-further-api");
}
