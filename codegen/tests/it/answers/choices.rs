//! What several parts, alternatives and references say of one answer.

use serde_json::{Value, json};

use crate::probe::{Probe, object};

use super::{a_nullable_string, a_string, answers, read, read_with};

#[test]
fn beside_a_reference_other_keywords_hold_too() {
    let base = "Base: {type: object, properties: {id: {type: string}, n: {type: integer}}}, Alias: {$ref: '#/components/schemas/Base', required: [n]}";
    let of = |name: &str, rest: &str| format!("{{$ref: '#/components/schemas/{name}', {rest}}}");
    let id = object(json!({"id": {"type": "string"}}), &["id"]);
    assert_eq!(read_with(&of("Base", "required: [id]"), base, ".id"), id);
    assert_eq!(read_with(&of("Alias", "required: [id]"), base, ".id"), id);
    let n = object(json!({"n": {"type": "integer"}}), &["n"]);
    assert_eq!(read_with(&of("Alias", "description: It."), base, ".n"), n);
    let more = of("Base", "properties: {more: {type: string}}, required: [more]");
    assert_eq!(
        read_with(&more, base, ".more"),
        object(json!({"more": {"type": "string"}}), &["more"])
    );
    let within = format!(
        "{{type: object, required: [of], properties: {{of: {}}}}}",
        of("Base", "required: [id]")
    );
    assert_eq!(read_with(&within, base, ".of.id"), object(json!({"of": id}), &["of"]));
}

#[test]
fn beside_a_reference_nothing_holds_in_openapi_3_0_but_nullable() {
    let base = "Base: {type: object, required: [id], properties: {id: {type: string}}}";
    let read = |beside: &str| {
        let document = answers(
            "3.0.3",
            &format!("{{$ref: '#/components/schemas/Base', {beside}}}"),
            base,
        );
        let call = "call: GET /thing\nanswer: {got: {it: '$response.id'}}";
        let lowered = Probe {
            document: &document,
            call,
        }
        .lowered();
        lowered["components"]["schemas"]["GetThingAnswer"]["required"].clone()
    };
    assert_eq!(read("properties: {id: {type: integer}}, type: string"), json!(["id"]));
    assert_eq!(read("nullable: true"), Value::Null);
}

#[test]
fn the_fields_of_alternatives_are_optional_beside_those_of_the_object() {
    let a = "A: {type: object, required: [a, both], properties: {a: {type: string}, both: {type: string}}}";
    let b = "B: {type: object, required: [both], properties: {b: {type: integer}, both: {type: string}}}";
    let schemas = format!("{a}, {b}");
    let arms = "[{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]";
    for answer in [
        format!("{{type: object, required: [id], properties: {{id: {{type: string}}}}, oneOf: {arms}}}"),
        format!("{{required: [id], properties: {{id: {{type: string}}}}, anyOf: {arms}}}"),
        format!(
            "{{allOf: [{{type: object, required: [id], properties: {{id: {{type: string}}}}}}, {{oneOf: {arms}}}]}}"
        ),
        format!("{{allOf: [{{oneOf: {arms}}}], required: [id], properties: {{id: {{type: string}}}}}}"),
    ] {
        let of = |path: &str| read_with(&answer, &schemas, path);
        assert_eq!(
            of(".id"),
            object(json!({"id": {"type": "string"}}), &["id"]),
            "{answer}"
        );
        assert_eq!(
            of(".both"),
            object(json!({"both": {"type": "string"}}), &["both"]),
            "{answer}"
        );
        assert_eq!(
            of(".a"),
            object(json!({"a": {"type": "string", "nullable": true}}), &[]),
            "{answer}"
        );
        assert_eq!(
            of(".b"),
            object(json!({"b": {"type": "integer", "nullable": true}}), &[]),
            "{answer}"
        );
        let document = answers("3.1.0", &answer, &schemas);
        let call = "call: GET /thing\nanswer: {got: {it: $response.c}}";
        let refused = Probe {
            document: &document,
            call,
        }
        .refusal()
        .remove(0)
        .0;
        assert_eq!(refused, "`$response` is an object and has no field `c`", "{answer}");
    }
}

#[test]
fn what_may_be_anything_or_any_object_may_be_null_too() {
    let of = |field: &str| format!("{{type: object, required: [it], properties: {{it: {field}}}}}");
    let map = json!({"type": "object", "additionalProperties": {}, "nullable": true});
    for field in [
        "{anyOf: [{type: object}, {type: 'null'}]}",
        "{type: [object, 'null']}",
        "{allOf: [{type: object}], nullable: true}",
        "{oneOf: [{type: 'null'}, {type: object, additionalProperties: true}]}",
    ] {
        assert_eq!(read(&of(field), ".it"), object(json!({"it": map}), &[]), "{field}");
        let document = answers("3.1.0", &of(field), "");
        let call = "call: GET /thing\nanswer: {got: $response.it}";
        let optional = Probe {
            document: &document,
            call,
        };
        assert!(optional.run().is_ok(), "{field}");
    }
    for field in ["{anyOf: [{}, {type: 'null'}]}", "{type: 'null'}"] {
        let document = answers("3.1.0", &of(field), "");
        let call = "call: GET /thing\npath: {}\nanswer: {got: {it: $response.it}}";
        let lowered = Probe {
            document: &document,
            call,
        }
        .lowered();
        let it = &lowered["components"]["schemas"]["GetThingAnswer"];
        assert_eq!(it["required"], Value::Null, "{field}");
    }
    let list = read(
        "{type: object, required: [it], properties: {it: {anyOf: [{type: object}, {type: object}]}}}",
        ".it",
    );
    assert_eq!(list["required"], json!(["it"]));
}

#[test]
fn what_every_alternative_has_is_there_and_typed() {
    let answer = "{oneOf: [{type: object, required: [id, of], properties: {id: {type: string}, of: {type: object, required: [x], properties: {x: {type: string}}}}}, \
        {type: object, required: [id, of], properties: {id: {type: string, maxLength: 3}, of: {type: object, required: [x, y], properties: {x: {type: string}, y: {type: string}}}}}]}";
    assert_eq!(read(answer, ".id"), object(json!({"id": {"type": "string"}}), &["id"]));
    let x = object(json!({"x": {"type": "string"}}), &["x"]);
    assert_eq!(read(answer, ".of.x"), object(json!({"of": x}), &["of"]));
    let y = object(json!({"y": {"type": "string", "nullable": true}}), &[]);
    assert_eq!(read(answer, ".of.y"), object(json!({"of": y}), &["of"]));
}

#[test]
fn alternatives_that_only_demand_leave_the_fields_of_the_object() {
    let of = |arms: &str| format!("{{type: object, properties: {{a: {{type: string}}, b: {{type: string}}}}, {arms}}}");
    let a = |required: &[&str], kind: Value| object(json!({"a": kind}), required);
    let one = of("anyOf: [{required: [a]}, {required: [b]}]");
    assert_eq!(read(&one, ".a"), a(&[], json!({"type": "string", "nullable": true})));
    let each = of("oneOf: [{required: [a]}, {required: [b, a]}]");
    assert_eq!(read(&each, ".a"), a(&["a"], json!({"type": "string"})));
    let typed = of("oneOf: [{type: object, required: [a]}, {type: object, required: [b, a]}]");
    assert_eq!(read(&typed, ".a"), a(&["a"], json!({"type": "string"})));
}

#[test]
fn a_choice_of_constants_is_a_plain_value() {
    a_string("{oneOf: [{const: a, title: A}, {const: b}]}");
    a_string("{type: string, oneOf: [{const: a}, {const: b}]}");
    a_string("{anyOf: [{enum: [a, b]}, {type: string}]}");
    a_string("{allOf: [{type: string}, {oneOf: [{const: a}, {const: b}]}]}");
    a_nullable_string("{oneOf: [{const: a}, {type: 'null'}, {const: b}]}");
    a_string("{enum: [a, null], oneOf: [{const: a}, {const: b}]}");
}

#[test]
fn what_is_required_is_there_though_nothing_describes_it() {
    let it = object(json!({"it": {}}), &[]);
    for answer in [
        "{type: object, required: [it], properties: {id: {type: string}}}",
        "{type: object, required: [it], properties: {id: {type: string}}, additionalProperties: false}",
        "{allOf: [{required: [it]}, {type: object, properties: {id: {type: string}}}]}",
    ] {
        assert_eq!(read(answer, ".it"), it, "{answer}");
    }
    let typed =
        "{type: object, required: [it], properties: {id: {type: integer}}, additionalProperties: {type: string}}";
    assert_eq!(read(typed, ".it"), object(json!({"it": {"type": "string"}}), &["it"]));
}

#[test]
fn what_any_part_of_all_of_demands_is_required() {
    let id = object(json!({"id": {"type": "string"}}), &["id"]);
    let base = "Base: {type: object, required: [id], properties: {id: {type: string}}}";
    for parts in [
        "{properties: {id: {type: string}}}, {required: [id]}",
        "{required: [id]}, {properties: {id: {type: string}}}",
        "{properties: {id: {type: string}}}, {allOf: [{required: [id]}]}",
        "{$ref: '#/components/schemas/Base'}, {properties: {id: {description: Its name.}}}",
        "{properties: {id: {description: Its name.}}}, {$ref: '#/components/schemas/Base'}",
    ] {
        assert_eq!(read_with(&format!("{{allOf: [{parts}]}}"), base, ".id"), id, "{parts}");
    }
}

#[test]
fn parts_that_say_nothing_of_other_fields_do_not_open_an_object() {
    let base = "Base: {type: object, properties: {id: {type: string}}}";
    for (answer, open) in [
        ("{type: object, allOf: [{$ref: '#/components/schemas/Base'}]}", false),
        ("{allOf: [{type: object}, {$ref: '#/components/schemas/Base'}]}", false),
        (
            "{allOf: [{type: object, additionalProperties: false}, {$ref: '#/components/schemas/Base'}]}",
            false,
        ),
        (
            "{additionalProperties: true, allOf: [{$ref: '#/components/schemas/Base'}]}",
            true,
        ),
        (
            "{allOf: [{additionalProperties: {type: string}}, {$ref: '#/components/schemas/Base'}]}",
            true,
        ),
    ] {
        let document = answers("3.1.0", answer, base);
        let probe = Probe {
            document: &document,
            call: "call: GET /thing\nanswer: {got: {it: $response.idd}}",
        };
        assert_eq!(probe.run().is_ok(), open, "{answer}");
    }
}
