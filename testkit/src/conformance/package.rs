//! What a registry, a supervisor and an agent are told of a worker agrees with the worker, wherever it is told.

use std::fs;

use serde_json::Value;

use crate::deployment::DeploymentBuilder;
use crate::mapping;

/// A file of the worker's own package, in whose folder its tests run.
fn text(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn yaml(file: &str) -> Value {
    serde_saphyr::from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A key of the `[package]` section of Cargo.toml that is written out, as those have to be that a registry reads.
fn literal(key: &str) -> String {
    let cargo = text("Cargo.toml");
    let package = cargo.lines().skip_while(|line| *line != "[package]").skip(1);
    let mut package = package.take_while(|line| !line.starts_with('['));
    let value = package.find_map(|line| line.strip_prefix(&format!("{key} = \"")));
    let value = value.unwrap_or_else(|| panic!("Cargo.toml has no literal `{key}`"));
    value.trim_end_matches('"').to_owned()
}

/// What the worker says of itself.
async fn told(worker: DeploymentBuilder) -> Value {
    let mut worker = worker.alone(&["--manifest"]).await.spawn().await;
    assert!(worker.exit().await.success(), "{}", worker.stderr());
    serde_json::from_str(&worker.stdout()).expect("JSON")
}

fn functions() -> Vec<String> {
    mapping::functions(&text("spec/mapping.yaml"))
}

pub async fn its_manifest_is_true_of_it(worker: DeploymentBuilder) {
    let (told, manifest) = (told(worker).await, yaml("iii.worker.yaml"));
    let name = literal("name");
    assert_eq!(
        (&told["name"], &told["version"]),
        (&name.as_str().into(), &literal("version").into())
    );
    assert_eq!((&manifest["name"], &manifest["bin"]), (&told["name"], &told["name"]));
    assert_eq!(manifest["license"], literal("license"));
    let description = manifest["description"].as_str().expect("a description");
    for function in functions() {
        assert!(
            description.contains(&function),
            "the description does not name {function}"
        );
    }
    for (key, value) in manifest["config"].as_object().expect("a configuration") {
        assert_eq!(told["default_config"].get(key), Some(value), "`{key}` of `config`");
    }
}

pub async fn it_is_built_for_every_system_but_one_that_is_excluded_with_a_reason(_: DeploymentBuilder) {
    let manifest = yaml("iii.worker.yaml");
    let targets: Vec<_> = manifest["targets"]
        .as_array()
        .expect("targets")
        .iter()
        .flat_map(Value::as_str)
        .collect();
    for processor in ["x86_64", "aarch64"] {
        for system in ["unknown-linux-gnu", "unknown-linux-musl", "apple-darwin"] {
            assert!(
                targets.contains(&format!("{processor}-{system}").as_str()),
                "{processor}-{system}"
            );
        }
    }
    assert!(!targets.iter().any(|target| target.contains("windows")));
    assert!(
        manifest["windows_exception"]
            .as_str()
            .is_some_and(|reason| reason.len() > 20)
    );
    assert!(
        manifest["scripts"]["start"]
            .as_str()
            .is_some_and(|start| start.starts_with("cargo run "))
    );
    assert!(manifest["dependencies"]["configuration"].is_string());
}

pub async fn its_compose_file_runs_it_with_its_key(worker: DeploymentBuilder) {
    let (told, compose) = (told(worker).await, yaml("worker-compose.yaml"));
    let name = literal("name");
    assert_eq!(compose["engine"]["sandbox"]["adapter"], name.as_str());
    let container = &compose["containers"][&name];
    assert_eq!(container["worker"], "path://.");
    let variable = told["default_config"]["api_key_env"].as_str().expect("a variable");
    assert_eq!(container["environment"][variable], format!("${{{variable}}}"));
}

/// What an agent may do without being asked starts nothing, changes nothing and shows nothing to others.
pub async fn its_permissions_let_agents_only_look(_: DeploymentBuilder) {
    let permissions = yaml("iii-permissions.yaml");
    assert_eq!(permissions["version"], 1);
    let rules = permissions["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(Value::as_str);
    let (denied, allowed): (Vec<_>, Vec<_>) = rules.partition(|rule| rule.starts_with('!'));
    assert!(denied.contains(&format!("!{}::on-config-change", literal("name")).as_str()));
    for rule in allowed {
        let verb = rule.rsplit("::").next().unwrap_or_default();
        assert!(["list", "info"].contains(&verb), "{rule}");
    }
}

pub async fn its_skill_names_every_function_in_a_line_and_is_short(_: DeploymentBuilder) {
    let skill = text("skills/SKILL.md");
    assert!(skill.lines().count() < 120);
    for function in functions() {
        let mut lines = skill.lines().filter(|line| line.starts_with("- `sandbox::provider::"));
        let named = lines.any(|line| line.contains(&format!("::{function}` — ")));
        assert!(named, "the skill does not name {function}");
    }
}
