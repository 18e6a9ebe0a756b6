//! The files of the new package.

use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::{scalar::scalar, schema};

use super::{
    Refusal, Request, documents::Vendored, folder::File, key_variable, mapping::Mapping, overlay::overlay,
    target::Target, text::comment,
};

const TEMPLATES: [(&str, &str); 12] = [
    ("Cargo.toml", include_str!("../../../templates/new/Cargo.toml.j2")),
    ("build.rs", include_str!("../../../templates/new/build.rs.j2")),
    ("src/main.rs", include_str!("../../../templates/new/main.rs.j2")),
    ("tests/it/main.rs", include_str!("../../../templates/new/test.rs.j2")),
    (
        "tests/it/examples.rs",
        include_str!("../../../templates/new/examples.rs.j2"),
    ),
    (
        "config.example.yaml",
        include_str!("../../../templates/new/config.example.yaml.j2"),
    ),
    (
        "iii.worker.yaml",
        include_str!("../../../templates/new/iii.worker.yaml.j2"),
    ),
    (
        "worker-compose.yaml",
        include_str!("../../../templates/new/worker-compose.yaml.j2"),
    ),
    (
        "iii-permissions.yaml",
        include_str!("../../../templates/new/iii-permissions.yaml.j2"),
    ),
    ("README.md", include_str!("../../../templates/new/README.md.j2")),
    ("skills/SKILL.md", include_str!("../../../templates/new/SKILL.md.j2")),
    (
        "spec/README.md",
        include_str!("../../../templates/new/spec.README.md.j2"),
    ),
];

pub fn files(
    request: &Request,
    target: &Target,
    documents: &[Vendored],
    mapping: &Mapping,
) -> Result<Vec<File>, Refusal> {
    let overlays: Vec<(String, usize)> = documents.iter().map(overlay).collect();
    let values = values(request, target, documents, &overlays, mapping);
    let mut files =
        rendered(&values).map_err(|error| Refusal::Folder(format!("a defect of the generator: {error}")))?;
    let mut add = |name: &str, text: &str| files.push((format!("spec/{name}"), text.as_bytes().to_vec()));
    add("mapping.yaml", &mapping.text);
    for (document, (overlay, _)) in documents.iter().zip(&overlays) {
        add(&document.file, &document.source.text);
        add(&document.overlay, overlay);
    }
    for (name, text) in schema::files() {
        add(name, &text);
    }
    if !target.member {
        files.push((".gitignore".to_owned(), b"/target\n".to_vec()));
        files.extend(alias(target));
    }
    Ok(files)
}

fn values(
    request: &Request,
    target: &Target,
    documents: &[Vendored],
    overlays: &[(String, usize)],
    mapping: &Mapping,
) -> Value {
    let check = match (target.member, &target.root) {
        (false, None) => "codegen check      ",
        _ => "cargo codegen check",
    };
    let test = check.replace("check", "test");
    context! {
        name => request.name,
        test,
        key => key_variable(&request.name),
        member => target.member,
        server => scalar(&mapping.server),
        documents => listed(documents, overlays),
        functions => mapping.mapped.join(", "),
        shared => shared(mapping),
        check,
        runtime => dependency(target, "runtime"),
        codegen => dependency(target, "codegen"),
        testkit => dependency(target, "testkit"),
    }
}

/// The keys without which no call is made.
fn shared(mapping: &Mapping) -> Vec<Value> {
    let shared = mapping.shared.iter();
    shared
        .map(|shared| context! { key => shared.key(), said => comment(&shared.said()) })
        .collect()
}

/// For the table in `spec/README.md`.
fn listed(documents: &[Vendored], overlays: &[(String, usize)]) -> Vec<Value> {
    let both = documents.iter().zip(overlays);
    both.map(|(document, (_, refused))| {
        context! { file => document.file, overlay => document.overlay, api => document.api, refused => refused }
    })
    .collect()
}

/// A crate of this checkout by its path, else by the version of this one.
fn dependency(target: &Target, folder: &str) -> String {
    match target.path_to(folder) {
        Some(path) => format!("{{ path = {} }}", serde_json::Value::from(path)),
        None => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
    }
}

/// `cargo codegen` outside of the workspace that defines it.
fn alias(target: &Target) -> Option<File> {
    let manifest = target.path_to("codegen/Cargo.toml")?;
    let parts = ["run", "--quiet", "--manifest-path", &manifest, "--bin", "codegen", "--"];
    let text = format!("[alias]\ncodegen = {}\n", serde_json::Value::from(parts.as_slice()));
    Some((".cargo/config.toml".to_owned(), text.into_bytes()))
}

fn rendered(values: &Value) -> Result<Vec<File>, minijinja::Error> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.add_filter("length", |list: Vec<Value>| list.len());
    let mut files = Vec::new();
    for (name, text) in TEMPLATES {
        let text = environment.render_named_str(name, text, values)?;
        files.push((name.to_owned(), text.into_bytes()));
    }
    Ok(files)
}
