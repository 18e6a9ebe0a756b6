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

/// The most lines of a generated function.
const LONGEST: usize = 30;

/// Specs whose generated code is read by people: those of the repository.
const READ: [&str; 5] = [
    "tests/shed",
    "../spec",
    "../fixtures/dialect/spec",
    "../fixtures/extended/spec",
    "../fixtures/toolbox/spec",
];

#[test]
fn no_generated_function_is_long_and_each_says_its_line_of_the_mapping() {
    for spec in READ {
        let generated = generate(Path::new(spec)).unwrap_or_else(|report| panic!("{report}"));
        let file = syn::parse_file(&generated.provider).expect("Rust");
        for item in &file.items {
            let syn::Item::Mod(module) = item else { continue };
            let items = module.content.iter().flat_map(|(_, items)| items);
            for function in items.filter_map(|item| match item {
                syn::Item::Fn(function) => Some(function),
                _ => None,
            }) {
                let text = text(function);
                let name = &function.sig.ident;
                let lines = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("///"))
                    .count();
                assert!(lines <= LONGEST, "{spec}: `{name}` has {lines} lines\n{text}");
                let said = text
                    .lines()
                    .any(|line| line.starts_with("///") && line.contains("mapping.yaml:"));
                assert!(said, "{spec}: {text}");
            }
        }
    }
}

/// A function as a person would lay it out.
fn text(function: &syn::ItemFn) -> String {
    prettyplease::unparse(&syn::File {
        shebang: None,
        attrs: Vec::new(),
        items: vec![syn::Item::Fn(function.clone())],
    })
}

/// Whether something is written as JSON that has a type, and read back.
#[test]
fn no_literal_and_no_reference_goes_through_json() {
    let generated = generate(Path::new("../spec")).unwrap_or_else(|report| panic!("{report}"));
    assert!(!generated.provider.contains("json("), "{}", generated.provider);
}

#[test]
fn a_long_output_is_moved() {
    let generated = generate(Path::new("../spec")).unwrap_or_else(|report| panic!("{report}"));
    let exec = generated.module("exec").expect("exec");
    assert!(
        exec.contains("value::shell_stdout(cx.line(), response.stdout)"),
        "{exec}"
    );
    assert!(!exec.contains("response.stdout.clone()"), "{exec}");
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
    for file in ["mapping.yaml", "openapi.yaml", "overlay.yaml", "examples.yaml"] {
        fs::copy(spec.join(file), folder.path().join(file)).expect("a copy");
    }
    let generated = generate(folder.path()).unwrap_or_else(|report| panic!("{report}"));
    (folder, generated)
}
