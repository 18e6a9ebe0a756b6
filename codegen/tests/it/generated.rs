//! What is generated, as files: a change of the generator shows in review as a change of these.
//!
//! `UPDATE_GOLDENS=1 cargo test -p provider-codegen` writes them anew.

use std::{fs, path::Path};

use provider_codegen::{Generated, generate};

use crate::golden;

/// The folders of `tests/generated` and the specs that they are made from.
const SPECS: [(&str, &str); 1] = [("shed", "shed")];

#[test]
fn the_generated_code_is_as_it_was_looked_at() {
    for (name, spec) in SPECS {
        let folder = golden::tests().join("generated").join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let generated = generate(&golden::tests().join(spec)).unwrap_or_else(|report| panic!("{report}"));
        let schemas = generated.schemas.iter().map(|(file, text)| (file.as_str(), text));
        let files = [
            ("provider.rs", &generated.provider),
            ("lowered.json", &generated.lowered),
            ("plan.json", &generated.plan),
        ];
        for (file, text) in files.into_iter().chain(schemas) {
            golden::fresh(&folder.join(file), text);
        }
    }
}

#[test]
fn the_same_spec_in_two_folders_gives_the_same_bytes() {
    for (_, spec) in SPECS {
        let one = elsewhere(&golden::tests().join(spec));
        let two = elsewhere(&golden::tests().join(spec));
        assert_ne!(one.0.path(), two.0.path());
        assert_eq!(texts(&one.1), texts(&two.1));
    }
}

#[test]
fn no_path_of_the_machine_is_in_the_generated_code() {
    for (_, spec) in SPECS {
        let (folder, generated) = elsewhere(&golden::tests().join(spec));
        let path = folder.path().display().to_string();
        assert!(texts(&generated).iter().all(|text| !text.contains(&path)));
    }
}

fn texts(generated: &Generated) -> [&str; 4] {
    [
        &generated.client,
        &generated.provider,
        &generated.lowered,
        &generated.plan,
    ]
}

/// Generates from a copy of a spec.
fn elsewhere(spec: &Path) -> (tempfile::TempDir, Generated) {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["mapping.yaml", "openapi.yaml", "overlay.yaml"] {
        fs::copy(spec.join(file), folder.path().join(file)).expect("a copy");
    }
    let generated = generate(folder.path()).unwrap_or_else(|report| panic!("{report}"));
    (folder, generated)
}
