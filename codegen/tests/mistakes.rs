//! Every mistake in `tests/mistakes` is found, once, and explained in full.

mod cases;
mod golden;

use std::collections::BTreeSet;

use provider_codegen::{check_only, diagnostic::Code, schema};

#[test]
fn the_spec_that_the_mistakes_are_made_in_is_sound() {
    let report = check_only(&golden::tests().join("shed"));
    assert!(report.is_ok(), "{}", report.expect_err("problems"));
}

#[test]
fn a_mistake_is_explained_as_its_expected_text_says() {
    let wrong: Vec<String> = cases::all()
        .into_iter()
        .filter_map(|case| {
            golden::holds(
                &golden::tests().join("mistakes").join(&case.name).join("expected.txt"),
                &case.run().1,
            )
            .err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_mistake_is_one_problem() {
    let cascades: Vec<String> = cases::all()
        .into_iter()
        .filter(|case| !case.name.starts_with("several-") && case.run().0.problems.len() != 1)
        .map(|case| case.name)
        .collect();
    assert_eq!(cascades, Vec::<String>::new());
}

#[test]
fn problems_come_in_the_order_of_their_places() {
    for case in cases::all() {
        let places: Vec<(String, usize)> = case
            .run()
            .0
            .problems
            .iter()
            .map(|p| (p.source.name.clone(), p.span.start))
            .collect();
        assert!(places.is_sorted(), "{}: {places:?}", case.name);
    }
}

#[test]
fn every_code_has_a_case() {
    let seen: BTreeSet<Code> = cases::all()
        .iter()
        .flat_map(|case| case.run().0.problems.into_iter().map(|p| p.code))
        .collect();
    let unseen: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| !code.is_of_refresh() && !seen.contains(code))
        .collect();
    assert!(unseen.is_empty(), "without a case in tests/mistakes: {unseen:?}");
}

#[test]
fn the_schemas_refuse_every_mistake_of_shape() {
    let validators = [schema::mapping(), schema::overlay()].map(|schema| {
        let schema = serde_json::from_str(&schema).expect("a schema");
        jsonschema::draft7::new(&schema).expect("a schema")
    });
    let mut taken = Vec::new();
    for case in cases::all() {
        for problem in case.run().0.problems {
            let of_shape = matches!(problem.code, Code::UnknownKey | Code::MissingKey | Code::WrongShape);
            let name = &problem.source.name;
            let validator = if name.ends_with("overlay.yaml") {
                &validators[1]
            } else {
                &validators[0]
            };
            let tree: serde_json::Value = serde_saphyr::from_str(&problem.source.text).unwrap_or_default();
            if of_shape && validator.is_valid(&tree) {
                taken.push(format!("{}: {}", case.name, problem.message));
            }
        }
    }
    assert!(taken.is_empty(), "the schemas take\n{}", taken.join("\n"));
}
