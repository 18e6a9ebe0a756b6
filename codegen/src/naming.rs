//! Names that a mapping gives, and what they are called in Rust. Different names stay different.

/// `fork_2`: lower case letters, digits and `_`, a letter first.
pub fn is_word(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(inner)
}

/// What to do about a name that is none.
pub const WORD: &str = "use lower case letters, digits and `_`, a letter first";

/// Whether it names something as it is. The parser does not know the keyword that came with the edition of 2024.
pub fn is_free(name: &str) -> bool {
    name != "gen" && syn::parse_str::<syn::Ident>(name).is_ok()
}

/// A field's name: keywords get `r#`, or a `_` where that is not allowed.
pub fn ident(name: &str) -> String {
    if is_free(name) {
        return apart(name, |name| ["self", "super", "crate"].contains(&name), "_");
    }
    let raw = format!("r#{name}");
    if syn::parse_str::<syn::Ident>(&raw).is_ok() {
        raw
    } else {
        format!("{name}_")
    }
}

/// `fs::read` is the module `fs_read`.
pub fn module(function: &str) -> String {
    const TAKEN: [&str; 10] = [
        // Crates and modules that generated code names by their first word.
        "client",
        "value",
        "guest",
        "sandboxes",
        "snapshots",
        "std",
        "serde",
        "reqwest",
        "provider_runtime",
        "progenitor_client",
    ];
    let name = function.replace("::", "_");
    match apart(&name, |name| TAKEN.contains(&name), "_function") {
        free if free == name => ident(&name),
        other => other,
    }
}

/// A variable: one that would hide a name that generated code uses gets a `_`.
pub fn variable(name: &str) -> String {
    const TAKEN: [&str; 18] = [
        "all", "any", "api", "at", "client", "cx", "headed", "id", "input", "item", "json", "known", "list", "object",
        "owned", "page", "peek", "value",
    ];
    const FUNCTIONS: [&str; 10] = [
        "answer_",
        "api_of_",
        "body_of_",
        "call_",
        "confirm_",
        "earlier_of_",
        "found_of_",
        "look_",
        "noted_of_",
        "undo_",
    ];
    let taken = |name: &str| TAKEN.contains(&name) || FUNCTIONS.iter().any(|prefix| name.starts_with(prefix));
    match apart(name, taken, "_") {
        free if free == name => ident(name),
        other => other,
    }
}

/// The name with an ending if it is taken, or if it is a taken one with such endings already.
fn apart(name: &str, taken: impl Fn(&str) -> bool, ending: &str) -> String {
    match taken(name.trim_end_matches(ending)) {
        true => format!("{name}{ending}"),
        false => name.to_owned(),
    }
}

/// A sentence as the name of a function.
pub fn words(sentence: &str) -> String {
    let lower = sentence.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    match words.join("_") {
        name if is_free(&name) => name,
        name => format!("it_{name}"),
    }
}

/// A name without case and punctuation, nor the mark of a keyword: `exitCode` and `exit_code` are one, to people and to the
/// client generator.
pub fn letters(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.to_lowercase()
}

/// Whether a header may be called so: RFC 9110, section 5.6.2.
pub fn is_header(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(token)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NAMES: [&str; 17] = [
        "a",
        "gen",
        "gen_",
        "self",
        "self_",
        "self__",
        "match",
        "match_",
        "client",
        "client_",
        "client_function",
        "client_function_function",
        "call_a",
        "call_a_",
        "undo_a_0",
        "confirm_a",
        "look_a",
    ];

    #[test]
    fn no_variable_hides_a_function_that_generated_code_imports() {
        let runtime = include_str!("../../runtime/src/lib.rs");
        let (_, imported) = runtime.split_once("value::{self, ").expect("the prelude");
        let (imported, _) = imported.split_once('}').expect("its end");
        for name in imported.split(", ") {
            assert_eq!(variable(name), format!("{name}_"));
        }
    }

    #[test]
    fn different_names_stay_different() {
        for naming in [ident, module, variable] {
            let names: BTreeSet<String> = NAMES.iter().map(|name| naming(name)).collect();
            assert_eq!(names.len(), NAMES.len(), "{names:?}");
        }
    }

    #[test]
    fn a_keyword_is_written_as_a_name() {
        for keyword in ["gen", "match", "async", "try"] {
            assert_eq!(ident(keyword), format!("r#{keyword}"));
        }
    }

    #[test]
    fn a_variable_hides_no_function_of_the_generated_code() {
        for name in NAMES {
            let variable = variable(name);
            let hides = ["call_a", "undo_a_0", "confirm_a", "look_a", "client"].contains(&variable.as_str());
            assert!(!hides, "{name} is {variable}");
        }
    }
}
