//! The files, as a person finds them.

use std::fs;

use provider_codegen::check_only;

use provider_codegen::new::{Doing, Request, make};

use super::{Story, fresh, tests, workspace};

const DOCUMENTS: [&str; 2] = ["hutch.openapi.yaml", "hutch.files.openapi.json"];

#[test]
fn the_mapping_is_stubbed_from_the_likeliest_operations() {
    let story = Story::begin();
    let told = story.made("hutch", &DOCUMENTS);
    fresh(
        "hutch.told.txt",
        &told.replace(&story.path("").display().to_string(), "…/"),
    );
    fresh("hutch.mapping.yaml", &story.read("hutch/spec/mapping.yaml"));
    fresh("hutch.files.overlay.yaml", &story.read("hutch/spec/files.overlay.yaml"));
    fresh("hutch.files.txt", &format!("{}\n", story.files().join("\n")));
}

#[test]
fn what_names_something_else_is_not_given_the_id_of_a_sandbox() {
    let story = Story::begin();
    story.made("den", &["den.openapi.yaml"]);
    fresh("den.mapping.yaml", &story.read("den/spec/mapping.yaml"));
}

#[test]
fn what_a_document_shows_of_sandboxes_in_other_shapes_is_said_as_the_format_says_it() {
    let story = Story::begin();
    for name in ["coop", "loft"] {
        story.made(name, &[&format!("{name}.openapi.yaml")]);
        let mapping = story.read(&format!("{name}/spec/mapping.yaml"));
        fresh(&format!("{name}.mapping.yaml"), &mapping);
    }
}

#[test]
fn what_every_call_is_given_is_said_once_and_configured() {
    let story = Story::begin();
    story.made("lodge", &["lodge.openapi.yaml"]);
    fresh("lodge.mapping.yaml", &story.read("lodge/spec/mapping.yaml"));
    let config = story.read("lodge/config.example.yaml");
    let keys = "# functions: []\n\n# The path parameter org of every call. Without it no call is made.\n# org:\n\n\
                # The header parameter X-Team-ID of every call. Without it no call is made.\n# team_id:\n";
    assert!(config.ends_with(keys), "{config}");
    let compose = story.read("lodge/worker-compose.yaml");
    let keys = "    # Without these no call is made.\n    # config_override:\n    #   org: …\n    #   team_id: …\n";
    assert!(compose.ends_with(keys), "{compose}");
}

#[test]
fn a_server_or_key_that_is_no_plain_one_is_told_where_it_is_to_be_said() {
    let said = |servers: &str, schemes: &str| {
        let story = Story::begin();
        let document = format!(
            "openapi: 3.0.3\nservers: {servers}\npaths: {{/boxes: {{get: {{}}}}}}\ncomponents: {{securitySchemes: {schemes}}}\n"
        );
        fs::write(story.path("lair.yaml"), document).expect("to write");
        story.made("lair", &[&story.path("lair.yaml").to_string_lossy()]);
        let mapping = story.read("lair/spec/mapping.yaml");
        let lines = mapping
            .lines()
            .filter(|line| line.starts_with("  server: ") || line.starts_with("  auth: "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = [
        said("[{url: /v2}]", "{a: {type: http, scheme: basic}}"),
        said(
            "[{url: 'https://{x}.lair.example'}]",
            "{a: {type: apiKey, in: query, name: k}}",
        ),
        said(
            "[{url: 'https://{x}.lair.example', variables: {x: {default: eu}}}]",
            "{a: {type: apiKey, in: cookie, name: sid}, b: {type: oauth2}}",
        ),
        said(
            "[{url: 'https://lair.example'}]",
            "{a: {type: apiKey, in: header, name: Authorization}}",
        ),
        said("[]", "{}"),
        said(
            "[{url: 'http://localhost:3000'}, {url: 'https://{x}.lair.example', variables: {x: {default: eu}}}]",
            "{}",
        ),
    ];
    fresh("reached.txt", &told.join("\n"));
}

/// A main API with a key in a header, whose one server is a developer's machine and which runs programs.
const LAIR: &str = "
openapi: 3.0.3
servers: [{url: 'http://localhost:3000/v1'}]
components: {securitySchemes: {Key: {type: apiKey, in: header, name: X-Key}}}
paths:
  /boxes/{boxId}/exec:
    post:
      parameters: [{name: boxId, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [command], properties: {command: {type: string}}}
      responses:
        '200':
          description: What it wrote.
          content:
            application/json:
              schema:
                type: object
                required: [stdout, stderr, exit_code]
                properties: {stdout: {type: string}, stderr: {type: string}, exit_code: {type: integer}}
";

#[test]
fn a_further_api_is_told_who_calls_as_its_document_says() {
    let auth = |scheme: &str| {
        let story = Story::begin();
        let inside = format!(
            "openapi: 3.0.3\nservers: [{{url: 'https://inside.example'}}]\npaths: {{/ports: {{get: {{}}}}}}\ncomponents: \
             {{securitySchemes: {scheme}}}\n"
        );
        fs::write(story.path("lair.yaml"), LAIR).expect("to write");
        fs::write(story.path("inside.yaml"), inside).expect("to write");
        let documents = ["lair.yaml", "inside.yaml"].map(|name| story.path(name).to_string_lossy().into_owned());
        story.made("lair", &[&documents[0], &documents[1]]);
        let mapping = story.read("lair/spec/mapping.yaml");
        let checked = check_only(&story.path("lair/spec"));
        assert!(checked.is_ok(), "{mapping}\n{}", checked.unwrap_err());
        let lines = mapping
            .lines()
            .filter(|line| line.contains("auth: ") || line.contains("inside_token: "));
        lines.skip(1).map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = [
        auth("{Same: {type: apiKey, in: header, name: x-key}}"),
        auth("{'A token': {type: apiKey, in: header, name: X-Token}}"),
        auth("{Bearer: {type: http, scheme: bearer}}"),
        auth("{Cookie: {type: apiKey, in: cookie, name: sid}}"),
        auth("{}"),
    ];
    fresh("further.txt", &told.join("\n"));
}

#[test]
fn a_server_of_a_developer_is_told_to_be_none() {
    let story = Story::begin();
    fs::write(story.path("lair.yaml"), LAIR).expect("to write");
    let told = story.made("lair", &[&story.path("lair.yaml").to_string_lossy()]);
    assert!(
        told.contains("  server   http://localhost:3000/v1 is a stand-in"),
        "{told}"
    );
}

#[test]
fn files_are_served_by_programs_where_no_operation_has_them() {
    let story = Story::begin();
    fs::write(story.path("lair.yaml"), LAIR).expect("to write");
    let told = story.made("lair", &[&story.path("lair.yaml").to_string_lossy()]);
    assert!(told.contains("  maps     exec, list, fs::read, fs::write\n"), "{told}");
    let mapping = story.read("lair/spec/mapping.yaml");
    for line in [
        "\n  fs::read:\n    via: exec\n",
        "\n  fs::write:\n    via: exec\n",
        "\n  fs: ['fs::read', 'fs::write']\n",
    ] {
        assert!(mapping.contains(line), "{mapping}");
    }
}

#[test]
fn documents_are_copied_byte_for_byte() {
    let story = Story::begin();
    story.made("hutch", &DOCUMENTS);
    for (copy, document) in ["openapi.yaml", "files.json"].into_iter().zip(DOCUMENTS) {
        let copied = fs::read(story.path("hutch/spec").join(copy)).expect("a copy");
        let given = fs::read(tests().join("documents").join(document)).expect("a document");
        assert_eq!(copied, given);
    }
}

#[test]
fn what_is_made_passes_the_check_whatever_the_document_has_for_names() {
    for documents in [
        &DOCUMENTS[..],
        &["hutch.files.openapi.json"],
        &["odd.yaml"],
        &["odd.yaml", "odd.yaml"],
        &["den.openapi.yaml"],
    ] {
        let story = Story::begin();
        story.made("null", documents);
        let checked = check_only(&story.path("null/spec"));
        assert!(checked.is_ok(), "{documents:?}: {}", checked.unwrap_err());
    }
}

#[test]
fn the_server_is_the_one_that_is_given() {
    let story = Story::begin();
    let more = [
        "--server",
        "https://eu.hutch.example/",
        "--path",
        &story.path("hutch").to_string_lossy(),
    ]
    .map(String::from);
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    story.make_in(&workspace(), "hutch", &DOCUMENTS[..1], &more);
    let line = "server: {config: api_base, default: 'https://eu.hutch.example'}\n";
    assert!(story.read("hutch/spec/mapping.yaml").contains(line));
    assert!(
        story
            .read("hutch/config.example.yaml")
            .contains("# api_base: https://eu.hutch.example\n")
    );
}

#[test]
fn in_the_workspace_it_becomes_a_member() {
    let story = Story::begin();
    fs::create_dir_all(story.path("codegen")).expect("a folder");
    fs::write(story.path("Cargo.toml"), "[workspace]\n").expect("to write");
    fs::write(story.path("codegen/Cargo.toml"), "name = \"provider-codegen\"\n").expect("to write");
    let output = story.make_in(&story.path("codegen"), "hutch", &DOCUMENTS[..1], &[]);
    assert!(output.status.success(), "{output:?}");
    let manifest = story.read("providers/hutch/Cargo.toml");
    assert!(manifest.contains("provider-runtime.workspace = true"), "{manifest}");
    assert!(!manifest.contains("[workspace]"), "{manifest}");
    assert!(!story.path("providers/hutch/.cargo").exists());
}

#[test]
fn far_from_the_workspace_it_depends_on_versions() {
    let story = Story::begin();
    let output = story.make_in(&story.path(""), "hutch", &DOCUMENTS[..1], &[]);
    assert!(output.status.success(), "{output:?}");
    let manifest = story.read("sandbox-hutch/Cargo.toml");
    let line = format!("provider-runtime = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&line), "{manifest}");
}

#[test]
fn versions_are_those_of_the_workspace() {
    let story = Story::begin();
    story.made("hutch", &DOCUMENTS[..1]);
    let manifest = story.read("hutch/Cargo.toml");
    let workspace = fs::read_to_string(workspace().join("Cargo.toml")).expect("a manifest");
    let foreign = |line: &&str| line.contains(" = ") && line.contains('"') && !line.starts_with("provider-");
    let dependencies = manifest.lines().skip_while(|line| *line != "[dependencies]");
    for line in dependencies.filter(foreign) {
        assert!(
            workspace.lines().any(|known| known == line),
            "the workspace has another `{line}`"
        );
    }
}

#[test]
fn what_takes_its_time_is_told_before_it_begins() {
    let story = Story::begin();
    let (document, folder) = (tests().join("documents").join(DOCUMENTS[0]), story.path("hutch"));
    let request = Request {
        name: "hutch".to_owned(),
        documents: vec![document.clone()],
        server: None,
        path: Some(folder.clone()),
    };
    let mut told = Vec::new();
    let made = make(&request, &mut |doing| told.push(format!("{doing:?}")));
    assert!(made.is_ok());
    let said = |doing: Doing<'_>| format!("{doing:?}");
    assert_eq!(told.first(), Some(&said(Doing::Reading(&document))));
    assert!(told.contains(&said(Doing::Trying("create"))), "{told:?}");
    assert_eq!(told.last(), Some(&said(Doing::Writing(&folder))));
}
