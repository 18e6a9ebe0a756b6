//! What agents are told of the workers names every function that there is.

use std::{fs, path::Path};

use testkit::mapping;

#[test]
fn the_skill_of_every_worker_names_every_function_that_it_maps() {
    let mut packages = vec![Path::new(".").to_owned()];
    let providers = fs::read_dir("providers").expect("the providers");
    packages.extend(providers.map(|provider| provider.expect("a provider").path()));
    for package in packages.iter().filter(|package| package.join("spec").is_dir()) {
        let skill = fs::read_to_string(package.join("skills/SKILL.md"));
        let skill = skill.unwrap_or_else(|error| panic!("{}: no skill: {error}", package.display()));
        let mapping = fs::read_to_string(package.join("spec/mapping.yaml")).expect("a mapping");
        for function in mapping::functions(&mapping) {
            let named = skill
                .lines()
                .any(|line| line.starts_with("- `sandbox::provider::") && line.contains(&format!("::{function}` ")));
            assert!(named, "{}: the skill does not name {function}", package.display());
        }
    }
}
