use std::path::Path;

use super::{Story, fresh};

#[test]
fn the_schemas_are_written_once_and_then_fresh() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["schema", "--check"]), 1);
    assert_eq!(story.run(&["schema", "--write", "spec"]), 0);
    assert_eq!(story.run(&["schema", "--check", "spec"]), 0);
    story.is_told_as("schema-written");
}

#[test]
fn each_schema_can_be_printed() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["schema", "mapping"]), 0);
    assert!(story.told.contains("http://json-schema.org/draft-07/schema#"));
    assert_eq!(story.run(&["schema", "overlay"]), 0);
    assert!(story.told.contains("What is wrong upstream."));
    assert_eq!(story.run(&["schema", "examples"]), 0);
    assert!(story.told.contains("It is the name of a test."));
}

#[test]
fn the_schemas_beside_the_spec_of_this_repository_are_fresh() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    for (name, text) in provider_codegen::schema::files() {
        fresh(&spec.join(name), &text);
    }
    for file in ["mapping", "examples", "overlay"] {
        let text = std::fs::read_to_string(spec.join(file).with_extension("yaml")).unwrap();
        let line = format!("# yaml-language-server: $schema={file}.schema.json");
        assert_eq!(text.lines().next(), Some(line.as_str()));
    }
}
