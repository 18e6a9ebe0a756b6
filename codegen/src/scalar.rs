//! Strings as YAML scalars: plain where they cannot be taken for anything else, else in quotes.

/// Words that some reader of YAML takes for something else.
const NOT_STRINGS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// In a line of its own: as a value, or as a key.
pub fn scalar(text: &str) -> String {
    plain_of(text, " ,()/{}_.-:~@")
}

/// In braces or brackets, where a comma or a brace would mean something.
pub fn in_flow(text: &str) -> String {
    plain_of(text, " /_.-")
}

fn plain_of(text: &str, punctuation: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.ends_with([' ', ':']);
    let other = NOT_STRINGS.contains(&text.to_lowercase().as_str());
    match word && !other && !text.contains(": ") && text.chars().all(plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// In quotes, wherever it stands.
pub fn quoted(text: &str) -> String {
    match text.contains(|c: char| c == '\'' || c.is_control()) {
        true => serde_json::Value::from(text).to_string(),
        false => format!("'{text}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 12] = [
        "",
        "plain",
        "no",
        "a, b",
        "a: b",
        "a:",
        "a # b",
        "{a}",
        "it's",
        "line\nbreak",
        "7",
        "$input.a",
    ];

    #[test]
    fn every_string_is_read_back_as_it_is() {
        for text in TEXTS {
            for (whole, pointer) in [
                (format!("a: {}", scalar(text)), "/a"),
                (format!("a: {{b: [{}, c]}}", in_flow(text)), "/a/b/0"),
                (format!("a: {{b: {}}}", quoted(text)), "/a/b"),
            ] {
                let tree: serde_json::Value = serde_saphyr::from_str(&whole).unwrap();
                assert_eq!(tree.pointer(pointer), Some(&text.into()), "{whole}");
            }
        }
    }
}
