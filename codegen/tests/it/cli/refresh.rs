//! Each kind of break, and of change that is none.

mod answers;
mod calls;
mod reached;
mod replaced;

use super::Story;

/// A new document that differs from the vendored one by these changes.
#[track_caller]
fn refreshed(name: &str, status: i32, changes: &[(&str, &str)]) {
    refreshed_from(&[], name, status, changes);
}

/// The same, where the vendored one has been changed before.
#[track_caller]
fn refreshed_from(vendored: &[(&str, &str)], name: &str, status: i32, changes: &[(&str, &str)]) {
    let mut story = Story::begin();
    story.change("spec/openapi.yaml", "spec/openapi.yaml", vendored);
    story.change("spec/openapi.yaml", "new.yaml", changes);
    assert_eq!(story.run(&["refresh", "new.yaml"]), status, "{}", story.told);
    story.is_told_as(&format!("refresh-{name}"));
}

#[test]
fn nothing_has_changed() {
    refreshed("nothing", 0, &[]);
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

/// The worker reads nothing of it, but what the examples say that the provider answers is no such answer any more.
#[test]
fn an_example_no_longer_fits() {
    let mut story = Story::begin();
    story.exemplify();
    let changes = [
        (
            "required: [id, plan, state, built]",
            "required: [id, plan, state, built, roof]",
        ),
        (
            "        built: {type: integer}",
            "        built: {type: integer}\n        roof: {type: string}",
        ),
    ];
    story.change("spec/openapi.yaml", "new.yaml", &changes);
    assert_eq!(story.run(&["refresh", "new.yaml"]), 1, "{}", story.told);
    story.is_told_as("refresh-example");
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
fn what_is_said_to_people_is_no_change() {
    refreshed(
        "prose",
        0,
        &[
            (
                "properties: {line: {type: string}, timeout_ms",
                "properties: {line: {type: string, title: Line}, timeout_ms",
            ),
            (
                "operationId: buildShed",
                "operationId: buildShed\n      description: Build one.\n      tags: [sheds]",
            ),
        ],
    );
}

#[test]
fn operations_that_have_moved_by_their_ids_are_not_new() {
    refreshed("all-moved", 1, &[("\n  /sheds", "\n  /v2/sheds")]);
}

#[test]
fn a_change_behind_several_references_is_a_change() {
    let mut story = Story::begin();
    let door = (
        "components:\n  schemas:\n",
        "components:\n  schemas:\n    Yard: {type: object, properties: {gate: {$ref: '#/components/schemas/Gate'}}}\n    \
         Gate: {type: object, properties: {yard: {$ref: '#/components/schemas/Yard'}, lock: {type: string}}}\n",
    );
    let yard = (
        "components:\n",
        "  /yards:\n    get:\n      responses: {'200': {description: '', content: {application/json: {schema: {$ref: \
         '#/components/schemas/Yard'}}}}}\ncomponents:\n",
    );
    story.change("spec/openapi.yaml", "spec/openapi.yaml", &[door, yard]);
    story.change(
        "spec/openapi.yaml",
        "new.yaml",
        &[("lock: {type: string}", "lock: {type: integer}")],
    );
    assert_eq!(story.run(&["refresh", "new.yaml"]), 0, "{}", story.told);
    assert_eq!(story.run(&["refresh", "spec/openapi.yaml"]), 0, "{}", story.told);
    story.is_told_as("refresh-behind-references");
}

#[test]
fn a_list_that_has_become_one_of_pages_breaks_a_mapping_that_reads_one() {
    let limit = "- {name: limit, in: query, schema: {type: integer}}";
    let paged = format!("{limit}\n        - {{name: page, in: query, schema: {{type: integer}}}}");
    refreshed("list-in-pages", 1, &[(limit, &paged)]);
}
