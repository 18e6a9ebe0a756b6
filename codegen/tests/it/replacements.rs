//! Whatever a new document is: one that breaks nothing can replace the old one, and none upsets those who read it.

use proptest::{collection::vec, prelude::*};
use provider_codegen::{check_only, inspect::inspect, refresh::refresh, stub::Operations};

use crate::mutant::{Change, Spec, any_change, config};

proptest! {
    #![proptest_config(config(50))]

    #[test]
    fn a_document_that_breaks_nothing_can_replace_the_old_one(changes in vec(any_change(), 1..4)) {
        let sound = tempfile::tempdir().expect("a folder");
        Spec::read("tests/shed").write(sound.path());
        let comparison = refresh(&mutant(&changes).path().join("openapi.yaml"), sound.path(), None);
        if let Ok(comparison) = comparison && !comparison.breaks() {
            comparison.replace().expect("to replace");
            let held = check_only(sound.path());
            prop_assert!(held.is_ok(), "nothing breaks, but: {}", held.unwrap_err());
        }
    }

    #[test]
    fn any_document_can_be_inspected_and_laid_out(changes in vec(any_change(), 1..8)) {
        let folder = mutant(&changes);
        let _ = inspect(&folder.path().join("openapi.yaml"), true);
        if let Ok(operations) = Operations::read(folder.path()) {
            for label in operations.labels() {
                prop_assert!(operations.stub(&label).is_some(), "{label}");
            }
        }
    }
}

/// A folder with the sound spec, but for changes of its document.
fn mutant(changes: &[Change]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut spec = Spec::read("tests/shed");
    changes.iter().for_each(|change| change.apply(&mut spec.document));
    spec.write(folder.path());
    folder
}
