//! What the mapping calls: operations, parameters, bodies.

use super::{Story, refreshed};

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
fn a_header_may_be_written_in_another_case() {
    let mut story = Story::begin();
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[("name: X-Request-Id", "name: x-request-ID")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml"]), 0, "{}", story.told);
}

#[test]
fn a_header_that_is_required_now_may_be_given_in_another_case() {
    let mut story = Story::begin();
    story.change(
        "spec/mapping.yaml",
        "spec/mapping.yaml",
        &[("X-Request-Id", "x-request-id")],
    );
    let required = (
        "{name: X-Request-Id, in: header",
        "{name: X-Request-Id, in: header, required: true",
    );
    story.change("spec/openapi.yaml", "new.yaml", &[required]);
    assert_eq!(story.run(&["refresh", "new.yaml"]), 0, "{}", story.told);
}

#[test]
fn a_constant_is_gone_from_a_choice() {
    refreshed(
        "constant-gone",
        1,
        &[(
            "on_idle: {type: string, enum: [stop, keep]}",
            "on_idle: {type: string, oneOf: [{const: halt, title: Halt}, {const: keep}]}",
        )],
    );
}

#[test]
fn what_is_newly_required_of_answers_alone_breaks_no_request() {
    refreshed(
        "read-only-required",
        0,
        &[(
            "              required: [plan]\n              properties:\n",
            "              required: [plan, id]\n              properties:\n                id: {type: string, readOnly: true}\n",
        )],
    );
}

#[test]
fn an_operation_is_deprecated_now() {
    refreshed(
        "deprecated",
        0,
        &[(
            "operationId: buildShed",
            "operationId: buildShed\n      deprecated: true",
        )],
    );
}
