//! The second net: generated code that lacks a hook or a field, or is given another type, does not compile.
//!
//! The checker finds all of it before. To see what is behind it, code is generated from sound specs (`spec/`, and the
//! operators of `codegen/tests/compiled/`) and put together wrongly: handlers that read and write fields beside a client that
//! does not have them, or has them of other types, and a hook that nobody implements. `sound.rs` does it right.
//! `TRYBUILD=overwrite` writes what rustc says anew.

/// Every operator of the language is in one of the specs, and not one takes what it is not made for.
#[test]
fn what_the_crate_lacks_or_has_of_a_wrong_type_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("types_other.rs");
    cases.compile_fail("hook_missing.rs");
    cases.compile_fail("fields_missing.rs");
}
