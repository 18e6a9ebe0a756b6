//! Every test that the pages of `docs/` name is there, and the fault suite is for every mapping.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sources::{entries, text};

/// The `file.rs::test` of the page, in its order.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once(".rs::")).collect()
}

#[test]
fn every_proof_is_a_test() {
    let page = ["reliability", "architecture", "constructs"]
        .map(|page| text(format!("docs/{page}.md")))
        .concat();
    let named = named(&page);
    assert!(named.len() > 30, "{} proofs", named.len());
    for (file, test) in named {
        let source = text(format!("{file}.rs"));
        let (before, _) = source
            .split_once(&format!("fn {test}("))
            .unwrap_or_else(|| panic!("{file}.rs has no {test}"));
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        let is_test = ["#[test]", "#[tokio::test"].iter().any(|one| attributes.contains(one));
        assert!(is_test, "{test} is no test");
    }
}

#[test]
fn every_architecture_invariant_names_its_test() {
    let page = text("docs/architecture.md");
    let invariants: Vec<_> = page.split("**Architecture Invariant:**").skip(1).collect();
    assert!(invariants.len() > 10, "{} invariants", invariants.len());
    for invariant in invariants {
        let paragraph = invariant.split("\n\n").next().unwrap_or_default();
        assert!(!named(paragraph).is_empty(), "no test is named by:{paragraph}");
    }
}

/// All packages with a mapping by which it can be found what a lost answer has started.
fn workers() -> Vec<PathBuf> {
    let packages = ["fixtures", "providers"].map(|folder| entries(Path::new(folder)));
    let packages = packages.into_iter().flatten().chain([".".into()]);
    packages
        .filter(|package| {
            let mapping = fs::read_to_string(package.join("spec/mapping.yaml"));
            mapping.is_ok_and(|text| !text.contains("\n  untagged: "))
        })
        .collect()
}

/// Whether a test runs all of the suite and holds its table against this mapping.
fn kills_all_of(mapping: &Path, test: &Path) -> bool {
    let source = fs::read_to_string(test).unwrap_or_default();
    // It may be read for all tests of the package.
    let main = fs::read_to_string(test.with_file_name("main.rs")).unwrap_or_default();
    let quoted = |source: &str| {
        let (_, rest) = source.split_once("include_str!(\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let Some(named) = quoted(&source).or_else(|| quoted(&main)) else {
        return false;
    };
    let named = test.parent().expect("a folder").join(named).canonicalize();
    let runs = ["kill_every_call(", "left_alone(MAPPING)", "storm("];
    named.ok() == mapping.canonicalize().ok() && runs.iter().all(|part| source.contains(part))
}

#[test]
fn the_fault_suite_runs_for_every_mapping() {
    let workers = workers();
    assert!(workers.len() > 6, "{workers:?}");
    for package in workers {
        let mapping = package.join("spec/mapping.yaml");
        let folders = ["tests/it", "tests/load"].map(|folder| package.join(folder));
        let mut tests = folders.iter().flat_map(|folder| entries(folder));
        let is_held = tests.any(|test| kills_all_of(&mapping, &test));
        assert!(is_held, "no test kills every call of {}", mapping.display());
    }
}
