//! A crate of generated workers, one module each.

use std::{fs, path::Path};

use provider_codegen::Generated;
use quote::quote;

use crate::nested;

pub struct Package {
    folder: tempfile::TempDir,
    modules: String,
}

impl Package {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        Self {
            folder,
            modules: String::new(),
        }
    }

    pub fn add(&mut self, name: &str, generated: &Generated) {
        let folder = self.folder.path().join("src").join(name);
        fs::create_dir(&folder).expect("a folder");
        for (file, text) in generated.files() {
            fs::write(folder.join(file), text).expect("to write");
        }
        let hooks = hooks(&generated.provider);
        self.modules.push_str(&format!(
            "pub mod {name} {{\n    pub mod generated {{ include!(\"{name}/provider.rs\"); }}\n    {hooks}\n}}\n"
        ));
    }

    pub fn builds(&self) {
        let folder = self.folder.path();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::write(folder.join("src/lib.rs"), &self.modules).expect("to write");
        fs::write(folder.join("Cargo.toml"), manifest(&workspace)).expect("to write");
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).expect("to copy");
        let output = nested::cargo(folder, &["test", "--no-run", "--lib", "--quiet"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(!told.contains("warning"), "{told}");
    }
}

/// `Custom` beside the generated module, with every hook that it wants.
fn hooks(provider: &str) -> String {
    let file = syn::parse_file(provider).expect("Rust");
    let of = file.items.into_iter().find_map(|item| match item {
        syn::Item::Trait(of) if of.ident == "Hooks" => Some(of),
        _ => None,
    });
    let Some(of) = of else {
        return String::new();
    };
    let functions = of.items.iter().filter_map(|item| match item {
        syn::TraitItem::Fn(function) => Some(&function.sig),
        _ => None,
    });
    let functions = functions.map(|signature| quote!(#signature { async move { drop((cx, input)); unreachable!() } }));
    let hooks = quote! {
        use generated::*;
        use provider_runtime::prelude::*;
        pub struct Custom;
        impl generated::Hooks for Custom { #(#functions)* }
    };
    hooks.to_string()
}

/// With what a worker made by `new` has for its tests, too: then what both depend on has the same features, and is compiled
/// once for them.
fn manifest(workspace: &Path) -> String {
    let path = |name: &str| workspace.join(name).canonicalize().expect("a package");
    let (runtime, testkit) = (path("runtime"), path("testkit"));
    format!(
        r#"[package]
name = "compiled"
version = "0.1.0"
edition = "2024"

[dependencies]
progenitor-client = "0.15.1"
provider-runtime = {{ path = {runtime:?} }}
reqwest = {{ version = "0.13", default-features = false, features = ["json", "query", "stream", "rustls-no-provider"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = {{ version = "1", features = ["preserve_order"] }}

[dev-dependencies]
provider-testkit = {{ path = {testkit:?} }}
tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
wiremock = "0.6"

[workspace]
"#
    )
}
