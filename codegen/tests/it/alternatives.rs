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

/// The same with inputs: `a` and `n` may be left out.
fn probe_with_inputs(given: &str) -> Result<(), Vec<String>> {
    const SOURCES: &str = "oneOf: [\
        {type: object, required: [image, name], properties: {image: {type: string}, name: {type: string}, size: {type: integer}}}, \
        {type: object, required: [snapshot, name], properties: {snapshot: {type: string}, name: {type: string}, kind: {const: saved}}}]";
    let folder = tempfile::tempdir().expect("a folder");
    let document = format!(
        "openapi: 3.1.0\npaths: {{/a: {{post: {{requestBody: {{content: {{application/json: {{schema: {{{SOURCES}}}}}}}}}}}}}}}\n"
    );
    let unused = ["name", "a", "b", "count"].map(|name| (name, format!("$input.{name}")));
    let unused = unused.iter().filter(|(_, reference)| !given.contains(reference));
    let ignored: Vec<String> = unused.map(|(name, _)| format!("{name}: why")).collect();
    let mapping = format!(
        "provider: probe\napi:\n  document: openapi.yaml\n  server: {{config: api_base, default: 'https://probe.example'}}\n  \
         auth: {{bearer: {{env: {{config: api_key_env, default: PROBE_KEY}}}}}}\nfunctions:\n  probe:\n    \
         description: Probes.\n    input: {{type: object, required: [name], properties: {{name: {{type: string}}, a: {{type: \
         string}}, b: {{type: string}}, count: {{type: integer}}}}}}\n    output: {{type: object, properties: {{}}}}\n    ignored: \
         {{{}}}\n    call: POST /a\n    body: {given}\n    answer: {{}}\n",
        ignored.join(", ")
    );
    std::fs::write(folder.path().join("openapi.yaml"), document).expect("to write");
    std::fs::write(folder.path().join("mapping.yaml"), mapping).expect("to write");
    let problems = provider_codegen::generate(folder.path()).map(drop);
    problems.map_err(|report| report.problems.into_iter().map(|problem| problem.message).collect())
}

#[test]
fn which_alternative_a_body_is_may_show_when_it_is_sent() {
    for given in [
        "{image: $input.a, snapshot: $input.b, name: $input.name}",
        "{image: $input.a, snapshot: $input.b, name: x, size: $input.count}",
    ] {
        assert_eq!(probe_with_inputs(given), Ok(()), "{given}");
    }
    for (given, message) in [
        // It is one of them at once, and lacks something.
        (
            "{image: $input.a, name: $input.name}",
            "`body.image` is required, but this value may be absent",
        ),
        // Both at once are none of them.
        ("{image: x, snapshot: y, name: z}", "`body` has no field `snapshot`"),
        ("{image: $input.a, snapshot: y, name: x}", "`body` has no field `"),
        ("{image: $input.a, snapshot: $input.b}", "`body` needs the field `name`"),
        (
            "{image: $input.a, snapshot: $input.count, name: x}",
            "`body` has no field `snapshot`",
        ),
        (
            "{image: $input.a, snapshot: $input.b, name: x, other: y}",
            "`body` has no fields `snapshot`, `other`",
        ),
        ("{kind: saved, image: $input.a, name: x}", "`body` has no field `"),
    ] {
        let told = probe_with_inputs(given).expect_err(given);
        assert!(told.iter().any(|told| told.starts_with(message)), "{given}: {told:?}");
    }
}

#[test]
fn alternatives_that_are_the_same_are_one() {
    let one = "{type: object, required: [name], properties: {name: {type: string}}}";
    let schema = format!("oneOf: [{one}, {{anyOf: [{one}, {one}]}}]");
    let expected = object(json!({"name": {"type": "string"}}), &["name"]);
    assert_eq!(body(&schema, "{name: a}"), expected);
}
