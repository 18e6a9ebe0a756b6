//! What the mapping reads.

use super::{Story, refreshed};

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
fn a_list_has_another_name_that_is_nothing_like_it() {
    refreshed(
        "list-renamed",
        1,
        &[(
            "required: [items]\n                properties: {items: {",
            "required: [sheds]\n                properties: {sheds: {",
        )],
    );
}

#[test]
fn a_number_is_read_by_an_operator_that_takes_whole_ones_and_others() {
    refreshed(
        "wider-number",
        0,
        &[("        built: {type: integer}", "        built: {type: number}")],
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
fn a_field_that_is_only_written_any_more_is_gone() {
    refreshed(
        "only-written",
        1,
        &[(
            "        plan: {type: string}\n",
            "        plan: {type: string, writeOnly: true}\n",
        )],
    );
}

#[test]
fn another_success_without_content_makes_what_is_read_optional() {
    refreshed(
        "success-without-content",
        1,
        &[(
            "        '201': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shed'}}}}",
            "        '201': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shed'}}}}\n        '202': {description: Later.}",
        )],
    );
}

/// A function that reads a stream, behind the last one of the mapping.
const WATCH: &str = "      doors: {first: ['$look.doors[*].name', []]}
  watch:
    description: Watch a shed until it falls.
    input: {type: object, required: [sandbox_id], properties: {sandbox_id: {type: string, format: path-segment}}}
    output: {type: object, properties: {lines: {type: string}}}
    call: POST /sheds/{shed_id}/watch
    path: {shed_id: $input.sandbox_id}
    stream: {stdout: $event.data.line, end: $event.data.code}
    answer: {lines: $response.stdout}
";

fn of_a_stream(told: &str, (before, now): (&str, &str)) {
    let mut story = Story::begin();
    let last = WATCH.split_inclusive('\n').next().expect("a line");
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[(last, WATCH)]);
    story.change("spec/openapi.yaml", "new.yaml", &[(before, now)]);
    assert_eq!(story.run(&["refresh", "new.yaml"]), 1, "{}", story.told);
    story.is_told_as(told);
}

#[test]
fn what_is_read_of_an_event_has_another_name() {
    of_a_stream(
        "refresh-event-renamed",
        ("{line: {type: string}, code", "{lines: {type: string}, code"),
    );
}

#[test]
fn an_answer_is_no_stream_any_more() {
    of_a_stream("refresh-no-stream", ("text/event-stream:", "application/json:"));
}
