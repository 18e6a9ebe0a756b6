//! What the README says can be done as it says.

use std::{fs, path::Path};

fn yaml_block(readme: &str) -> &str {
    let (_, after) = readme.split_once("```yaml\n").expect("a YAML block");
    after.split_once("```").expect("its end").0
}

#[test]
fn the_new_endpoint_of_the_readme_holds_and_is_registered() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let spec = tempfile::tempdir().expect("a folder");
    for file in ["openapi.json", "overlay.yaml"] {
        fs::copy(Path::new("spec").join(file), spec.path().join(file)).expect("a copy");
    }
    let mapping = fs::read_to_string("spec/mapping.yaml").expect("the mapping");
    fs::write(
        spec.path().join("mapping.yaml"),
        format!("{mapping}\n{}", yaml_block(&readme)),
    )
    .expect("a mapping");
    let generated = provider_codegen::generate(spec.path()).unwrap_or_else(|report| panic!("{report}"));
    assert!(generated.provider.contains("Function::new(\"reboot\", handle)"));
}
