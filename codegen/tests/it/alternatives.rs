//! Bodies that are one of several: a literal is held against each of them.

use serde_json::{Value, json};

use crate::probe::{Probe, inlined, object};

/// Two objects, told apart by a constant and by their fields.
const EITHER: &str = "oneOf: [\
    {type: object, required: [kind, name], properties: {kind: {const: named}, name: {type: string}}}, \
    {type: object, required: [kind, size], properties: {kind: {const: sized}, size: {type: integer}, list: {type: array, items: {type: integer}}}}]";

/// An operation whose body has this schema, and a call that gives it that.
fn probe<T>(schema: &str, given: &str, run: impl Fn(&Probe<'_>) -> T) -> T {
    let document = format!(
        "openapi: 3.1.0\npaths: {{/a: {{post: {{requestBody: {{content: {{application/json: {{schema: {{{schema}}}}}}}}}}}}}}}\n"
    );
    let call = format!("call: POST /a\nbody: {given}");
    run(&Probe {
        document: &document,
        call: &call,
    })
}

fn body(schema: &str, given: &str) -> Value {
    let lowered = probe(schema, given, |probe| probe.lowered());
    let body = &lowered["paths"]["/a"]["post"]["requestBody"];
    inlined(&body["content"]["application/json"]["schema"], &lowered)
}

#[test]
fn a_body_of_alternatives_may_be_any_of_them() {
    for given in [
        "{kind: named, name: a}",
        "{kind: sized, size: 3}",
        "{kind: sized, size: 3, list: [1, 2]}",
    ] {
        assert_eq!(body(EITHER, given), json!({}), "{given}");
    }
}

#[test]
fn a_body_of_alternatives_that_is_none_of_them_is_told_what_the_likeliest_lacks() {
    for (given, message) in [
        ("{kind: named}", "`body` needs the field `name`"),
        (
            "{kind: sized, size: a}",
            "`body.size` takes a whole number, this is a string",
        ),
        ("{kind: sized, siz: 3}", "`body` has no field `siz`"),
        ("[a]", "`body` takes an object, this is a list"),
    ] {
        assert_eq!(
            probe(EITHER, given, |probe| probe.refusal().remove(0).0),
            message,
            "{given}"
        );
    }
}

#[test]
fn alternatives_that_are_the_same_are_one() {
    let one = "{type: object, required: [name], properties: {name: {type: string}}}";
    let schema = format!("oneOf: [{one}, {{anyOf: [{one}, {one}]}}]");
    let expected = object(json!({"name": {"type": "string"}}), &["name"]);
    assert_eq!(body(&schema, "{name: a}"), expected);
}
