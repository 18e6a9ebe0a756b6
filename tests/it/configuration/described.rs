//! What is said of the keys: by the schema, the example file, the page for operators and the files of a new package.
//! `UPDATE_GOLDENS=1` rewrites the example file.

use std::{env, fs};

use testkit::configuration::Keys;

use super::ENTRY;
use crate::WORKER;

const EXAMPLE: &str = "config.example.yaml";

#[tokio::test]
async fn the_example_file_says_what_the_schema_says() {
    let example = Keys::of(WORKER, ENTRY).await.example();
    if env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(EXAMPLE, &example).expect("a file");
    }
    let kept = fs::read_to_string(EXAMPLE).expect("an example");
    assert_eq!(kept, example, "{EXAMPLE} is stale: run the test with UPDATE_GOLDENS=1");
}

#[tokio::test]
async fn a_new_package_has_the_same_example_file() {
    let template = fs::read_to_string("codegen/templates/new/config.example.yaml.j2").expect("a template");
    let keys = Keys::of(WORKER, ENTRY).await;
    let text = |key: &str| keys.defaults[key].as_str().expect("text");
    let filled_in = template
        .replace("{{ server }}", text("api_base"))
        .replace("{{ key }}", text("api_key_env"));
    // Which functions are optional depends on the mapping.
    let shared = |text: &str| {
        let (shared, _) = text.split_once("\n# The optional functions").expect("the last key");
        shared.to_owned()
    };
    assert_eq!(shared(&filled_in), shared(&keys.example()));
}

#[tokio::test]
async fn the_readme_has_every_key_with_its_default() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let (_, table) = readme.split_once("| key | default | |\n").expect("a table");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let keys = Keys::of(WORKER, ENTRY).await;
    let named: Vec<&str> = rows.iter().map(|cells| cells[1]).collect();
    assert_eq!(named, keys.properties.keys().collect::<Vec<_>>());
    for cells in rows {
        let (key, default) = (cells[1], cells[2]);
        let Some(expected) = keys.properties[key].get("default") else {
            continue;
        };
        let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
        assert_eq!(default, expected, "{key}");
    }
}
