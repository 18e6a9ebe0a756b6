//! Every test that docs/reliability.md names is there.

use std::fs;

/// The `file.rs::test` of the page, in its order.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once(".rs::")).collect()
}

#[test]
fn every_proof_is_a_test() {
    let page = fs::read_to_string("docs/reliability.md").expect("the page");
    let named = named(&page);
    assert!(named.len() > 30, "{} proofs", named.len());
    for (file, test) in named {
        let source = fs::read_to_string(format!("{file}.rs")).unwrap_or_else(|error| panic!("{file}.rs: {error}"));
        let (before, _) = source
            .split_once(&format!("fn {test}("))
            .unwrap_or_else(|| panic!("{file}.rs has no {test}"));
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        let is_test = ["#[test]", "#[tokio::test"].iter().any(|one| attributes.contains(one));
        assert!(is_test, "{test} is no test");
    }
}
