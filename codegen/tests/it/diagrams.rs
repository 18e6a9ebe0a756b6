//! The sequence diagrams of `docs/functions.md`: Mermaid takes them, whatever the mapping and its document say.

use std::{fs, path::Path};

use proptest::prelude::*;
use provider_codegen::explain::Explained;

use crate::golden;

/// A mapping of these changes of the sound one, and its page.
fn page(mapping: &[(&str, &str)], document: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["mapping.yaml", "openapi.yaml", "overlay.yaml"] {
        let mut text = fs::read_to_string(golden::tests().join("shed").join(file)).expect("a sound file");
        for (old, new) in if file == "mapping.yaml" { mapping } else { document } {
            text = text.replace(old, new);
        }
        fs::write(folder.path().join(file), text).expect("to write");
    }
    read(folder.path())
}

fn read(spec: &Path) -> String {
    let explained = Explained::read(spec).unwrap_or_else(|report| panic!("{report}"));
    explained.markdown()
}

fn diagrams(page: &str) -> Vec<&str> {
    let after = page.split("```mermaid\n").skip(1);
    after.map(|text| text.split("```").next().unwrap_or_default()).collect()
}

/// A text as Mermaid reads it to the end of its line: an entity has its `#` and `;`, and neither stands alone.
fn is_text(text: &str) -> bool {
    let mut parts = text.split('#');
    let begins = parts.next().is_some_and(|plain| !plain.contains(';'));
    begins
        && !text.starts_with("%%")
        && parts.all(|part| {
            let entity = part.split_once(';');
            entity.is_some_and(|(number, plain)| number.parse::<u32>().is_ok() && !plain.contains(';'))
        })
}

/// Whether each line is a statement, blocks are closed, and only participants speak.
fn assert_well_formed(diagram: &str) {
    let mut lines = diagram.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"), "{diagram}");
    let mut participants = Vec::new();
    let mut depth = 0;
    for line in lines.map(str::trim) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "participant" => participants.push(rest.split(" as ").next().unwrap_or_default()),
            "Note" => assert!(rest.strip_prefix("over worker: ").is_some_and(is_text), "{line}"),
            "loop" | "opt" => {
                assert!(is_text(rest), "{line}");
                depth += 1;
            }
            "end" => depth -= 1,
            _ => {
                let (who, text) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
                let (from, to) = who
                    .split_once("-->>")
                    .or(who.split_once("->>"))
                    .unwrap_or_else(|| panic!("{line}"));
                assert!(participants.contains(&from) && participants.contains(&to), "{line}");
                assert!(is_text(text), "{line}");
            }
        }
    }
    assert_eq!(depth, 0, "{diagram}");
    let once: std::collections::BTreeSet<_> = participants.iter().collect();
    assert_eq!(once.len(), participants.len(), "{participants:?}");
}

#[test]
fn what_is_special_to_mermaid_is_shown_as_it_is() {
    let page = page(&[("until: {state: [standing]}", "until: {plan: ['#59; of a;b']}")], &[]);
    assert!(page.contains("until plan is #35;59#59; of a#59;b"), "{page}");
    diagrams(&page).into_iter().for_each(assert_well_formed);
}

#[test]
fn who_is_called_like_a_statement_or_like_the_worker_is_a_participant_all_the_same() {
    for name in ["end", "box", "note", "loop", "caller", "worker"] {
        let page = page(&[("provider: shed", &format!("provider: {name}"))], &[]);
        let diagrams = diagrams(&page);
        assert!(!diagrams.is_empty(), "{name}");
        for diagram in diagrams {
            assert!(
                diagram.contains(&format!("participant api_{name} as {name}\n")),
                "{diagram}"
            );
            assert!(!diagram.contains(&format!(">>{name}: POST")), "{diagram}");
            assert_well_formed(diagram);
        }
    }
}

#[test]
fn what_a_diagram_shows_and_what_is_listed_are_the_same_calls() {
    for spec in [
        "../spec",
        "tests/shed",
        "../fixtures/oddities/spec",
        "../fixtures/toolbox/spec",
    ] {
        let page = read(Path::new(spec));
        for section in page.split("\n## ").filter(|section| section.contains("```mermaid")) {
            let listed = section
                .split("\nEndpoints: ")
                .nth(1)
                .and_then(|rest| rest.split(".\n").next());
            let mut listed: Vec<&str> = listed.unwrap_or_default().split(", ").collect();
            listed
                .iter_mut()
                .for_each(|text| *text = text.trim_end_matches(" to undo").trim_matches('`'));
            listed
                .iter_mut()
                .for_each(|text| *text = text.split_once(':').map_or(*text, |(_, rest)| rest));
            let diagram = diagrams(section)[0];
            let requests = diagram.lines().filter(|line| line.contains("worker->>"));
            let drawn: Vec<&str> = requests
                .filter_map(|line| line.split_once(": "))
                .map(|(_, text)| text)
                .collect();
            let missing: Vec<&&str> = drawn.iter().filter(|text| !listed.contains(text)).collect();
            assert!(missing.is_empty(), "{spec}: {missing:?} of\n{section}");
            assert!(
                listed.iter().all(|text| drawn.contains(text)),
                "{spec}: {listed:?} of\n{section}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_diagram_is_well_formed_whatever_a_mapping_says(text in "[#;:|\"'%<>&{}a-z0-9 \n\t-]{0,12}", more in any::<String>()) {
        // A state that is empty is a mistake.
        let quoted = serde_json::to_string(&format!(".{text}{more}")).expect("JSON");
        let until = format!("until: {{plan: [{quoted}]}}");
        let reject = "          reject: {note: [refused]}";
        let when = format!("{reject}\n          when: {{$look.plan: {{not: [{quoted}]}}}}");
        let page = page(&[("until: {state: [standing]}", &until), (reject, &when)], &[]);
        diagrams(&page).into_iter().for_each(assert_well_formed);
    }
}
