//! The lines "Architecture Invariant" of docs/architecture.md that no other test holds.

use std::collections::BTreeSet;
use std::path::Path;

use crate::sources::{code, entries, files, text};

/// The generator's pipeline. A stage may import what stands before it.
const STAGES: [&str; 18] = [
    "source",
    "diagnostic",
    "yaml",
    "scalar",
    "naming",
    "operator",
    "document",
    "mapping",
    "overlay",
    "spec",
    "contract",
    "check",
    "lower",
    "client",
    "refusal",
    "plan",
    "render",
    "build",
];

/// What `lower` and `client` give names to is compared by the check under those names.
const NAMES_AHEAD: [(&str, &str); 2] = [("check", "lower"), ("check", "client")];

/// What stands beside the pipeline, for those who edit `spec/`: the folder, and the names that the crate exports of it.
const TOOLS: [&str; 8] = [
    "tools", "schema", "explain", "examples", "inspect", "stub", "refresh", "new",
];

/// What the runtime reads payloads and configuration with, what a sandbox and a rate limit are, and what each of that may import.
const LEAVES: [(&str, &[&str]); 6] = [
    ("error", &[]),
    ("value", &["error", "input"]),
    ("input", &["error", "value"]),
    ("config", &["exposure"]),
    ("throttle", &["error"]),
    ("resource", &["lifetime"]),
];

/// The crates that a worker is made of, beside what its build generates.
const OF_A_WORKER: [&str; 5] = [
    "progenitor-client",
    "provider-runtime",
    "reqwest",
    "serde",
    "serde_json",
];

/// The module below `src/` that a file belongs to.
fn module(path: &Path) -> String {
    let within = path
        .iter()
        .skip_while(|part| *part != "src")
        .nth(1)
        .expect("a file in src/");
    within.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The modules of its own crate that code names, as `crate::name` or within `crate::{…}`.
fn imports(code: &str) -> BTreeSet<String> {
    let after = code.split("crate::").skip(1);
    after
        .flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![word(rest)], listed))
        .collect()
}

fn word(text: &str) -> String {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    text[..end].to_owned()
}

/// The first word of each part of a list that ends with `}`, whatever braces are within.
fn listed(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut words = vec![word(list.trim_start())];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.push(word(list[at + 1..].trim_start())),
            _ => {}
        }
    }
    words
}

#[test]
fn imports_are_found_one_by_one_and_in_lists() {
    let code = "use crate::{one, two::{a, b::{c}}, three};\nuse crate::four::x;\nlet y = crate::five();";
    let expected = ["one", "two", "three", "four", "five"].map(str::to_owned);
    assert_eq!(imports(code), BTreeSet::from(expected));
}

#[test]
fn no_stage_of_the_generator_imports_a_later_one() {
    let place = |name: &str| STAGES.iter().position(|stage| *stage == name);
    for (path, code) in code("codegen/src") {
        let name = module(&path);
        let Some(own) = place(&name) else {
            let beside = ["lib", "main", "cmd"].contains(&name.as_str()) || TOOLS.contains(&name.as_str());
            assert!(
                beside,
                "`{name}` is no stage of the pipeline and no tool: say where it stands"
            );
            continue;
        };
        for import in imports(&code) {
            let ahead = place(&import).is_some_and(|other| other > own);
            let is_known = NAMES_AHEAD.contains(&(&name, &import));
            assert!(
                !ahead || is_known,
                "{} imports `{import}`, which is later",
                path.display()
            );
            assert!(
                !TOOLS.contains(&import.as_str()),
                "{} imports the tool `{import}`",
                path.display()
            );
        }
    }
}

#[test]
fn what_reads_payloads_and_configuration_knows_no_worker() {
    let code = code("runtime/src");
    for (leaf, may) in LEAVES {
        let own = code.iter().filter(|(path, _)| module(path) == leaf);
        assert!(own.clone().count() > 0, "the runtime has no `{leaf}`");
        for (path, code) in own {
            let imports = imports(code).into_iter();
            let others: Vec<_> = imports
                .filter(|name| name != leaf && !may.contains(&name.as_str()))
                .collect();
            assert!(others.is_empty(), "{} imports {others:?}", path.display());
        }
    }
}

/// The names in one section of a manifest.
fn section(manifest: &str, name: &str) -> BTreeSet<String> {
    let manifest = text(manifest);
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines
        .map(|line| line.split(['.', ' ']).next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The manifests of the workers whose mappings are here.
fn workers() -> Vec<String> {
    let fixtures = entries(Path::new("fixtures")).into_iter();
    let manifests = fixtures.map(|fixture| fixture.join("Cargo.toml").display().to_string());
    manifests.chain(["Cargo.toml".to_owned()]).collect()
}

#[test]
fn generator_runtime_and_testkit_do_not_depend_on_each_other() {
    for package in ["codegen", "runtime", "testkit"] {
        let dependencies = section(&format!("{package}/Cargo.toml"), "dependencies");
        let own: Vec<_> = dependencies
            .iter()
            .filter(|name| name.starts_with("provider-"))
            .collect();
        assert!(
            !dependencies.is_empty() && own.is_empty(),
            "{package} depends on {own:?}"
        );
    }
}

#[test]
fn a_worker_is_made_of_the_runtime_and_a_rest_client() {
    let expected = BTreeSet::from(OF_A_WORKER.map(str::to_owned));
    for manifest in workers() {
        assert_eq!(section(&manifest, "dependencies"), expected, "{manifest}");
        assert_eq!(
            section(&manifest, "build-dependencies"),
            BTreeSet::from(["provider-codegen".to_owned()])
        );
    }
}

#[test]
fn a_fixture_has_no_rust_of_its_own() {
    let build = text("build.rs");
    for fixture in entries(Path::new("fixtures")) {
        assert_eq!(text(fixture.join("build.rs")), build);
        let rust = files(&fixture)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
        let own: Vec<_> = rust
            .filter(|path| !path.ends_with("build.rs") && !path.starts_with(fixture.join("tests")))
            .collect();
        assert!(own.is_empty(), "{own:?}");
    }
}

#[test]
fn templates_decide_nothing() {
    for template in ["provider.rs.j2", "macros.rs.j2", "examples.rs.j2"] {
        let template = text(Path::new("codegen/templates").join(template));
        let conditions = template.split("{%").skip(1).filter_map(|tag| tag.split("%}").next());
        let conditions = conditions.filter_map(|tag| tag.trim_matches(['-', ' ']).strip_prefix("if "));
        for condition in conditions {
            let flag = condition.strip_prefix("not ").unwrap_or(condition).trim();
            let is_flag = flag.chars().all(|c| c.is_alphanumeric() || "._".contains(c));
            assert!(is_flag, "`{condition}` is decided in a template");
        }
    }
}

#[test]
fn http_clients_are_built_in_one_place() {
    let code = code("runtime/src").into_iter();
    let building: Vec<_> = code
        .filter(|(_, code)| code.contains("Client::builder()"))
        .map(|(path, _)| module(&path))
        .collect();
    assert_eq!(building, ["http"]);
    let generated = text("codegen/tests/generated/shed/provider.rs");
    assert!(!generated.contains("Client::builder") && !generated.contains("Client::new("));
}

#[test]
fn the_process_and_its_log_alone_write_to_the_standard_streams() {
    for (path, code) in code("runtime/src") {
        let writes = ["print!", "println!", "stdout()", "stderr()"]
            .iter()
            .any(|writing| code.contains(writing));
        let may = ["run", "telemetry"].contains(&module(&path).as_str());
        assert!(!writes || may, "{} writes", path.display());
    }
}

#[test]
fn nothing_is_unwrapped_outside_of_tests() {
    for (path, code) in code("runtime/src").into_iter().chain(code("codegen/src")) {
        assert!(!code.contains(".unwrap()"), "{}", path.display());
    }
}

#[test]
fn every_package_has_the_lints_of_the_workspace() {
    let packages = ["codegen", "runtime", "testkit"].map(|package| format!("{package}/Cargo.toml"));
    for manifest in workers().into_iter().chain(packages) {
        assert_eq!(
            section(&manifest, "lints"),
            BTreeSet::from(["workspace".to_owned()]),
            "{manifest}"
        );
    }
    assert!(text("Cargo.toml").contains("unsafe_code = \"deny\""));
}
