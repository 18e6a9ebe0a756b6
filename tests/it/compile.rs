//! The second net: generated code that lacks a hook or a field does not compile.
//!
//! The checker finds both before. To see what is behind it, code is generated from sound specs under `compile/spec/` and
//! put together wrongly: handlers that read and write fields beside a client that does not have them, or has them of other
//! types, and a hook that nobody implements. `UPDATE_GOLDENS=1` rewrites `compile/generated/`, `TRYBUILD=overwrite` the expected errors.

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

/// Every operator of the language is in the spec, and not one takes what it is not made for.
#[test]
fn an_operator_or_a_literal_of_a_wrong_type_does_not_compile() {
    let operators = generate(Path::new("codegen/tests/compiled/operators")).expect("a sound spec");
    let files = operators.files().filter(|(file, _)| *file != "client.rs");
    files.for_each(|(file, text)| is_fresh(&format!("mistyped/{file}"), text));
    is_fresh("mistyped/client.rs", &mistyped(&operators.client));
    trybuild::TestCases::new().compile_fail("tests/compile/types_other.rs");
}

#[test]
fn what_the_spec_needs_and_the_crate_lacks_does_not_compile() {
    let (hooked, whole, lacking) = (generated("hooked"), generated("whole"), generated("lacking"));
    for (folder, spec) in [("hooked", &hooked), ("whole", &whole), ("mixed", &whole)] {
        let files = spec
            .files()
            .filter(|(file, _)| (folder, *file) != ("mixed", "client.rs"));
        files.for_each(|(file, text)| is_fresh(&format!("{folder}/{file}"), text));
    }
    is_fresh("mixed/client.rs", &lacking.client);
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile/hook_and_fields_present.rs");
    cases.compile_fail("tests/compile/hook_missing.rs");
    cases.compile_fail("tests/compile/fields_missing.rs");
}
