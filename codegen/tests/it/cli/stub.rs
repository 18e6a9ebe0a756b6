use std::{fs, path::Path};

use provider_codegen::{check_only, stub::Operations};

use super::Story;

#[test]
fn a_stub_lays_out_what_an_operation_takes_and_answers() {
    let mut story = Story::begin();
    story.run(&["stub", "POST /sheds"]);
    story.run(&["stub", "listSheds", "spec"]);
    story.run(&["stub", "POST /sheds/{shed_id}/notes"]);
    story.run(&["stub", "DELETE /shed/{shed_id}"]);
    story.is_told_as("stub");
}

#[test]
fn an_operation_of_a_further_api_is_meant_by_its_name_alone() {
    let mut story = Story::begin();
    story.change(
        "spec/openapi.yaml",
        "spec/tools.yaml",
        &[("  /sheds/{shed_id}/watch:", "  /files/{shed_id}/download:")],
    );
    let tools = "apis:\n  tools: {document: tools.yaml, server: 'https://tools.example', auth: none}\nconfig:\n";
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[("config:\n", tools)]);
    for name in ["POST /files/{shed_id}/download", "POST /files/{shed_id}/downlaod"] {
        assert_eq!(story.run(&["stub", name]), 2);
    }
    let meant = story
        .told
        .matches("did you mean `tools:POST /files/{shed_id}/download`?")
        .count();
    assert_eq!(meant, 2, "{}", story.told);
}

#[test]
fn a_header_that_the_worker_sends_is_no_input() {
    let mut story = Story::begin();
    let auth = [("{bearer: {env:", "{header: {name: x-request-id, env:")];
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &auth);
    assert_eq!(story.run(&["stub", "POST /sheds"]), 0);
    assert!(!story.told.contains("equest"), "{}", story.told);
}

#[test]
fn a_schema_that_contains_itself_is_laid_out_once() {
    let mut story = Story::begin();
    let schemas = "components:\n  schemas:\n    Tree: {type: object, required: [leaf, left, right], properties: {leaf: {type: string}, \
        left: {$ref: '#/components/schemas/Tree'}, right: {$ref: '#/components/schemas/Tree'}}}\n    \
        Lists: {type: array, items: {$ref: '#/components/schemas/Lists'}}\n";
    let changes = [
        (
            "colour: {type: string}}}\n      responses",
            "tree: {$ref: '#/components/schemas/Tree'}}}\n      responses",
        ),
        (
            "required: [text], properties: {text: {type: string}, tree",
            "required: [tree], properties: {text: {type: string}, tree",
        ),
        (
            "schema: {type: object, properties: {note: {type: string}}}",
            "schema: {type: object, properties: {note: {$ref: '#/components/schemas/Lists'}}}",
        ),
        ("components:\n  schemas:\n", schemas),
    ];
    story.change("spec/openapi.yaml", "spec/openapi.yaml", &changes);
    assert_eq!(story.run(&["stub", "POST /sheds/{shed_id}/notes"]), 0);
    story.is_told_as("stub-of-a-tree");
}

#[test]
fn every_stub_is_sound_as_it_is() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let specs = [
        "codegen/tests/shed",
        "codegen/tests/cli/shapes",
        "spec",
        "fixtures/dialect/spec",
    ];
    for spec in specs {
        stubs_are_sound(&repository.join(spec));
    }
}

#[test]
fn a_stub_says_what_of_an_answer_no_output_is_declared_of() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/shapes");
    let operations = Operations::read(&spec).map_err(|report| report.to_string()).unwrap();
    let stub = |label: &str| operations.stub(label).unwrap();
    let choices = stub("POST /choices");
    for line in [
        "X-Account: $input.x_account\n",
        "names: {must: $response.names}\n",
        "sizes: {must: $response.sizes}\n",
        "# No output can be declared of `$response.of`, which is one of several types: read what is within it.\n",
        "source: {type: git, url: text}",
    ] {
        assert!(choices.contains(line), "{line}\n{choices}");
    }
    for absent in ["x-account", "X-Tags", "enum: [\"never\"]", "$response.\n"] {
        assert!(!choices.contains(absent), "{absent}\n{choices}");
    }
    let lost = "# Mend first: `$ref: #/components/schemas/Nowhere` leads nowhere, which describes";
    assert!(stub("GET /lost").contains(&format!("{lost} `$response`.")));
    assert!(stub("POST /lost").contains(&format!("{lost} `$response.lost`.")));
    let endless = "# An example is left to write: what it takes or answers contains itself without end.";
    assert!(stub("POST /trees").contains(endless), "{}", stub("POST /trees"));
}

fn stubs_are_sound(spec: &Path) {
    let operations = Operations::read(spec).map_err(|report| report.to_string()).unwrap();
    let labels = operations.labels();
    assert!(!labels.is_empty());
    for label in labels {
        let stub = operations.stub(&label).unwrap();
        if !stub.contains("# Mend first") {
            let problems = placed(spec, &stub);
            assert!(problems.is_none(), "{label}\n{stub}\n{}", problems.unwrap());
        }
    }
}

/// What the check says of a mapping with the stub as its one function.
fn placed(spec: &Path, stub: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(spec)
        .unwrap()
        .flatten()
        .filter(|file| file.path().is_file())
    {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let mapping = fs::read_to_string(spec.join("mapping.yaml")).unwrap();
    let api: Vec<&str> = mapping.lines().skip_while(|line| !line.starts_with("api:")).collect();
    let end = api.iter().skip(1).position(|line| !line.starts_with(' ')).unwrap();
    // An example has the look at the sandbox that the function acts on.
    let sandboxes = match stub.contains("undo:") || stub.contains("given:") {
        true => section(&mapping, "sandboxes:"),
        false => String::new(),
    };
    let mapping = format!(
        "provider: test\n{}\n{sandboxes}functions:\n{stub}",
        api[..=end].join("\n")
    );
    fs::write(folder.path().join("mapping.yaml"), mapping).unwrap();
    // They are of the functions that were there.
    let _ = fs::remove_file(folder.path().join("examples.yaml"));
    check_only(folder.path()).err().map(|report| report.to_string())
}

/// A section of a mapping, with its title.
fn section(mapping: &str, title: &str) -> String {
    let mut lines = mapping.lines().skip_while(|line| !line.starts_with(title));
    let first = lines.next().into_iter();
    let inside = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    first.chain(inside).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_stub_of_what_ends_a_sandbox_frees_its_slot() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["stub", "DELETE /sheds/{shed_id}"]), 0);
    assert!(story.told.contains("\n    slots: {free: true}\n"), "{}", story.told);
}

#[test]
fn a_stub_of_a_start_says_what_is_started_and_how_it_ends() {
    for verb in ["branch", "clone", "duplicate", "fork", "restore"] {
        let start = format!("/sheds/{{shed_id}}/{verb}");
        let mut story = Story::begin();
        let copies =
            "schema: {type: array, items: {type: object, properties: {shed: {$ref: '#/components/schemas/Shed'}}}}";
        story.change(
            "spec/openapi.yaml",
            "spec/openapi.yaml",
            &[
                ("/sheds/{shed_id}/notes:", &format!("{start}:")),
                ("schema: {type: object, properties: {note: {type: string}}}", copies),
            ],
        );
        assert_eq!(story.run(&["stub", &format!("POST {start}")]), 0, "{verb}");
        for line in [
            "slots: {take: 1}",
            "tags: inherited",
            "undo: {end: '$response[*].shed.id'}",
            "sandbox_ids: {must: '$response[*].shed.id'}",
        ] {
            assert!(story.told.contains(line), "{line}\n{}", story.told);
        }
    }
}

#[test]
fn a_stub_reads_the_events_that_the_schema_shows() {
    let schema = "schema: {type: object, properties: {line: {type: string}, code: {type: integer}, way: {type: string, enum: [left, ruined]}}}";
    for (events, has_code) in [
        (
            "schema: {oneOf: [{type: object, properties: {type: {enum: [stdout, stderr]}, data: {type: string}}}, {type: object, properties: \
         {type: {const: exit}, exit_code: {type: integer}}}]}",
            true,
        ),
        (
            "schema: {type: object, properties: {event: {type: object, properties: {data: {type: object, properties: {stdout: {type: string, \
         format: byte}, stderr: {type: string, format: byte}}}, end: {type: object, properties: {exitCode: {type: integer}}}}}}}",
            true,
        ),
        // What only begins like the end is not within it.
        (
            "schema: {type: object, properties: {stdout: {type: string}, exit: {type: boolean}, exitCode: {type: integer}}}",
            false,
        ),
    ] {
        let mut story = Story::begin();
        story.change("spec/openapi.yaml", "spec/openapi.yaml", &[(schema, events)]);
        story.run(&["stub", "POST /sheds/{shed_id}/watch"]);
        assert!(
            story.told.contains("stream:") && !story.told.contains("Mend first"),
            "{}",
            story.told
        );
        let code = story.told.contains("exit_code: $response.exit_code");
        assert_eq!(code, has_code, "{}", story.told);
    }
}
