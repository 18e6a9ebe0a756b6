//! How the API is reached: its keys and its servers.

use super::refreshed_from;

const PATHS: &str = "\npaths:\n";

/// A document that asks for a key, as the mapping sends it.
const KEYED: &str = "
security: [{key: []}]
paths:
";

const SCHEMES: &str = "components:\n  securitySchemes:\n    key: {type: http, scheme: bearer}\n";

const VENDORED: [(&str, &str); 2] = [(PATHS, KEYED), ("components:\n", SCHEMES)];

#[track_caller]
fn keyed(name: &str, status: i32, changes: &[(&str, &str)]) {
    refreshed_from(&VENDORED, name, status, changes);
}

#[test]
fn the_key_is_another() {
    let bearer = "key: {type: http, scheme: bearer}";
    keyed(
        "key-of-another-kind",
        1,
        &[(bearer, "key: {type: apiKey, in: header, name: X-Key}")],
    );
}

#[test]
fn a_second_key_is_asked_for() {
    let second = format!("{SCHEMES}    team: {{type: apiKey, in: header, name: X-Team}}\n");
    keyed(
        "key-beside-a-second",
        1,
        &[
            ("security: [{key: []}]", "security: [{key: [], team: []}]"),
            (SCHEMES, &second),
        ],
    );
}

#[test]
fn one_operation_asks_for_another_key() {
    let other = format!("{SCHEMES}    admin: {{type: apiKey, in: header, name: X-Admin}}\n");
    keyed(
        "key-of-one-operation",
        1,
        &[
            (
                "operationId: buildShed",
                "operationId: buildShed\n      security: [{admin: []}]",
            ),
            (SCHEMES, &other),
        ],
    );
}

#[test]
fn no_key_is_asked_for_any_more() {
    keyed("key-gone", 0, &[("security: [{key: []}]\n", "")]);
}

#[test]
fn another_key_will_do_too() {
    let other = format!("{SCHEMES}    token: {{type: apiKey, in: header, name: X-Token}}\n");
    keyed(
        "key-or-another",
        0,
        &[
            ("security: [{key: []}]", "security: [{token: []}, {key: []}]"),
            (SCHEMES, &other),
        ],
    );
}

const SERVER: &str = "servers: [{url: 'https://shed.example/v1'}]";

#[test]
fn the_server_has_moved() {
    refreshed_from(
        &[],
        "server-moved",
        1,
        &[(SERVER, "servers: [{url: 'https://sheds.example/v1/'}]")],
    );
}

#[test]
fn the_server_has_a_slash_more() {
    refreshed_from(
        &[],
        "server-with-a-slash",
        0,
        &[(SERVER, "servers: [{url: 'https://shed.example/v1/'}]")],
    );
}

#[test]
fn there_is_a_second_server() {
    let two = "servers: [{url: 'https://north.example/v1'}, {url: 'https://shed.example/v1'}]";
    refreshed_from(&[], "server-beside-a-second", 0, &[(SERVER, two)]);
}

#[test]
fn a_server_that_the_mapping_does_not_call_has_moved() {
    let (local, staged) = (
        "servers: [{url: 'http://localhost'}]",
        "servers: [{url: 'http://localhost:3000'}]",
    );
    refreshed_from(&[(SERVER, local)], "server-of-nobody", 0, &[(local, staged)]);
}

/// With few ids, as an operation that has one is found by that.
fn without_ids(changes: &[(&str, &str)], name: &str) {
    let ids = ["listSheds", "buildShed", "pullShedDown"].map(|id| format!("      operationId: {id}\n"));
    let vendored: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "")).collect();
    refreshed_from(&vendored, name, 1, changes);
}

#[test]
fn a_part_of_the_server_is_in_the_paths_now() {
    without_ids(
        &[
            (SERVER, "servers: [{url: 'https://shed.example'}]"),
            ("\n  /sheds", "\n  /v1/sheds"),
        ],
        "server-into-paths",
    );
}

#[test]
fn the_paths_have_a_version_more() {
    without_ids(&[("\n  /sheds:", "\n  /api/v2/sheds:")], "version-in-paths");
}

#[test]
fn what_sends_something_does_it_by_another_method() {
    without_ids(
        &[(
            "    post:\n      parameters:\n        - {name: X-Request-Id",
            "    put:\n      parameters:\n        - {name: X-Request-Id",
        )],
        "method",
    );
}
