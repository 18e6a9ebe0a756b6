//! Texts of documents as YAML: as scalars, and in comments.

/// A string as a YAML scalar, plain where it cannot be taken for anything else.
pub fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " /{}_.-:~@".contains(c);
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.ends_with([' ', ':']);
    let other = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if word && !other && !text.contains(": ") && text.chars().all(plain) {
        return text.to_owned();
    }
    match text.contains(|c: char| c == '\'' || c.is_control()) {
        true => serde_json::Value::from(text).to_string(),
        false => format!("'{text}'"),
    }
}

/// A text within a comment: on one line, whatever a document has in its names.
pub fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `a`, `b` and `c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Lines one or more levels further in.
pub fn indented(by: usize, lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| format!("{:by$}{line}", ""))
}
