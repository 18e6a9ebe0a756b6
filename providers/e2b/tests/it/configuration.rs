//! The example file of the configuration; `UPDATE_GOLDENS=1` rewrites it.

use std::{env, fs};

use testkit::configuration::Keys;

use crate::WORKER;

const EXAMPLE: &str = "config.example.yaml";

#[tokio::test]
async fn the_example_file_says_what_the_schema_says() {
    let example = Keys::of(WORKER, "sandbox-e2b").await.example();
    if env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(EXAMPLE, &example).expect("a file");
    }
    let kept = fs::read_to_string(EXAMPLE).expect("an example");
    assert_eq!(kept, example, "{EXAMPLE} is stale: run the test with UPDATE_GOLDENS=1");
}
