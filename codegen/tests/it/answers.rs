//! Answers: whatever a document writes, the client gets the fields that are read, typed as far as that is safe.

mod choices;

use serde_json::{Value, json};

use crate::probe::{Probe, inlined, object};

/// A document with `GET /thing`, which answers with this schema and these components.
fn answers(version: &str, schema: &str, schemas: &str) -> String {
    format!(
        "openapi: {version}\npaths:\n  /thing:\n    get:\n      responses:\n        '200':\n          content:\n            \
         application/json: {{schema: {schema}}}\ncomponents: {{schemas: {{{schemas}}}}}\n"
    )
}

/// What is left of an answer's schema when this path of it is read.
fn read(schema: &str, path: &str) -> Value {
    read_with(schema, "", path)
}

fn read_with(schema: &str, schemas: &str, path: &str) -> Value {
    let call = format!("call: GET /thing\nanswer: {{got: {{it: '$response{path}'}}}}");
    let document = answers("3.1.0", schema, schemas);
    let probe = Probe {
        document: &document,
        call: &call,
    };
    let lowered = probe.lowered();
    let schema = &lowered["paths"]["/thing"]["get"]["responses"]["2XX"]["content"]["application/json"]["schema"];
    inlined(schema, &lowered)
}

/// A required string, however it is said that it is one.
fn a_string(schema: &str) {
    let answer = format!("{{type: object, required: [id], properties: {{id: {schema}}}}}");
    assert_eq!(
        read(&answer, ".id"),
        object(json!({"id": {"type": "string"}}), &["id"]),
        "{schema}"
    );
}

/// A required string that may be null, which is the same as one that may be missing.
fn a_nullable_string(schema: &str) {
    let answer = format!("{{type: object, required: [id], properties: {{id: {schema}}}}}");
    let expected = object(json!({"id": {"type": "string", "nullable": true}}), &[]);
    assert_eq!(read(&answer, ".id"), expected, "{schema}");
}

#[test]
fn null_in_any_spelling_makes_a_field_optional() {
    a_nullable_string("{type: [string, 'null']}");
    a_nullable_string("{type: string, nullable: true}");
    a_nullable_string("{anyOf: [{type: string}, {type: 'null'}]}");
    a_nullable_string("{oneOf: [{type: 'null'}, {type: string}]}");
    a_nullable_string("{enum: [a, null]}");
}

#[test]
fn a_constant_an_enumeration_and_a_bad_default_leave_a_plain_string() {
    a_string("{const: shed}");
    a_string("{type: string, enum: [standing, ruined]}");
    a_string("{type: string, default: 7}");
    a_string("{type: string, format: date-time, title: Id, examples: [x]}");
    a_string("{allOf: [{type: string}]}");
}

#[test]
fn numeric_exclusive_bounds_are_dropped() {
    let answer = "{type: object, properties: {n: {type: integer, exclusiveMinimum: 0, exclusiveMaximum: 9}}}";
    assert_eq!(
        read(answer, ".n"),
        object(json!({"n": {"type": "integer", "nullable": true}}), &[])
    );
}

#[test]
fn a_boolean_schema_is_any_value() {
    let answer = "{type: object, required: [any], properties: {any: true}}";
    assert_eq!(read(answer, ".any"), object(json!({"any": {}}), &[]));
}

#[test]
fn fields_that_nobody_reads_are_left_out() {
    let answer = "{type: object, required: [a, b], properties: {a: {type: string}, b: {type: object, properties: {c: {type: string}}}}}";
    let expected = object(
        json!({"b": object(json!({"c": {"type": "string", "nullable": true}}), &[])}),
        &["b"],
    );
    assert_eq!(read(answer, ".b.c"), expected);
}

#[test]
fn all_of_is_one_object() {
    let base = "Base: {type: object, required: [id], properties: {id: {type: string}}}";
    let answer = "{allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {id: {type: string}, n: {type: integer}}}]}";
    assert_eq!(
        read_with(answer, base, ".n"),
        object(json!({"n": {"type": "integer", "nullable": true}}), &[])
    );
}

#[test]
fn a_field_of_some_alternatives_is_optional() {
    let answer = "{oneOf: [{type: object, required: [url], properties: {url: {type: string}}}, {type: object, properties: {why: {type: string}}}], discriminator: {propertyName: kind}}";
    let url = json!({"url": {"type": "string", "nullable": true}});
    assert_eq!(read(answer, ".url"), object(url, &[]));
}

#[test]
fn a_reference_beside_other_keywords_is_followed() {
    let name = "Name: {type: string}";
    let answer = "{type: object, required: [name], properties: {name: {$ref: '#/components/schemas/Name', description: Its name.}}}";
    assert_eq!(
        read_with(answer, name, ".name"),
        object(json!({"name": {"type": "string"}}), &["name"])
    );
}

#[test]
fn definitions_within_a_schema_are_found() {
    let outer = "Outer: {$defs: {Name: {type: string}}, type: object, required: [name], properties: {name: {$ref: '#/components/schemas/Outer/$defs/Name'}}}";
    let answer = "{$ref: '#/components/schemas/Outer'}";
    assert_eq!(
        read_with(answer, outer, ".name"),
        object(json!({"name": {"type": "string"}}), &["name"])
    );
}

#[test]
fn a_schema_that_contains_itself_is_read_as_deep_as_the_mapping_goes() {
    let tree = "Tree: {type: object, required: [name], properties: {name: {type: string}, child: {$ref: '#/components/schemas/Tree'}}}";
    let answer = "{$ref: '#/components/schemas/Tree'}";
    let leaf = object(json!({"name": {"type": "string"}}), &["name"]);
    let expected = object(json!({"child": object(json!({"child": leaf}), &[])}), &[]);
    assert_eq!(read_with(answer, tree, ".child.child.name"), expected);
}

#[test]
fn a_schema_that_is_nothing_but_itself_is_any_value() {
    let knot = "Knot: {oneOf: [{$ref: '#/components/schemas/Knot'}, {$ref: '#/components/schemas/Knot'}]}";
    assert_eq!(read_with("{$ref: '#/components/schemas/Knot'}", knot, ".x"), json!({}));
}

#[test]
fn lists_and_maps_keep_their_items() {
    let answer = "{type: object, required: [rows, tags], properties: {rows: {type: array, items: {type: object, required: [id], properties: {id: {type: string}}}}, tags: {type: object, additionalProperties: {type: string}}}}";
    let row = object(json!({"id": {"type": "string"}}), &["id"]);
    let rows = object(json!({"rows": {"type": "array", "items": row}}), &["rows"]);
    assert_eq!(read(answer, ".rows[*].id"), rows);
    let tags = object(
        json!({"tags": {"type": "object", "additionalProperties": {"type": "string"}}}),
        &["tags"],
    );
    assert_eq!(read(answer, ".tags.owner"), tags);
}

#[test]
fn fields_that_rust_would_call_the_same_are_each_read() {
    for (one, other) in [
        ("fooBar", "foo_bar"),
        ("note", "Note"),
        ("a-b", "a_b"),
        ("名前", "年齢"),
    ] {
        let answer = format!(
            "{{type: object, required: ['{one}'], properties: {{'{one}': {{type: string}}, '{other}': {{type: string}}}}}}"
        );
        let document = answers("3.1.0", &answer, "");
        let call = format!("call: GET /thing\nanswer: {{got: {{one: $response.{one}, other: $response.{other}}}}}");
        let probe = Probe {
            document: &document,
            call: &call,
        };
        let generated = probe.run().unwrap_or_else(|report| panic!("{report}"));
        for name in [one, other] {
            assert!(
                generated.provider.contains(&format!("\".{name}\"")),
                "{name}: {}",
                generated.provider
            );
        }
    }
}

/// The responses of `GET /thing`, and what is read of them.
fn of_responses(responses: &str) -> Result<Value, Vec<(String, String)>> {
    let document = format!("openapi: 3.0.3\npaths: {{/thing: {{get: {{responses: {responses}}}}}}}\n");
    let probe = Probe {
        document: &document,
        call: "call: GET /thing\nanswer: {got: {it: $response.id}}",
    };
    if probe.run().is_err() {
        return Err(probe.refusal());
    }
    let lowered = probe.lowered();
    let responses = &lowered["paths"]["/thing"]["get"]["responses"];
    assert_eq!(
        responses.as_object().map(|all| all.len()),
        Some(1),
        "one answer stands for all"
    );
    Ok(inlined(
        &responses["2XX"]["content"]["application/json"]["schema"],
        &lowered,
    ))
}

const THING: &str = "{schema: {type: object, required: [id], properties: {id: {type: string}}}}";

/// What an answer may not have, of one of several statuses.
#[test]
fn of_several_successes_a_field_is_always_there_only_if_each_has_it() {
    let optional = object(json!({"id": {"type": "string", "nullable": true}}), &[]);
    let other = "{schema: {type: object, required: [job], properties: {job: {type: string}}}}";
    let both = "{schema: {type: object, required: [id, job], properties: {id: {type: string}, job: {type: string}}}}";
    for (responses, expected) in [
        (
            format!("{{'204': {{}}, '201': {{content: {{application/json: {THING}}}}}}}"),
            &optional,
        ),
        (
            format!("{{'200': {{content: {{application/json: {THING}}}}}, '2XX': {{}}}}"),
            &optional,
        ),
        (
            format!(
                "{{'200': {{content: {{application/json: {THING}}}}}, '202': {{content: {{application/json: {other}}}}}}}"
            ),
            &optional,
        ),
        (
            format!("{{'200': {{content: {{application/json: {THING}}}}}, '202': {{content: {{text/plain: {{}}}}}}}}"),
            &optional,
        ),
        (
            format!(
                "{{'200': {{content: {{application/json: {THING}}}}}, '202': {{content: {{application/json: {both}}}}}}}"
            ),
            &object(json!({"id": {"type": "string"}}), &["id"]),
        ),
    ] {
        assert_eq!(of_responses(&responses).as_ref(), Ok(expected), "{responses}");
    }
}

#[test]
fn of_several_successes_one_that_is_not_there_is_refused_by_name() {
    let responses = format!("{{'200': {{content: {{application/json: {THING}}}}}, '202': {{$ref: 'jobs.yaml#/Job'}}}}");
    let (message, _) = of_responses(&responses).expect_err("a refusal").remove(0);
    let place = "#/paths/~1thing/get/responses/202";
    assert_eq!(
        message,
        format!("{place} cannot be used: `$ref: jobs.yaml#/Job` leads out of the document")
    );
}

#[test]
fn of_several_successes_the_first_with_json_is_the_answer_and_errors_are_left_out() {
    let thing = object(json!({"id": {"type": "string"}}), &["id"]);
    let error = "'404': {content: {application/json: {schema: {type: string}}}}, default: {content: {text/html: {}}}";
    for responses in [
        format!("{{'200': {{content: {{application/json: {THING}}}}}, {error}}}"),
        format!("{{'200': {{content: {{application/json: {THING}}}}}, '202': {{content: {{text/json: {THING}}}}}}}"),
        format!("{{'200': {{content: {{text/event-stream: {{}}, application/json: {THING}}}}}}}"),
        format!("{{'200': {{content: {{application/vnd.shed+json: {THING}}}}}}}"),
        format!("{{'200': {{content: {{'application/json; charset=utf-8': {THING}}}}}}}"),
        format!("{{'200': {{content: {{'Application/JSON': {THING}}}}}}}"),
        format!("{{'2XX': {{content: {{'*/*': {THING}}}}}}}"),
        format!("{{default: {{content: {{application/json: {THING}}}}}}}"),
    ] {
        assert_eq!(of_responses(&responses), Ok(thing.clone()), "{responses}");
    }
}

#[test]
fn an_answer_that_is_a_stream_of_events_is_none_until_its_end_is_read() {
    for media in [
        "text/event-stream",
        "application/x-ndjson",
        "application/jsonl",
        "application/connect+json",
        "Application/Stream+JSON; charset=utf-8",
        "application/json-seq",
    ] {
        let said = of_responses(&format!("{{'200': {{content: {{'{media}': {{}}}}}}}}")).expect_err("a refusal");
        let message = "`GET /thing` answers with a stream of events: what became of the call is told by its end";
        assert_eq!((said.len(), said[0].0.as_str()), (1, message), "{media}");
    }
}

#[test]
fn an_answer_that_is_not_json_is_refused_with_the_action_that_mends_it() {
    for media in ["application/grpc+json", "application/grpc-web+json"] {
        let said = of_responses(&format!("{{'200': {{content: {{{media}: {{}}}}}}}}")).expect_err("a refusal");
        let place = "#/paths/~1thing/get/responses/200/content";
        assert_eq!(
            said[0].0,
            format!("{place} cannot be used: the answer is {media}, and only JSON, text and bytes can be read")
        );
        let action = "{target: \"$.paths['/thing'].get.responses['200'].content\", why: …, update: {application/json: {schema: {…}}}}";
        let help = format!("if it is JSON all the same, say so in the overlay: `{action}`");
        assert_eq!(said[0].1, help);
    }
}

#[test]
fn a_response_by_reference_is_followed() {
    let document = format!(
        "{{\"openapi\": \"3.0.3\", \"paths\": {{\"/thing\": {{\"$ref\": \"#/components/pathItems/Thing\"}}}}, \"components\": {{\
         \"pathItems\": {{\"Thing\": {{\"get\": {{\"responses\": {{\"200\": {{\"$ref\": \"#/components/responses/Thing\"}}}}}}}}}}, \
         \"responses\": {{\"Thing\": {{\"content\": {{\"application/json\": {{\"schema\": {}}}}}}}}}}}}}",
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}})
    );
    let probe = Probe {
        document: &document,
        call: "call: GET /thing\nanswer: {got: {it: $response.id}}",
    };
    let schemas = &probe.lowered()["components"]["schemas"];
    assert_eq!(
        schemas["GetThingAnswer"],
        object(json!({"id": {"type": "string"}}), &["id"])
    );
}

#[test]
fn a_part_that_only_lists_values_leaves_the_type_of_another() {
    a_string("{allOf: [{type: string}, {enum: [a, b]}]}");
    a_string("{allOf: [{enum: [a, b]}, {type: string}]}");
}

#[test]
fn a_reference_that_leads_nowhere_is_refused_within_all_of_and_alternatives() {
    let lost = "{$ref: '#/components/schemas/Lost'}";
    for keyword in ["allOf", "oneOf", "anyOf"] {
        let answer = format!("{{{keyword}: [{lost}, {{type: object, properties: {{id: {{type: string}}}}}}]}}");
        let document = answers("3.1.0", &answer, "");
        let probe = Probe {
            document: &document,
            call: "call: GET /thing\nanswer: {got: {it: $response.id}}",
        };
        let (message, _) = probe.refusal().remove(0);
        let place = format!("#/paths/~1thing/get/responses/200/content/application~1json/schema/{keyword}/0");
        assert_eq!(
            message,
            format!("{place} cannot be used: `$ref: #/components/schemas/Lost` leads nowhere")
        );
    }
}

/// The headers that the client sets by itself, in a request that reads an answer of these media types.
fn asked(media: &str) -> String {
    let content = format!("{{{media}: {THING}}}");
    let document =
        format!("openapi: 3.0.3\npaths: {{/thing: {{get: {{responses: {{'200': {{content: {content}}}}}}}}}}}\n");
    let probe = Probe {
        document: &document,
        call: "call: GET /thing\nanswer: {got: {it: $response.id}}",
    };
    probe.run().unwrap_or_else(|report| panic!("{report}")).client
}

#[test]
fn json_is_asked_for_by_the_media_type_that_the_document_has() {
    let sets = |media: &str| format!("\"{media}\"");
    for (media, expected) in [
        ("application/vnd.shed+json", "application/vnd.shed+json"),
        (
            "'application/vnd.shed+json; version=2'",
            "application/vnd.shed+json; version=2",
        ),
        ("Application/Vnd.Shed+JSON", "application/vnd.shed+json"),
        ("text/json", "text/json"),
    ] {
        let client = asked(media);
        assert!(
            client.contains(&sets(expected)) && client.contains("header::ACCEPT"),
            "{media}"
        );
    }
    for plain in [
        "application/json",
        "Application/JSON",
        "'*/*'",
        "'application/*'",
        "'application/*+json'",
    ] {
        assert!(!asked(plain).contains(".insert("), "{plain}");
    }
}

#[test]
fn what_is_only_written_is_not_read() {
    let secret = "Secret: {type: string, writeOnly: true}";
    for field in [
        "{type: string, writeOnly: true}",
        "{$ref: '#/components/schemas/Secret'}",
        "{$ref: '#/components/schemas/Secret', description: It.}",
        "{allOf: [{type: string}, {writeOnly: true}]}",
    ] {
        let answer = format!("{{type: object, required: [id], properties: {{id: {field}}}}}");
        let document = answers("3.1.0", &answer, secret);
        let probe = Probe {
            document: &document,
            call: "call: GET /thing\nanswer: {got: {it: $response.id}}",
        };
        let (message, help) = probe.refusal().remove(0);
        assert_eq!(message, "no answer has `$response.id`: it is `writeOnly`", "{field}");
        assert!(help.ends_with("`update: {writeOnly: false}`"), "{help}");
    }
}

#[test]
fn a_plain_value_that_one_of_several_successes_lacks_is_optional() {
    let document = "openapi: 3.0.3\npaths: {/thing: {get: {responses: {'200': {content: {application/json: {schema: {type: string}}}}, '204': {}}}}}\n";
    let probe = Probe {
        document,
        call: "call: GET /thing\nanswer: {got: {it: $response}}",
    };
    let lowered = probe.lowered();
    let schema = &lowered["paths"]["/thing"]["get"]["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert_eq!(schema, &json!({}));
    let provider = probe.run().expect("code").provider;
    assert!(provider.contains("nothing: \"null\""), "{provider}");
}
