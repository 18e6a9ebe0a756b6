//! Bodies: the fields that are written, and what they are sent as.

use serde_json::json;

use crate::probe::object;

use super::{body, client, lowered, post, probe, refusal};

#[test]
fn a_body_has_the_fields_that_are_written() {
    let given = "requestBody: {required: true, content: {multipart/form-data: {}, application/json: {schema: {type: object, required: [name], properties: {name: {type: string, maxLength: 3}, size: {type: [integer, 'null']}, other: {type: string}}}}}}";
    let expected = object(
        json!({"name": {"type": "string"}, "size": {"type": "integer"}}),
        &["name"],
    );
    assert_eq!(body(given, "body: {name: a, size: 3}"), expected);
}

#[test]
fn a_body_is_not_asked_for_what_only_answers_have() {
    let made = "{allOf: [{$ref: '#/components/parameters/Id/schema'}, {readOnly: true}]}";
    let within = "{type: object, required: [at], properties: {at: {type: integer, readOnly: true}}}";
    let properties =
        format!("{{name: {{type: string}}, id: {{type: string, readOnly: true}}, made: {made}, of: {within}}}");
    let given = format!(
        "requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, required: [name, id, made], properties: {properties}}}}}}}}}"
    );
    let of = object(json!({}), &[]);
    let expected = object(json!({"name": {"type": "string"}, "of": of}), &["name"]);
    assert_eq!(body(&given, "body: {name: a, of: {}}"), expected);
    let id = object(json!({"name": {"type": "string"}, "id": {"type": "string"}}), &["name"]);
    assert_eq!(body(&given, "body: {name: a, id: b}"), id);
    let (message, _) = refusal(&given, "body: {id: b}");
    assert_eq!(message, "`body` needs the field `name`");
}

#[test]
fn what_has_to_be_there_and_may_be_null_is_always_sent() {
    let properties = "{n: {type: [integer, 'null']}, l: {type: [array, 'null'], items: {type: string}}, o: {type: [array, 'null'], items: {type: string}}}";
    let given = format!(
        "requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, required: [n, l], properties: {properties}}}}}}}}}"
    );
    let list = json!({"type": "array", "items": {"type": "string"}, "nullable": true});
    let number = json!({"type": "integer", "nullable": true});
    let expected = object(json!({"n": number, "l": list, "o": list}), &["n", "l"]);
    assert_eq!(body(&given, "body: {n: 1, l: [], o: []}"), expected);
}

/// The body of a request with these optional properties.
fn patch(properties: &str) -> String {
    format!(
        "requestBody: {{required: true, content: {{application/merge-patch+json: {{schema: {{type: object, properties: {properties}}}}}}}}}"
    )
}

#[test]
fn a_null_is_sent_where_the_document_takes_one() {
    let given = patch("{n: {type: [integer, 'null']}, l: {type: [array, 'null'], items: {type: string}}, any: {}}");
    let expected = object(json!({"n": {}, "l": {}, "any": {}}), &[]);
    assert_eq!(body(&given, "body: {n: null, l: null, any: null}"), expected);
    let of_two = patch("{n: {oneOf: [{type: integer}, {type: string}, {type: 'null'}]}}");
    assert_eq!(body(&of_two, "body: {n: null}"), object(json!({"n": {}}), &[]));
}

#[test]
fn a_null_is_refused_where_the_document_takes_none() {
    let fields = [
        ("{n: {type: integer}}", "n", "a whole number"),
        ("{n: {type: array, items: {type: string}}}", "n", "a list"),
        ("{n: {enum: [a, b]}}", "n", "a string"),
        (
            "{n: {type: object, properties: {of: {type: string}}}}",
            "n",
            "an object",
        ),
    ];
    for (properties, name, kind) in fields {
        let (message, help) = refusal(&patch(properties), &format!("body: {{{name}: null}}"));
        assert_eq!(message, format!("`body.{name}` takes {kind}, and no null"));
        assert!(help.starts_with("leave the field out"), "{help}");
    }
    let within = patch("{o: {type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}}");
    assert_eq!(
        refusal(&within, "body: {o: {a: x, b: null}}").0,
        "`body.o.b` takes a string, and no null"
    );
}

#[test]
fn a_field_whose_name_follows_a_pattern_may_be_given() {
    let within = "{type: object, properties: {k: {type: string}}, patternProperties: {'^x-': {type: string}}, additionalProperties: false}";
    let given = format!(
        "requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, properties: {{p: {within}}}}}}}}}}}"
    );
    assert!(body(&given, "body: {p: {k: a, x-a: b}}")["properties"]["p"].is_object());
}

#[test]
fn a_body_is_asked_for_what_is_required_though_nothing_describes_it() {
    let given = "requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name, kind], properties: {name: {type: string}}, additionalProperties: false}}}}";
    let (message, _) = refusal(given, "body: {name: a}");
    assert_eq!(message, "`body` needs the field `kind`");
    let expected = object(json!({"name": {"type": "string"}, "kind": {}}), &["name", "kind"]);
    assert_eq!(body(given, "body: {name: a, kind: b}"), expected);
}

#[test]
fn the_fields_of_alternatives_may_be_given_beside_those_of_the_object() {
    let arms = "oneOf: [{type: object, required: [a, c], properties: {a: {type: string}, c: {type: string}}}, {type: object, required: [c], properties: {b: {type: string}, c: {type: string}}}]";
    let given = format!(
        "requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, required: [name], properties: {{name: {{type: string}}}}, {arms}}}}}}}}}"
    );
    let text = json!({"type": "string"});
    let expected = object(json!({"name": text, "b": text, "c": text}), &["name", "c"]);
    assert_eq!(body(&given, "body: {name: x, b: y, c: z}"), expected);
    assert_eq!(
        refusal(&given, "body: {name: x, c: z, d: z}").0,
        "`body` has no field `d`"
    );
    assert_eq!(refusal(&given, "body: {name: x}").0, "`body` needs the field `c`");
}

#[test]
fn a_literal_is_one_of_a_choice_of_constants() {
    for (choice, listed) in [
        ("{oneOf: [{const: on}, {const: off}]}", true),
        ("{type: string, anyOf: [{const: on}, {enum: [off]}]}", true),
        ("{allOf: [{type: string}, {oneOf: [{const: on}, {const: off}]}]}", true),
        ("{allOf: [{enum: [on, off, auto]}, {enum: [off, on]}]}", true),
        ("{anyOf: [{enum: [on, off]}, {type: integer}]}", true),
        ("{anyOf: [{enum: [on, off]}, {type: string}]}", false),
    ] {
        let given = format!(
            "requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{to: {choice}}}}}}}}}}}"
        );
        body(&given, "body: {to: 'on'}");
        let refused = probe(&given, "body: {to: auto}", |probe| probe.run().is_err());
        assert_eq!(refused, listed, "{choice}");
    }
}

#[test]
fn a_body_that_may_be_null_is_a_plain_one() {
    let given = "requestBody: {content: {application/json: {schema: {anyOf: [{type: object, properties: {name: {type: string}}}, {type: 'null'}]}}}}";
    assert_eq!(
        body(given, "body: {name: a}"),
        object(json!({"name": {"type": "string"}}), &[])
    );
    assert_eq!(
        post(&lowered(given, "body: {name: a}"))["requestBody"]["required"],
        json!(true)
    );
}

#[test]
fn other_media_types_that_may_be_json_are_sent_as_json() {
    for media in [
        "application/merge-patch+json",
        "'*/*'",
        "'application/json; charset=utf-8'",
        "Application/JSON",
    ] {
        let given = format!(
            "requestBody: {{content: {{{media}: {{schema: {{type: object, properties: {{name: {{type: string}}}}}}}}}}}}"
        );
        assert_eq!(
            body(&given, "body: {name: a}"),
            object(json!({"name": {"type": "string"}}), &[]),
            "{media}"
        );
    }
}

#[test]
fn other_bodies_are_refused_with_the_action_that_mends_it() {
    for (media, given) in [
        ("application/x-www-form-urlencoded", "{}"),
        ("application/octet-stream", "{schema: {type: object}}"),
        (
            "multipart/mixed",
            "{schema: {type: object, properties: {a: {type: string}}}}",
        ),
        ("application/x-ndjson", "{}"),
        ("text/plain", "{schema: {type: array, items: {type: string}}}"),
    ] {
        let (message, help) = refusal(
            &format!("requestBody: {{content: {{{media}: {given}}}}}"),
            "body: {name: a}",
        );
        let place = "#/paths/~1things~1{id}/post/requestBody/content";
        assert_eq!(
            message,
            format!(
                "{place} cannot be used: the body is {media}, and a call sends JSON, text, bytes or multipart/form-data"
            )
        );
        let action = "{target: \"$.paths['/things/{id}'].post.requestBody.content\", why: …, update: {application/json: {schema: {…}}}}";
        assert_eq!(
            help,
            format!("if the API takes JSON there too, say so in the overlay: `{action}`")
        );
    }
}

#[test]
fn of_several_media_types_json_is_sent_before_bytes_before_text_before_parts() {
    let bytes = json!({"type": "string", "format": "binary"});
    let text = json!({"type": "string"});
    const STRING: &str = "{schema: {type: string}}";
    const BINARY: &str = "{schema: {type: string, format: binary}}";
    const PARTS: &str = "{schema: {type: object, properties: {file: {type: string, format: binary}}}}";
    const ENCODED: &str = "{schema: {type: string, contentEncoding: base64}}";
    for (content, body_given, expected) in [
        (
            format!("multipart/form-data: {PARTS}, application/octet-stream: {BINARY}"),
            "{to_base64: a}",
            &bytes,
        ),
        (
            format!("text/plain: {STRING}, application/octet-stream: {{}}"),
            "{to_base64: a}",
            &bytes,
        ),
        (
            format!("multipart/form-data: {PARTS}, text/plain: {STRING}"),
            "a",
            &text,
        ),
        (
            format!("application/octet-stream: {BINARY}, application/json: {STRING}"),
            "a",
            &text,
        ),
        (format!("'*/*': {BINARY}"), "{to_base64: a}", &bytes),
        (format!("image/png: {STRING}"), "{to_base64: a}", &bytes),
        ("text/csv: {}".to_owned(), "a", &text),
        (format!("text/plain: {BINARY}"), "{to_base64: a}", &bytes),
        // It is base64 on the way, too.
        (format!("application/octet-stream: {ENCODED}"), "{to_base64: a}", &text),
    ] {
        let given = format!("requestBody: {{content: {{{content}}}}}");
        assert_eq!(body(&given, &format!("body: {body_given}")), *expected, "{content}");
    }
}

#[test]
fn parts_are_text_bytes_or_json() {
    let given = "requestBody: {content: {multipart/form-data: {schema: {type: object, required: [files], properties: {\
                 files: {type: array, items: {type: string, format: binary}}, path: {type: string}, \
                 coded: {type: string, format: byte}, more: {type: object, properties: {a: {type: integer}}}}}}}}";
    let file = "{as_file: {bytes: {to_base64: a}, name: b}}";
    let parts = format!("body: {{files: [{file}], path: c, coded: {{to_base64: d}}, more: {{a: 1}}}}");
    let bytes = json!({"type": "string", "format": "binary"});
    let expected = json!({
        "files": {"type": "array", "items": bytes},
        "path": {"type": "string"},
        "coded": {"type": "string"},
        "more": {},
    });
    assert_eq!(body(given, &parts), object(expected, &["files"]));
    let one = refusal(given, "body: {to_base64: a}").0;
    assert_eq!(one, "`POST /things/{id}` takes a body of parts, and this is one value");
    let (text, help) = refusal(given, "body: {files: [a]}");
    assert_eq!(text, "`body.files` takes base64, this is text");
    assert!(help.starts_with("convert it: `{to_base64: …}`"), "{help}");
}

#[test]
fn parts_that_are_not_described_are_refused() {
    for schema in [
        "{}",
        "{schema: {type: object}}",
        "{schema: {type: object, properties: {a_b: {}, aB: {}}}}",
    ] {
        let (message, help) = refusal(
            &format!("requestBody: {{content: {{multipart/form-data: {schema}}}}}"),
            "body: {name: a}",
        );
        assert!(message.contains("the parts of the body are not described"), "{message}");
        assert!(
            help.contains("update: {multipart/form-data: {schema: {type: object, properties: {file: {…}}}}}"),
            "{help}"
        );
    }
}

#[test]
fn fields_of_a_body_that_are_called_alike_are_each_given() {
    let given = "requestBody: {content: {application/json: {schema: {type: object, required: [fooBar], properties: {fooBar: {type: string}, foo_bar: {type: string}}}}}}";
    assert_eq!(body(given, "body: {fooBar: a, foo_bar: b}"), json!({}));
    assert_eq!(
        refusal(given, "body: {foo_bar: b}").0,
        "`body` needs the field `fooBar`"
    );
    let generated = probe(given, "body: {fooBar: a, foo_bar: b}", |probe| {
        probe.run().expect("code")
    });
    for name in ["\"fooBar\"", "\"foo_bar\""] {
        assert!(generated.provider.contains(name), "{}", generated.provider);
    }
}

#[test]
fn a_body_is_sent_as_the_media_type_that_the_document_has() {
    let body = |media: &str| {
        let given = format!(
            "requestBody: {{content: {{{media}: {{schema: {{type: object, properties: {{name: {{type: string}}}}}}}}}}}}"
        );
        client(&given, "body: {name: a}")
    };
    for (media, sent) in [
        ("application/merge-patch+json", "application/merge-patch+json"),
        ("Application/JSON-Patch+JSON", "application/json-patch+json"),
        ("'application/json; charset=utf-8'", "application/json; charset=utf-8"),
        ("text/json", "text/json"),
    ] {
        let client = body(media);
        let sets = format!("\"{sent}\"");
        assert!(
            client.contains(&sets) && client.contains("CONTENT_TYPE"),
            "{media}: {client}"
        );
    }
    for media in ["application/json", "'*/*'", "'application/*'", "'application/*+json'"] {
        assert!(!body(media).contains("CONTENT_TYPE"), "{media}");
    }
}
