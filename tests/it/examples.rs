//! The examples of spec/, each a test of the worker.

use std::path::Path;

use provider_codegen::generate;
use serde_json::Value;

testkit::examples!(crate::WORKER);

/// How each example of each function of a mapping ends.
fn ends(spec: &str) -> Vec<(String, Vec<Value>)> {
    let generated = generate(Path::new(spec)).unwrap_or_else(|report| panic!("{report}"));
    let written: Value = serde_json::from_str(&generated.examples).expect("JSON");
    let functions = written["functions"].as_array().expect("functions").iter();
    let ended = functions.map(|function| {
        let examples = function["examples"].as_array().expect("examples").iter();
        let name = function["name"].as_str().expect("a name").to_owned();
        (name, examples.map(|example| example["end"].clone()).collect())
    });
    ended.collect()
}

#[test]
fn every_function_has_a_success_a_refusal_and_a_bad_input() {
    let functions = ends("spec");
    assert!(functions.len() > 7, "{functions:?}");
    for (function, ends) in functions {
        let code = |end: &Value| end["error"]["code"].as_str().map(str::to_owned);
        let codes: Vec<String> = ends.iter().filter_map(code).collect();
        assert!(ends.iter().any(|end| end.get("output").is_some()), "{function}");
        // What a list is refused by is told in its output.
        let refused = codes.iter().any(|code| code != "S001") || function == "list" && ends.len() > 2;
        assert!(
            refused && codes.iter().any(|code| code == "S001"),
            "{function}: {codes:?}"
        );
    }
}

#[test]
fn every_function_of_the_siblings_has_an_example() {
    for spec in ["providers/e2b/spec", "providers/daytona/spec"] {
        for (function, ends) in ends(spec) {
            assert!(!ends.is_empty(), "{spec}: {function}");
        }
    }
}
