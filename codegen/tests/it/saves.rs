//! Which calls are taken for ones that save a snapshot, by what they answer.

use crate::cases::Case;

/// Sheds of which drawings are made, and `build`, `Copy` and `note` as a test wants them.
fn sheds(paths: &str, schemas: &str, functions: &str) -> Case {
    let added = |lines: &str| -> String { lines.lines().map(|line| format!("+{line}\n")).collect() };
    let paths = added(paths);
    let schemas = added(schemas);
    let functions = added(functions);
    Case {
        name: "saves".to_owned(),
        diff: format!(
            "openapi.yaml
-  /sheds/{{shed_id}}/notes:
+  /drawings:
+    get:
+      parameters: [{{name: attempt, in: query, schema: {{type: string}}}}]
+      responses: {{'200': {{description: '', content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/Drawing'}}}}}}}}}}}}
+    post:
+      requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, properties: {{of: {{type: string}}, tags: {{type: object, additionalProperties: {{type: string}}}}}}}}}}}}}}
+      responses: {{'201': {{description: '', content: {{application/json: {{schema: {{$ref: '#/components/schemas/Drawing'}}}}}}}}}}
+  /drawings/{{drawing_id}}:
+    parameters: [{{name: drawing_id, in: path, required: true, schema: {{type: string}}}}]
+    delete: {{responses: {{'204': {{description: Gone.}}, '404': {{description: No such drawing.}}}}}}
{paths}+  /sheds/{{shed_id}}/notes:

-    Shed:
+    Drawing:
+      type: object
+      required: [id]
+      properties: {{id: {{type: string}}, tags: {{type: object, additionalProperties: {{type: string}}}}}}
{schemas}+    Shed:

mapping.yaml
-functions:
+snapshots:
+  id: $item.id
+  attempt: $item.tags.attempt
+  made: {{call: GET /drawings, query: {{attempt: $attempt}}, items: $response}}
+  delete: {{call: 'DELETE /drawings/{{drawing_id}}', path: {{drawing_id: $id}}, outcomes: [{{status: 404, ok: true}}]}}
+functions:
+  draw:
+    description: Draw a shed.
+    input: {{type: object, required: [sandbox_id], properties: {{sandbox_id: {{type: string, format: path-segment}}}}}}
+    output: {{type: object, required: [id], properties: {{id: {{type: string}}}}}}
+    call: POST /drawings
+    body: {{of: $input.sandbox_id, tags: {{attempt: $attempt}}}}
+    undo: {{delete: $response.id}}
+    answer: {{id: $response.id}}
{functions}"
        ),
    }
}

/// A POST to a path, of a shed where that has a parameter, with the schema that it answers.
fn posted(path: &str, answer: &str) -> String {
    let of = match path.contains('{') {
        true => "      parameters: [{name: shed_id, in: path, required: true, schema: {type: string}}]\n",
        false => "",
    };
    format!(
        "  {path}:\n    post:\n      operationId: posted\n{of}      requestBody: {{content: {{application/json: {{schema: {{type: object, \
         properties: {{of: {{type: string}}, tags: {{type: object, additionalProperties: {{type: string}}}}}}}}}}}}}}\n      responses: \
         {{'200': {{description: '', content: {{application/json: {{schema: {{{answer}}}}}}}}}}}"
    )
}

/// A function that makes that call and answers nothing of it.
fn called(given: &str, more: &str) -> String {
    format!(
        "  mend:\n    description: Mends it.\n    input: {{type: object, required: [sandbox_id], properties: {{sandbox_id: {{type: \
         string, format: path-segment}}}}}}\n    output: {{type: object, properties: {{}}}}\n    steps:\n      - mend:\n          \
         call: posted\n          {given}{more}"
    )
}

const DRAWING: &str = "$ref: '#/components/schemas/Drawing'";
const OF_PATH: &str = "path: {shed_id: $input.sandbox_id}";
const OF_BODY: &str = "body: {of: $input.sandbox_id}";

fn said(case: &Case) -> String {
    let (report, text) = case.run();
    match report.problems.is_empty() {
        true => "nothing".to_owned(),
        false => text,
    }
}

#[test]
fn what_a_shed_says_of_where_it_comes_from_is_not_taken_for_saved() {
    // What a call answers, and where.
    let answers = [
        // The id of what it was started from, as it was given, nested or by other names.
        (
            "/sheds/{shed_id}/mend",
            "type: object, properties: {snapshot_id: {type: string}}",
        ),
        (
            "/sheds/{shed_id}/mend",
            "type: object, properties: {source: {type: object, properties: {snapshot_id: {type: string}}}}",
        ),
        (
            "/sheds/{shed_id}/mend",
            "type: object, properties: {parent_snapshot: {type: string}}",
        ),
        (
            "/sheds/{shed_id}/mend",
            "type: object, properties: {image_id: {type: string}}",
        ),
        (
            "/sheds/{shed_id}/mend",
            "type: object, properties: {snapshots: {type: array, items: {type: string}}}",
        ),
        // All that is listed.
        (
            "/sheds/{shed_id}/drawings/search",
            "type: object, properties: {found: {type: array, items: {$ref: '#/components/schemas/Drawing'}}}",
        ),
    ];
    for (path, answer) in answers {
        let case = sheds(&posted(path, answer), "", &called(OF_PATH, ""));
        assert_eq!(said(&case), "nothing", "{path} answers {answer}");
    }
}

#[test]
fn a_shed_that_has_its_source_within_is_not_taken_for_saved() {
    let source = "-        plan: {type: string}\n         state: {type: string, enum: [building, standing, ruined]}\n";
    for name in ["source", "snapshot", "parent_snapshot"] {
        let paths = posted("/sheds/{shed_id}/mend", "$ref: '#/components/schemas/Shed'");
        let mut case = sheds(&paths, "", &called(OF_PATH, ""));
        let with_source = source.replacen(
            "-        plan",
            &format!("+        {name}: {{{DRAWING}}}\n         plan"),
            1,
        );
        case.diff = case
            .diff
            .replacen("mapping.yaml\n", &format!("{with_source}\nmapping.yaml\n"), 1);
        assert_eq!(said(&case), "nothing", "{name}");
    }
}

#[test]
fn what_a_shed_is_started_from_is_not_taken_for_saved() {
    for answer in [
        format!("type: object, required: [id], properties: {{id: {{type: string}}, source: {{{DRAWING}}}}}"),
        format!(
            "type: object, required: [id], properties: {{id: {{type: string}}, drawings: {{type: array, items: {{{DRAWING}}}}}}}"
        ),
    ] {
        let start = "  raise:\n    description: Raises one.\n    input: {type: object, required: [image], properties: {image: {type: \
                     string}}}\n    output: {type: object, required: [sandbox_id], properties: {sandbox_id: {type: string}}}\n    \
                     slots: {take: 1}\n    call: posted\n    body: {of: $input.image, tags: {owner: $config.owner, attempt: \
                     $attempt}}\n    undo: {end: $response.id}\n    answer: {sandbox_id: $response.id}";
        let case = sheds(&posted("/raised", &answer), "", start);
        assert_eq!(said(&case), "nothing", "{answer}");
    }
}

#[test]
fn a_drawing_beside_what_a_call_does_with_a_shed_is_taken_for_saved() {
    let of_one = format!("type: object, properties: {{drawing: {{{DRAWING}}}}}");
    let of_many = format!("type: object, properties: {{drawings: {{type: array, items: {{{DRAWING}}}}}}}");
    let plain = "type: object, properties: {done: {type: boolean}}";
    for (path, answer, given, undo) in [
        (
            "/sheds/{shed_id}/mend",
            of_one.as_str(),
            OF_PATH,
            "undo: {delete: $mend.drawing.id}",
        ),
        (
            "/sheds/{shed_id}/mend",
            &of_many,
            OF_PATH,
            "undo: {delete: $mend.drawings[*].id}",
        ),
        ("/mend", &of_one, OF_BODY, "undo: {delete: $mend.drawing.id}"),
        ("/mend", DRAWING, OF_BODY, "undo: {delete: $mend.id}"),
        ("/sheds/{shed_id}/checkpoints", plain, OF_PATH, "undo: {delete: tagged}"),
        ("/snapshots", plain, OF_BODY, "undo: {delete: tagged}"),
    ] {
        let case = sheds(&posted(path, answer), "", &called(given, ""));
        let found = said(&case);
        assert!(found.starts_with("error[M044]"), "{path} answers {answer}: {found}");
        assert!(
            found.contains(&format!("add `{undo}`")),
            "{path} answers {answer}: {found}"
        );
        let why = "\n          saves: {none: It is that which it was mended by.}";
        let case = sheds(&posted(path, answer), "", &called(given, why));
        assert_eq!(
            said(&case),
            "nothing",
            "{path} answers {answer}, and says that nothing is saved"
        );
    }
}

#[test]
fn a_drawing_of_a_shed_that_the_function_has_started_is_taken_for_saved() {
    let start = "  raise:\n    description: Raises one and draws it.\n    input: {type: object, required: [image], properties: {image: \
                 {type: string}}}\n    output: {type: object, required: [sandbox_id], properties: {sandbox_id: {type: string}}}\n    \
                 slots: {take: 1}\n    steps:\n      - start:\n          call: POST /sheds\n          body: {plan: $input.image, tags: \
                 {owner: $config.owner, attempt: $attempt}}\n          undo: {end: $start.id}\n      - draw:\n          call: posted\n          \
                 GIVEN\n    answer: {sandbox_id: $start.id}";
    for (path, given) in [
        ("/sheds/{shed_id}/checkpoints", "path: {shed_id: $start.id}"),
        ("/drawn", "body: {of: $start.id}"),
    ] {
        let answer = format!("type: object, properties: {{drawing: {{{DRAWING}}}}}");
        let case = sheds(&posted(path, &answer), "", &start.replace("GIVEN", given));
        let found = said(&case);
        assert!(found.starts_with("error[M044]"), "{path}: {found}");
    }
}
