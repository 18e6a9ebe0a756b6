//! The code that the package `tests/compile/` puts together wrongly is what would be generated today.
//!
//! It is generated from sound specs under `compile/spec/`. `UPDATE_GOLDENS=1` rewrites `compile/generated/`.

use std::{env, fs, path::Path};

use provider_codegen::{Generated, generate};

fn generated(spec: &str) -> Generated {
    generate(&Path::new("tests/compile/spec").join(spec)).expect("a sound spec")
}

fn is_fresh(file: &str, text: &str) {
    let path = Path::new("tests/compile/generated").join(file);
    if env::var_os("UPDATE_GOLDENS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a written file");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{} is stale: run the test with UPDATE_GOLDENS=1",
        path.display()
    );
}

/// The client with other types: each field of a body or an answer is a list of flags, which no operator and no literal is.
fn mistyped(client: &str) -> String {
    let mut file = syn::parse_file(client).expect("Rust");
    let modules = file.items.iter_mut().filter_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    for item in modules.flat_map(|(_, items)| items) {
        if let syn::Item::Struct(of) = item {
            of.fields.iter_mut().for_each(|field| mistype(&mut field.ty));
        }
    }
    prettyplease::unparse(&file)
}

fn mistype(of: &mut syn::Type) {
    let text = quote::quote!(#of).to_string().replace(' ', "");
    // A struct keeps its place, so that its own fields are the mistyped ones.
    if text.contains("types::") || text.starts_with(char::is_uppercase) {
        return;
    }
    *of = match text.starts_with("::std::option::Option<") {
        true => syn::parse_quote!(::std::option::Option<::std::vec::Vec<bool>>),
        false => syn::parse_quote!(::std::vec::Vec<bool>),
    };
}

#[test]
fn code_beside_a_client_of_other_types_is_fresh() {
    let operators = generate(Path::new("codegen/tests/compiled/operators")).expect("a sound spec");
    let files = operators.files().filter(|(file, _)| *file != "client.rs");
    files.for_each(|(file, text)| is_fresh(&format!("mistyped/{file}"), text));
    is_fresh("mistyped/client.rs", &mistyped(&operators.client));
}

#[test]
fn code_that_needs_hooks_and_fields_is_fresh() {
    let (hooked, whole, lacking) = (generated("hooked"), generated("whole"), generated("lacking"));
    for (folder, spec) in [("hooked", &hooked), ("whole", &whole), ("mixed", &whole)] {
        let files = spec
            .files()
            .filter(|(file, _)| (folder, *file) != ("mixed", "client.rs"));
        files.for_each(|(file, text)| is_fresh(&format!("{folder}/{file}"), text));
    }
    is_fresh("mixed/client.rs", &lacking.client);
}
