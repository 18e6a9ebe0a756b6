use super::{Story, tests};

#[test]
fn a_document_is_listed_with_what_is_repaired_and_refused() {
    let mut story = Story::begin();
    let shapes = tests().join("cli/shapes/openapi.yaml");
    std::fs::copy(shapes, story.folder.path().join("shapes.yaml")).unwrap();
    assert_eq!(story.run(&["inspect", "shapes.yaml"]), 0);
    story.is_told_as("inspect");
}

#[test]
fn every_place_is_shown_when_asked_for() {
    let mut story = Story::begin();
    std::fs::copy(
        tests().join("cli/shapes/openapi.yaml"),
        story.folder.path().join("shapes.yaml"),
    )
    .unwrap();
    story.run(&["inspect", "shapes.yaml", "--all"]);
    assert!(!story.told.contains("more\n"), "{}", story.told);
}

#[test]
fn what_is_no_openapi_document_is_a_problem() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["inspect", "spec/overlay.yaml"]), 1);
    assert_eq!(story.run(&["inspect", "nowhere.json"]), 1);
    story.is_told_as("inspect-refused");
}

#[test]
fn servers_and_keys_are_told_with_how_the_mapping_says_them() {
    let mut story = Story::begin();
    let den = tests().join("new/documents/den.openapi.yaml");
    std::fs::copy(den, story.folder.path().join("den.yaml")).unwrap();
    assert_eq!(story.run(&["inspect", "den.yaml"]), 0);
    let told = story
        .told
        .split("\n\n")
        .find(|part| part.starts_with("How it is reached"));
    story.told = format!("{}\n", told.expect("a section"));
    story.is_told_as("inspect-reached");
}
