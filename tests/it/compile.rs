//! The second net: generated code that lacks a hook or a field does not compile.
//!
//! The checker finds both before. To see what is behind it, code is generated from sound specs under `compile/spec/` and
//! put together wrongly: handlers that read and write fields beside a client that does not have them, and a hook that
//! nobody implements. `UPDATE_GOLDENS=1` rewrites `compile/generated/`, `TRYBUILD=overwrite` the expected errors.

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
