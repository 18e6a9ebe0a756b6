//! What makes nothing, and says why.

use std::fs;

use super::{Story, fresh, text};

#[test]
fn what_cannot_be_a_worker_is_refused_and_nothing_is_left() {
    let told = [
        refused("hutch", &["swagger.yaml"]),
        refused("hutch", &["hutch.openapi.yaml", "not.yaml"]),
        refused("hutch", &["hutch.openapi.yaml", "nowhere.yaml", "swagger.yaml"]),
        refused("Hutch", &["hutch.openapi.yaml"]),
        refused("../hutch", &["hutch.openapi.yaml"]),
        refused("9hutch", &["hutch.openapi.yaml"]),
    ];
    fresh("refused.txt", &told.join("\n"));
}

#[test]
fn a_server_must_be_a_url() {
    let story = Story::begin();
    let output = story.make_in(
        &story.path(""),
        "hutch",
        &["hutch.openapi.yaml"],
        &["--server", "hutch.example"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`hutch.example` is not an http or https URL"));
    assert_eq!(story.files(), Vec::<String>::new());
}

#[test]
fn a_folder_that_exists_is_left_alone() {
    let story = Story::begin();
    fs::create_dir(story.path("hutch")).expect("a folder");
    fs::write(story.path("hutch/mine"), "").expect("to write");
    let output = story.make("hutch", &["hutch.openapi.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("hutch exists: remove it, or give another --path"));
    assert_eq!(story.files(), ["hutch/mine"]);
}

#[test]
fn a_name_that_the_workspace_has_is_refused() {
    let story = Story::begin();
    fs::create_dir_all(story.path("codegen")).expect("a folder");
    fs::write(
        story.path("Cargo.toml"),
        "[workspace]\n[package]\nname = \"sandbox-hutch\"\n",
    )
    .expect("to write");
    fs::write(story.path("codegen/Cargo.toml"), "name = \"provider-codegen\"\n").expect("to write");
    let output = story.make_in(&story.path(""), "hutch", &["hutch.openapi.yaml"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is called sandbox-hutch already"));
    assert!(!story.path("providers").exists());
}

/// The text that a person sees.
fn refused(name: &str, documents: &[&str]) -> String {
    let story = Story::begin();
    let output = story.make_in(&story.path(""), name, documents, &[]);
    assert_eq!(story.files(), Vec::<String>::new());
    let documents_folder = super::tests().join("documents");
    let shown = text(&output.stderr).replace(&documents_folder.display().to_string(), "…");
    let status = output.status.code().expect("a status");
    format!(
        "$ cargo codegen new {name} --document {}\n{shown}[exit status {status}]\n",
        documents.join(" ")
    )
}
