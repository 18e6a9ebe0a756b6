use super::Story;

#[test]
fn a_sound_spec_has_no_problems() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["check", "spec"]), 0);
    assert_eq!(story.run(&["check"]), 0);
    story.is_told_as("check-sound");
}

#[test]
fn a_text_that_lacks_a_dollar_to_be_a_reference_is_noted() {
    let mut story = Story::begin();
    let changes = [
        (
            "image: $input.image\n      started",
            "image: input.image\n      started",
        ),
        ("note: $pin.note", "note: pin.noteText"),
        ("region: $config.region", "region: north.wing"),
        ("config:\n  region: {type: string, default: north}\n", ""),
    ];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &changes);
    assert_eq!(story.run(&["check"]), 0, "{}", story.told);
    story.is_told_as("check-without-dollar");
}

/// A call that keeps a shed for later.
const PAUSE: &str = "  /sheds/{shed_id}/pause:
    post:
      parameters:
        - {name: shed_id, in: path, required: true, schema: {type: string}}
      responses: {'204': {description: Kept.}}
";

/// A function that runs programs, and makes an exit code up where there is none.
const EXEC: &str = "  exec:
    ignored: {args: why, env: why, cwd: why, timeout_ms: why}
    call: POST /sheds/{shed_id}/runs
    path: {shed_id: $input.sandbox_id}
    body: {line: $input.cmd}
    answer:
      stdout: $response.out
      stderr: $response.err
      exit_code: {first: [$response.code, 0]}
      timed_out: false
      stdout_truncated: false
      stderr_truncated: false
";

#[test]
fn what_nothing_uses_and_what_likely_means_something_else_is_noted() {
    let mut story = Story::begin();
    story.change(
        "spec/openapi.yaml",
        "spec/openapi.yaml",
        &[(
            "  /sheds/{shed_id}/watch:",
            &format!("{PAUSE}  /sheds/{{shed_id}}/watch:"),
        )],
    );
    story.change(
        "spec/openapi.yaml",
        "spec/yard.yaml",
        &[("  /sheds/{shed_id}:", "  /yards/{shed_id}:")],
    );
    let tools = "apis:\n  tools: {document: openapi.yaml, server: 'https://tools.example', auth: none}\n  \
                 yard:\n    document: yard.yaml\n    server: {template: 'https://{$sandbox.host}'}\n    auth: same\n    \
                 stale: [401, 429]\nconfig:\n";
    let changes = [
        ("config:\n", tools),
        (
            "    idle_timeout_secs: $item.idle_seconds\n",
            "    idle_timeout_secs: $item.idle_seconds\n    host: {must: $item.tags.host}\n",
        ),
        ("call: lookAtShed", "call: yard:GET /yards/{shed_id}"),
        (
            "  end:\n    call: DELETE /sheds/{shed_id}",
            "  end:\n    call: POST /sheds/{shed_id}/pause",
        ),
        ("functions:\n", &format!("functions:\n{EXEC}")),
    ];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &changes);
    assert_eq!(story.run(&["check"]), 0, "{}", story.told);
    story.is_told_as("check-doubtful");
}

#[test]
fn what_a_document_offers_and_a_call_cannot_choose_is_noted() {
    let mut story = Story::begin();
    let body = "application/json:\n            schema: {type: object, required: [text]";
    let several = "application/apply-patch+yaml: {}\n          application/json-patch+json: {schema: {type: object}}\n          \
                   application/merge-patch+json:\n            schema: {type: object, required: [text]";
    let jump =
        "paths:\n  /jump: {post: {responses: {'303': {description: Elsewhere.}, '404': {description: Nowhere.}}}}\n";
    story.change(
        "spec/openapi.yaml",
        "spec/openapi.yaml",
        &[(body, several), ("paths:\n", jump)],
    );
    let function = "functions:\n  jump:\n    description: Jumps.\n    input: {type: object, properties: {}}\n    output: {type: object, \
                    properties: {}}\n    call: POST /jump\n    outcomes: [{status: 404, code: S404}]\n    answer: {}\n";
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[("functions:\n", function)]);
    assert_eq!(story.run(&["check"]), 0, "{}", story.told);
    story.is_told_as("check-offered");
}

#[test]
fn a_list_of_sandboxes_that_comes_in_pages_is_refused_unless_all_are_read() {
    let mut story = Story::begin();
    let limit = "- {name: limit, in: query, schema: {type: integer}}";
    let paged = format!("{limit}\n        - {{name: page_token, in: query, schema: {{type: string}}}}");
    story.change("spec/openapi.yaml", "spec/openapi.yaml", &[(limit, &paged)]);
    assert_eq!(story.run(&["check"]), 1);
    let items = "items: $response.items";
    let none = format!("{items}\n    pages: {{none: One owner has a few sheds.}}");
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[(items, &none)]);
    assert_eq!(story.run(&["check"]), 0);
    let pages = format!("{items}\n    pages: {{next: $last.id, into: {{query: page_token}}, at_most: 20}}");
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[(&none, &pages)]);
    assert_eq!(story.run(&["check"]), 0);
    assert_eq!(story.run(&["explain"]), 0);
    story.is_told_as("check-paged");
}

#[test]
fn a_step_that_reads_one_page_of_a_list_is_refused() {
    let mut story = Story::begin();
    let limit = "- {name: limit, in: query, schema: {type: integer}}";
    let paged = format!("{limit}\n        - {{name: offset, in: query, schema: {{type: integer}}}}");
    story.change("spec/openapi.yaml", "spec/openapi.yaml", &[(limit, &paged)]);
    let items = "items: $response.items";
    let pages = format!("{items}\n    pages: {{offset: 0, into: {{query: offset}}}}");
    let first = "functions:\n  first:\n    description: Names some sheds.\n    input: {type: object, properties: {}}\n    output: \
                 {type: object, properties: {sheds: {type: array, items: {type: string}}}}\n    call: GET /sheds\n    \
                 answer: {sheds: '$response.items[*].id'}";
    let changes = [(items, pages.as_str()), ("functions:", first)];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &changes);
    assert_eq!(story.run(&["check"]), 1);
    story.is_told_as("check-one-page");
}

#[test]
fn problems_end_with_status_1() {
    let mut story = Story::begin();
    story.change(
        "spec/mapping.yaml",
        "spec/mapping.yaml",
        &[("call: lookAtShed", "call: lookAtShet")],
    );
    assert_eq!(story.run(&["check", "spec"]), 1);
    assert_eq!(story.run(&["expand", "spec"]), 1);
}

#[test]
fn what_is_not_a_verb_or_a_name_ends_with_status_2() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["chekc"]), 2);
    assert_eq!(story.run(&["refresh"]), 2);
    assert_eq!(story.run(&["schema"]), 2);
    assert_eq!(story.run(&["expand", "--function", "crate"]), 2);
    assert_eq!(story.run(&["explain", "spec", "crate"]), 2);
    assert_eq!(story.run(&["stub", "GET /shed"]), 2);
}

#[test]
fn one_function_is_expanded_alone() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["expand", "--function", "stop"]), 0);
    assert!(story.told.contains("mod stop"));
    assert!(!story.told.contains("mod create"));
}
