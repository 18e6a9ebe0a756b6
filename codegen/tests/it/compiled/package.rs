//! A crate of generated workers, one module each.

use std::{env, fs, process::Command};

use provider_codegen::Generated;
use quote::quote;

use crate::nested;

/// The packages that generated code is written against.
const DEPENDENCIES: [&str; 5] = [
    "progenitor-client",
    "provider-runtime",
    "reqwest",
    "serde",
    "serde_json",
];

pub struct Package {
    folder: tempfile::TempDir,
    modules: String,
}

impl Package {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            folder,
            modules: String::new(),
        }
    }

    pub fn add(&mut self, name: &str, generated: &Generated) {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        for (file, text) in generated.files() {
            fs::write(folder.join(file), text).expect("to write");
        }
        let hooks = hooks(&generated.provider);
        self.modules.push_str(&format!(
            "pub mod {name} {{\n    pub mod generated {{ include!(\"{name}/provider.rs\"); }}\n    {hooks}\n}}\n"
        ));
    }

    /// Has it compiled with what a worker is built with.
    pub fn builds(&self) {
        let folder = self.folder.path();
        fs::write(folder.join("lib.rs"), &self.modules).expect("to write");
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc
            .current_dir(folder)
            .args([
                "lib.rs",
                "--crate-type=lib",
                "--edition=2024",
                "--emit=metadata",
                "--deny=warnings",
            ])
            .arg("-L")
            .arg(format!("dependency={}", nested::libraries().display()));
        for (name, file) in nested::compiled(&DEPENDENCIES) {
            rustc.arg("--extern").arg(format!("{name}={}", file.display()));
        }
        let output = rustc.output().expect("rustc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
