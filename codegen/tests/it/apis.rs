//! Several APIs of one provider: whose an operation is decides where a call goes and with which key.

use std::fs;

use provider_codegen::{Generated, diagnostic::Report, generate, stub::Operations};

const MAIN: &str =
    "openapi: 3.0.3\npaths:\n  /boxes: {get: {operationId: listBoxes}}\n  /look: {get: {operationId: look}}\n";
const TOOLS: &str =
    "openapi: 3.0.3\npaths:\n  /run: {post: {operationId: runCommand}}\n  /see: {get: {operationId: look}}\n";

const HEAD: &str = "provider: boxes
api:
  document: main.yaml
  server: {config: api_base, default: 'https://boxes.example'}
  auth: {bearer: {env: {config: api_key_env, default: BOXES_KEY}}}
apis:
  tools: {document: tools.yaml, server: 'https://tools.example', auth: none}
functions:
  probe:
    description: Probes.
    input: {type: object, properties: {}}
    output: {type: object, properties: {}}
    answer: {}
";

/// The folder with both documents and a function that makes this call.
fn spec(main: &str, call: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = format!("{HEAD}    call: {call}\n");
    for (name, text) in [
        ("mapping.yaml", mapping.as_str()),
        ("main.yaml", main),
        ("tools.yaml", TOOLS),
    ] {
        fs::write(folder.path().join(name), text).expect("to write");
    }
    folder
}

fn called(main: &str, call: &str) -> Result<Generated, Report> {
    generate(spec(main, call).path())
}

/// The one refusal: its message and help.
fn refused(main: &str, call: &str) -> (String, String) {
    let problems = called(main, call).expect_err("a refusal").problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    (
        problems[0].message.clone(),
        problems[0].help.clone().unwrap_or_default(),
    )
}

#[test]
fn an_operation_of_a_further_api_goes_to_its_server_without_the_key() {
    for call in ["tools:POST /run", "tools:runCommand"] {
        let provider = called(MAIN, call).expect("a sound spec").provider;
        let elsewhere = "cx.client_at(\"https://tools.example\".to_owned(), Key::Kept)";
        assert!(provider.contains(elsewhere), "{call}: {provider}");
        assert!(provider.contains("|| api.run_command()"), "{call}: {provider}");
    }
}

#[test]
fn an_id_that_two_apis_have_is_that_of_the_api_that_is_named() {
    let main = called(MAIN, "look").expect("a sound spec").provider;
    assert!(
        main.contains("call: \"GET /look\"") && !main.contains("client_at"),
        "{main}"
    );
    let further = called(MAIN, "tools:look").expect("a sound spec").provider;
    assert!(
        further.contains("call: \"GET /see\"") && further.contains("client_at"),
        "{further}"
    );
}

#[test]
fn an_operation_of_another_api_is_refused_until_that_api_is_named() {
    for (call, whose, help) in [
        ("runCommand", "the API `tools`", "tools:runCommand"),
        ("POST /run", "the API `tools`", "tools:POST /run"),
        ("tools:listBoxes", "the main API", "listBoxes"),
        ("tools:GET /boxes", "the main API", "GET /boxes"),
    ] {
        let (message, said) = refused(MAIN, call);
        assert_eq!(message, format!("the document has no operation `{call}`"));
        assert_eq!(said, format!("it is an operation of {whose}: write `{help}`"));
    }
}

#[test]
fn a_misspelt_operation_is_likened_to_those_of_its_api() {
    assert_eq!(refused(MAIN, "tools:runComand").1, "did you mean `tools:runCommand`?");
    assert_eq!(
        refused(MAIN, "tools:POST /runs").1,
        "did you mean `tools:POST /run`? If the document leaves it out, add it in the overlay below `$.paths`"
    );
}

#[test]
fn an_exact_name_comes_before_a_loose_one() {
    let main = "openapi: 3.0.3\npaths:\n  /a: {get: {operationId: look__out}}\n  /b: {get: {operationId: look_out}}\n";
    let provider = called(main, "look_out").expect("a sound spec").provider;
    assert!(provider.contains("call: \"GET /b\""), "{provider}");
}

#[test]
fn a_name_of_several_operations_is_refused_with_all_of_them() {
    let main = "openapi: 3.0.3\npaths:\n  /a: {get: {operationId: look}}\n  /b: {get: {operationId: look}}\n";
    let (message, help) = refused(main, "look");
    assert_eq!(message, "`look` is the id of several operations: `GET /a`, `GET /b`");
    assert_eq!(help, "write `GET /a`, or another of them");
}

#[test]
fn a_stub_names_the_api_of_its_operation() {
    let operations = Operations::read(spec(MAIN, "look").path()).expect("a sound spec");
    let stub = operations.stub("tools:runCommand").expect("a stub");
    assert!(stub.contains("call: tools:POST /run\n"), "{stub}");
    assert_eq!(operations.stub("runCommand"), None);
}

#[test]
fn what_a_document_says_under_our_name_for_further_apis_is_not_an_api() {
    for said in ["foo", "[1]", "{tools: 7}", "{tools: {paths: {/x: {get: {}}}}}", "null"] {
        let main = format!("{MAIN}x-apis: {said}\n");
        let provider = called(&main, "tools:runCommand").expect("a sound spec").provider;
        assert!(provider.contains("call: \"POST /run\""), "{said}: {provider}");
    }
}
