use std::{fs, path::Path};

use provider_codegen::explain::Explained;

use super::{Story, fresh};

#[test]
fn a_function_is_explained_from_its_inputs_to_its_answer() {
    let mut story = Story::begin();
    for function in ["create", "stop", "list", "note"] {
        assert_eq!(story.run(&["explain", "spec", function]), 0);
    }
    story.is_told_as("explain-functions");
}

#[test]
fn a_poll_waits_for_all_its_states_and_fails_with_any() {
    let mut story = Story::begin();
    let poll = "until: {state: [standing], plan: [big, small]}, fail: {state: [ruined], plan: [none]}";
    let sound = "until: {state: [standing]}, fail: {state: [ruined]}";
    story.change("spec/mapping.yaml", "spec/mapping.yaml", &[(sound, poll)]);
    assert_eq!(story.run(&["explain", "create"]), 0);
    let words: Vec<&str> = story.told.split_whitespace().collect();
    let told = "until state is standing and plan is big or small; fails if state is ruined, or plan is none";
    assert!(words.join(" ").contains(told), "{}", story.told);
}

#[test]
fn the_whole_is_explained_with_its_capabilities() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["explain"]), 0);
    for part in [
        "Capabilities\n",
        "  snapshot     no\n",
        "\ncreate (mapping.yaml:",
        "\nnote (mapping.yaml:",
    ] {
        assert!(story.told.contains(part), "{part}");
    }
}

#[test]
fn a_single_argument_that_is_no_folder_is_a_function() {
    let mut story = Story::begin();
    story.run(&["explain", "stop"]);
    story.run(&["explain", "stopp"]);
    story.is_told_as("explain-one-argument");
}

#[test]
fn several_functions_are_explained_one_after_the_other() {
    let mut one = Story::begin();
    assert_eq!(one.run(&["explain", "spec", "stop"]), 0);
    let mut both = Story::begin();
    assert_eq!(both.run(&["explain", "spec", "list", "stop"]), 0);
    assert_eq!(both.run(&["explain", "list", "note"]), 0);
    assert_eq!(both.run(&["explain", "stop"]), 0);
    let told = |story: &Story, name: &str| story.told.matches(&format!("\n{name} (mapping.yaml:")).count();
    assert_eq!((told(&one, "stop"), told(&one, "list")), (1, 0), "{}", one.told);
    assert_eq!(
        (told(&both, "list"), told(&both, "stop"), told(&both, "note")),
        (2, 2, 1),
        "{}",
        both.told
    );
    assert_eq!(both.run(&["explain", "spec", "list", "stpo"]), 2);
    assert!(
        both.told.contains("no function `stpo`: did you mean `stop`?"),
        "{}",
        both.told
    );
}

#[test]
fn the_reference_page_is_written_once_and_then_fresh() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["explain", "--markdown", "--check"]), 1);
    assert_eq!(story.run(&["explain", "--markdown"]), 0);
    assert_eq!(story.run(&["explain", "--markdown", "--check"]), 0);
    story.told.push_str(&story.read("docs/functions.md"));
    story.is_told_as("explain-markdown");
}

#[test]
fn examples_are_named_and_the_page_shows_what_they_send() {
    let mut story = Story::begin();
    story.exemplify();
    assert_eq!(story.run(&["explain", "stop"]), 0);
    assert_eq!(story.run(&["explain", "--markdown"]), 0);
    let page = story.read("docs/functions.md");
    let shown = page
        .split("\nExample: ")
        .skip(1)
        .map(|example| example.split("\n## ").next());
    story.told.push_str(&shown.flatten().collect::<String>());
    story.is_told_as("explain-examples");
}

#[test]
fn a_mapping_with_mistakes_is_not_explained() {
    let mut story = Story::begin();
    story.change(
        "spec/mapping.yaml",
        "spec/mapping.yaml",
        &[("$ready.built", "$ready.bilt")],
    );
    assert_eq!(story.run(&["explain", "create"]), 1);
    assert!(story.told.contains("did you mean `built`?"), "{}", story.told);
}

#[test]
fn every_fixture_can_be_explained() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    for fixture in fs::read_dir(fixtures).unwrap().flatten() {
        let spec = fixture.path().join("spec");
        if spec.is_dir() {
            let explained = Explained::read(&spec).map_err(|report| report.to_string()).unwrap();
            for name in explained.functions() {
                assert!(explained.all().contains(&explained.function(name).unwrap()), "{name}");
            }
            assert!(explained.markdown().contains("## Codes"));
        }
    }
}

#[test]
fn the_pages_of_the_workers_in_this_repository_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let providers = fs::read_dir(root.join("providers")).expect("the providers");
    let providers = providers.map(|provider| provider.expect("a provider").path());
    for package in providers.filter(|path| path.is_dir()).chain([root]) {
        let explained = Explained::read(&package.join("spec"))
            .map_err(|report| report.to_string())
            .unwrap();
        fs::create_dir_all(package.join("docs")).unwrap();
        fresh(&package.join("docs/functions.md"), &explained.markdown());
    }
}
