//! What passes the check compiles: mappings that use each construct, and mutants of sound specs, really built.
//!
//! `mutants.rs` holds many more mutants against the client's types, but only the compiler knows all rules. All that is
//! generated here becomes one crate, so that it is compiled at once.

mod package;

use std::path::Path;

use proptest::{
    collection::vec,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use provider_codegen::{Generated, generate};

use crate::mutant::{self, Change, Spec};
use package::Package;

/// Mutants of each spec that are built. They are the same in every run.
const MUTANTS: usize = 4;

#[test]
fn what_passes_the_check_compiles() {
    let mut package = Package::new();
    for construct in [
        "absent",
        "bodies",
        "bytes",
        "declared",
        "empty",
        "hooks",
        "lives",
        "names",
        "operators",
        "pages",
        "streams",
        "two_ids",
        "untagged",
    ] {
        let folder = Path::new("tests/compiled").join(construct);
        let generated = generate(&folder).unwrap_or_else(|report| panic!("{report}"));
        package.add(construct, &generated);
    }
    let specs = [
        ("shed", "tests/shed"),
        ("own", "../spec"),
        ("toolbox", "../fixtures/toolbox/spec"),
    ];
    for (name, folder) in specs {
        for (n, generated) in mutants(folder).iter().enumerate() {
            package.add(&format!("{name}_{n}"), generated);
        }
    }
    package.builds();
}

/// What is generated from mutants that pass the check, each with other code than the sound spec.
fn mutants(spec: &str) -> Vec<Generated> {
    let sound = generate(Path::new(spec))
        .unwrap_or_else(|report| panic!("{report}"))
        .provider;
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let changes = vec(mutant::any_change(), 1..5);
    let mutants = std::iter::repeat_with(|| changes.new_tree(&mut runner).expect("changes").current());
    let generated = mutants.filter_map(|changes| mutated(spec, &changes));
    generated
        .filter(|mutant| mutant.provider != sound)
        .take(MUTANTS)
        .collect()
}

/// The mapping is changed: of the document's changes most are never read.
fn mutated(spec: &str, changes: &[Change]) -> Option<Generated> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut mutant = Spec::read(spec);
    changes.iter().for_each(|change| change.apply(&mut mutant.mapping));
    mutant.write(folder.path());
    generate(folder.path()).ok()
}
