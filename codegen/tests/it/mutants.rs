//! Whatever is done to a sound spec: never a panic, never a problem without a place, never a pass whose code is broken.
//!
//! Mutants are made from `tests/shed` and from the provider's own spec. A failure is printed as the steps that lead to it.

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*};
use provider_codegen::{diagnostic::Report, generate};

use crate::{
    code,
    mutant::{Spec, any_change, config},
};

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn a_mutant_of_the_mapping_is_explained_or_generates(changes in vec(any_change(), 1..3)) {
        let mut spec = Spec::read("tests/shed");
        changes.iter().for_each(|change| change.apply(&mut spec.mapping));
        holds(&spec)?;
    }

    #[test]
    fn a_mutant_of_the_document_is_explained_or_generates(changes in vec(any_change(), 1..4)) {
        let mut spec = Spec::read("tests/shed");
        changes.iter().for_each(|change| change.apply(&mut spec.document));
        holds(&spec)?;
    }

    #[test]
    fn a_mutant_of_the_text_is_explained_or_generates(at in 0.0..1.0f64, length in 0..40usize, text in "[ \\t\\n\\[{}:,'\"#&*!|>%@`a-c$.-]{0,4}") {
        let folder = tempfile::tempdir().expect("a folder");
        Spec::read("tests/shed").write(folder.path());
        let sound = include_str!("../shed/mapping.yaml");
        let start = (sound.len() as f64 * at) as usize;
        let end = (start + length).min(sound.len());
        let mutant = format!("{}{text}{}", &sound[..start], &sound[end..]);
        fs::write(folder.path().join("mapping.yaml"), mutant).expect("to write");
        is_explained_or_generates(folder.path())?;
    }
}

proptest! {
    #![proptest_config(config(25))]

    #[test]
    fn a_mutant_of_the_providers_spec_is_explained_or_generates(mapping in vec(any_change(), 0..2), document in vec(any_change(), 1..30)) {
        let mut spec = Spec::read("../spec");
        mapping.iter().for_each(|change| change.apply(&mut spec.mapping));
        document.iter().for_each(|change| change.apply(&mut spec.document));
        holds(&spec)?;
    }
}

fn holds(spec: &Spec) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a folder");
    spec.write(folder.path());
    is_explained_or_generates(folder.path())
}

fn is_explained_or_generates(folder: &Path) -> Result<(), TestCaseError> {
    match generate(folder) {
        Ok(generated) => code::is_sound(&generated).map_err(TestCaseError::fail),
        Err(report) => has_places(&report, folder),
    }
}

fn has_places(report: &Report, folder: &Path) -> Result<(), TestCaseError> {
    prop_assert!(!report.problems.is_empty());
    for problem in &report.problems {
        let text = fs::read_to_string(&problem.source.name).expect("a file of the spec");
        let (line, column) = problem.source.line_column(problem.span.start);
        prop_assert!(Path::new(&problem.source.name).starts_with(folder), "{report}");
        prop_assert!(
            line >= 1 && column >= 1 && line <= text.lines().count().max(1) + 1,
            "{report}"
        );
        prop_assert!(
            problem.span.start <= problem.span.end && problem.span.end <= text.len(),
            "{report}"
        );
        prop_assert!(!problem.message.is_empty() && problem.help.is_some(), "{report}");
    }
    prop_assert!(report.render(false).ends_with(" found\n"), "{report}");
    Ok(())
}
