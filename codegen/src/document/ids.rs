//! Names for operations: the published id, or one made of method and path, such that the client can have it.

use heck::ToSnakeCase;

use crate::naming::is_free;

use super::{Method, Operation};

/// An id for an operation that has none: `GET /files/{name}` is `get_files_name`.
pub fn synthesise(method: Method, path: &str) -> String {
    snake(&format!("{} {path}", method.key()))
}

/// Methods that the generated client has, or is given, whatever the document says.
const TAKEN: [&str; 9] = [
    "api_version",
    "baseurl",
    "client",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "post",
    "pre",
];

pub fn snake(id: &str) -> String {
    let words: String = id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let id = words.to_snake_case();
    match id.chars().next() {
        None => "operation".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("operation_{id}"),
        Some(_) if TAKEN.contains(&id.as_str()) || !is_free(&id) => {
            format!("{id}_operation")
        }
        Some(_) => id,
    }
}

/// Ids that are the same in snake case would name the same client method.
pub fn make_unique(operations: &mut [Operation]) {
    let mut seen = std::collections::BTreeSet::new();
    for operation in operations {
        let mut id = operation.id.clone();
        let mut n = 1;
        while !seen.insert(id.clone()) {
            n += 1;
            id = format!("{}_{n}", operation.id);
        }
        operation.id = id;
    }
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn no_id_is_a_keyword() {
        let ids = ["gen", "Match", "get-it"].map(snake);
        assert_eq!(ids, ["gen_operation", "match_operation", "get_it"]);
    }
}
