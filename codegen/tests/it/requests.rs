//! Requests: parameters and bodies as a call gives them, refused by name where the client cannot send them.

mod bodies;

use serde_json::{Value, json};

use crate::probe::{Probe, inlined};

/// `POST /things/{id}` with these keys, and a call with those.
fn lowered(operation: &str, call: &str) -> Value {
    probe(operation, call, |probe| probe.lowered())
}

fn refusal(operation: &str, call: &str) -> (String, String) {
    probe(operation, call, |probe| probe.refusal().remove(0))
}

fn probe<T>(operation: &str, call: &str, run: impl Fn(&Probe<'_>) -> T) -> T {
    let document = format!(
        "openapi: 3.1.0\npaths:\n  /things/{{id}}:\n    parameters: [{{$ref: '#/components/parameters/Id'}}]\n    post:\n      \
         responses: {{'200': {{}}}}\n{}\ncomponents: {{parameters: {{Id: {{name: id, in: path, required: true, schema: {{type: string}}}}}}}}\n",
        operation
            .lines()
            .map(|line| format!("      {line}\n"))
            .collect::<String>(),
    );
    let call = format!("call: POST /things/{{id}}\npath: {{id: a}}\n{call}");
    run(&Probe {
        document: &document,
        call: &call,
    })
}

fn post(lowered: &Value) -> &Value {
    &lowered["paths"]["/things/{id}"]["post"]
}

fn parameters(operation: &str, call: &str) -> Value {
    post(&lowered(operation, call))["parameters"].clone()
}

fn body(operation: &str, call: &str) -> Value {
    let lowered = lowered(operation, call);
    inlined(
        &post(&lowered)["requestBody"]["content"]["application/json"]["schema"],
        &lowered,
    )
}

fn parameter(name: &str, place: &str, required: bool, kind: &str) -> Value {
    json!({"name": name, "in": place, "required": required, "schema": {"type": kind}})
}

#[test]
fn parameters_of_the_path_and_by_reference_are_found() {
    assert_eq!(parameters("", ""), json!([parameter("id", "path", true, "string")]));
}

#[test]
fn headers_that_the_client_sends_by_itself_are_no_parameters() {
    let own = "parameters:\n- {name: authorization, in: header, required: true, schema: {type: string}}\n\
               - {name: Content-Type, in: header, required: true, schema: {type: string}}\n\
               - {name: host, in: header, required: true, schema: {type: string}}\n\
               - {name: Content-Length, in: header, schema: {type: integer}}";
    assert_eq!(parameters(own, ""), json!([parameter("id", "path", true, "string")]));
}

#[test]
fn an_operations_parameter_comes_before_that_of_its_path() {
    let own = "parameters: [{name: id, in: path, required: true, schema: {type: integer}}]";
    let call = "path: {id: 7}";
    let document = probe(own, "", |probe| probe.document.to_owned());
    let call = format!("call: POST /things/{{id}}\n{call}");
    let probe = Probe {
        document: &document,
        call: &call,
    };
    assert_eq!(
        post(&probe.lowered())["parameters"],
        json!([parameter("id", "path", true, "integer")])
    );
}

#[test]
fn only_the_parameters_in_use_are_kept() {
    let two = "parameters: [{name: limit, in: query, schema: {type: integer, default: many}}, {name: X-Trace, in: header, schema: {type: string}}, {name: other, in: query, schema: {type: string}}]";
    let call = "query: {limit: 3}\nheader: {x-trace: a}";
    let expected = json!([
        parameter("id", "path", true, "string"),
        parameter("limit", "query", false, "integer"),
        parameter("X-Trace", "header", false, "string"),
    ]);
    assert_eq!(parameters(two, call), expected);
}

#[test]
fn a_deep_object_becomes_a_parameter_for_each_key() {
    let deep = "parameters: [{name: meta, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: {type: string}}}]";
    let found = parameters(deep, "query: {meta: {owner: me, env: prod}}");
    assert_eq!(found[1], parameter("meta[env]", "query", false, "string"));
    assert_eq!(found[2], parameter("meta[owner]", "query", false, "string"));
}

#[test]
fn a_list_or_an_object_below_a_deep_object_is_refused_with_the_parameter_to_describe() {
    let within = "{type: object, properties: {a: {type: string}}}";
    let deep = format!(
        "parameters: [{{name: meta, in: query, style: deepObject, schema: {{type: object, properties: {{ids: {{type: array, items: {{type: string}}}}, of: {within}}}}}}}]"
    );
    let (message, help) = refusal(&deep, "query: {meta: {ids: [a]}}");
    assert_eq!(message, "`meta.ids` is sent as text, this is a list");
    assert!(
        help.contains("`{name: 'meta[ids][]', in: query, schema: {type: array, items: {type: string}}}`"),
        "{help}"
    );
    let (message, help) = refusal(&deep, "query: {meta: {of: {a: b}}}");
    assert_eq!(message, "`meta.of` is sent as text, this is an object");
    assert!(
        help.contains("`{name: 'meta[of][…]', in: query, schema: {type: string}}`"),
        "{help}"
    );
    // Which works.
    let own = "parameters: [{name: 'meta[ids][]', in: query, schema: {type: array, items: {type: string}}}]";
    let client = client(own, "query: {'meta[ids][]': [a, b]}");
    assert!(client.contains("\"meta[ids][]\""), "{client}");
}

#[test]
fn a_header_that_openapi_leaves_to_others_is_refused_with_who_says_it() {
    let accept = "parameters: [{name: accept, in: header, required: true, schema: {type: string}}]";
    for name in ["Accept", "authorization", "Content-Length", "Host"] {
        let (message, help) = refusal(accept, &format!("header: {{{name}: x}}"));
        assert_eq!(
            message,
            format!("`POST /things/{{id}}` has no header parameter `{name}`")
        );
        assert!(help.starts_with("this header is no parameter in OpenAPI"), "{help}");
    }
}

#[test]
fn a_form_object_is_a_parameter_for_each_key() {
    let schema = "schema: {type: object, properties: {owner: {type: string}, n: {type: integer}}}";
    for style in ["", "style: form, ", "style: form, explode: true, "] {
        let form = format!("parameters: [{{name: meta, in: query, {style}{schema}}}]");
        let found = parameters(&form, "query: {meta: {owner: me, n: 7}}");
        assert_eq!(found[1], parameter("n", "query", false, "string"), "{style}");
        assert_eq!(found[2], parameter("owner", "query", false, "string"), "{style}");
        let (message, _) = refusal(&form, "query: {meta: {own: me}}");
        assert_eq!(message, "`meta` has no field `own`");
        let (message, help) = refusal(&form, "query: {meta: me}");
        assert_eq!(message, "`meta` is sent as `key=value` and takes a mapping");
        assert_eq!(help, "write `{key: value}`");
    }
}

/// The client of an operation with these parameters, when a call gives them.
fn client(operation: &str, call: &str) -> String {
    probe(operation, call, |probe| {
        let generated = probe.run().unwrap_or_else(|report| panic!("{report}"));
        generated.client.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn parameters_that_are_called_alike_are_sent_under_their_own_names() {
    let query = |name: &str| format!("{{name: '{name}', in: query, schema: {{type: string}}}}");
    for names in [
        ["page_size", "pageSize"],
        ["id", "Id"],
        ["a-b", "a_b"],
        ["名前", "年齢"],
        ["+1", "-1"],
        ["$", "@"],
        ["body", "type"],
        ["é", "e"],
        ["a]", "a["],
    ] {
        let given = format!("parameters: [{}, {}]", query(names[0]), query(names[1]));
        let client = client(&given, &format!("query: {{'{}': x, '{}': y}}", names[0], names[1]));
        for name in names {
            let sent = format!("QueryParam::new(\"{name}\", ");
            let broken = format!("QueryParam::new( \"{name}\", ");
            assert!(client.contains(&sent) || client.contains(&broken), "{name}: {client}");
        }
    }
}

#[test]
fn a_path_a_query_a_header_and_a_key_may_have_the_same_name() {
    let operation = "parameters: [{name: id, in: query, required: true, schema: {type: string}}, \
        {name: Id, in: header, required: true, schema: {type: string}}, \
        {name: of, in: query, schema: {type: object, properties: {id: {type: string}}}}]\n\
        requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}";
    let call = "query: {id: q, of: {id: k}}\nheader: {id: h}\nbody: {id: b}";
    let client = client(operation, call);
    assert_eq!(client.matches("QueryParam::new(\"id\", ").count(), 2, "{client}");
    assert!(client.contains("header_map.append(\"Id\", "), "{client}");
    let generated = probe(operation, call, |probe| probe.run().expect("code"));
    for value in ["\"q\"", "\"k\"", "\"h\"", "\"b\"", "\"a\""] {
        assert_eq!(
            generated.provider.matches(value).count(),
            1,
            "{value}: {}",
            generated.provider
        );
    }
}

#[test]
fn a_value_in_the_path_is_sent_as_its_style_says() {
    for (style, sent) in [
        ("simple", "{}/things/{}/of/{}"),
        ("label", "{}/things/.{}/of/{}"),
        ("matrix", "{}/things/;id={}/of/{}"),
    ] {
        let document = format!(
            "openapi: 3.0.3\npaths: {{'/things/{{id}}/of/{{to}}': {{get: {{parameters: [{{name: id, in: path, style: {style}, schema: {{type: string}}}}]}}}}}}\n"
        );
        let call = "call: GET /things/{id}/of/{to}\npath: {id: a, to: b}";
        let probe = Probe {
            document: &document,
            call,
        };
        let client = probe.run().unwrap_or_else(|report| panic!("{report}")).client;
        assert!(client.contains(&format!("\"{sent}\"")), "{style}: {client}");
    }
}

#[test]
fn a_path_is_sent_as_it_is_written() {
    for (path, sent) in [
        ("/things//{id}", "{}/things//{}"),
        ("//things/{id}//", "{}//things/{}//"),
        ("things/{id}", "{}/things/{}"),
        ("/things/{id}/", "{}/things/{}/"),
    ] {
        let document = format!("openapi: 3.0.3\npaths: {{'{path}': {{get: {{}}}}}}\n");
        let slash = if path.starts_with('/') { "" } else { "/" };
        let call = format!("call: GET {slash}{path}\npath: {{id: a}}");
        let generated = Probe {
            document: &document,
            call: &call,
        }
        .run()
        .unwrap_or_else(|report| panic!("{report}"));
        assert!(
            generated.client.contains(&format!("\"{sent}\"")),
            "{path}: {}",
            generated.client
        );
    }
}

#[test]
fn a_list_in_the_query_is_a_parameter_for_each_item() {
    let list = "parameters: [{name: tag, in: query, schema: {type: array, items: {type: string}}}]";
    assert_eq!(
        parameters(list, "query: {tag: [a, b]}")[1]["schema"],
        json!({"type": "array", "items": {"type": "string"}})
    );
}

#[test]
fn parameters_that_cannot_be_sent_are_refused_where_they_are_given() {
    let cases = [
        (
            "{name: p, in: query, content: {application/json: {}}}",
            "it is `content`, a document within a parameter",
        ),
        (
            "{name: p, in: query, explode: false, schema: {type: object, properties: {a: {type: string}}}}",
            "its object is not sent as a parameter for each key",
        ),
        (
            "{name: p, in: query, style: pipeDelimited, schema: {type: object, properties: {a: {type: string}}}}",
            "its object is not sent as a parameter for each key",
        ),
        (
            "{name: p, in: query, explode: false, schema: {type: array, items: {type: string}}}",
            "its list is not sent as a parameter for each item",
        ),
        (
            "{name: p, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}",
            "its list is not sent as a parameter for each item",
        ),
        (
            "{name: p, in: cookie, required: true, schema: {type: string}}",
            "it is a cookie, which no call can send",
        ),
        (
            "{$ref: 'other.yaml#/p'}",
            "`$ref: other.yaml#/p` leads out of the document",
        ),
        (
            "{$ref: '#/components/parameters/P'}",
            "`$ref: #/components/parameters/P` leads nowhere",
        ),
    ];
    for (parameter, why) in cases {
        let (message, help) = refusal(&format!("parameters: [{parameter}]"), "query: {p: a}");
        assert_eq!(
            message,
            format!("#/paths/~1things~1{{id}}/post/parameters/0 cannot be used: {why}")
        );
        assert!(
            help.contains("{target: \"$.paths['/things/{id}'].post.parameters[0]"),
            "{help}"
        );
    }
}

#[test]
fn an_operation_without_an_id_gets_one_of_its_method_and_path() {
    assert_eq!(post(&lowered("", ""))["operationId"], json!("post_things_id"));
}

#[test]
fn ids_that_rust_or_the_client_cannot_have_are_changed() {
    for (id, expected) in [
        ("exec", "exec_operation"),
        ("new", "new_operation"),
        ("type", "type_operation"),
        ("2fa", "operation_2fa"),
        ("things.post-Now", "things_post_now"),
    ] {
        assert_eq!(
            post(&lowered(&format!("operationId: {id}"), ""))["operationId"],
            json!(expected)
        );
    }
}

#[test]
fn ids_that_are_the_same_in_snake_case_are_told_apart() {
    let document = "openapi: 3.0.3\npaths: {/a: {get: {operationId: getThing}}, /b: {get: {operationId: get_thing}}}\n";
    let probe = Probe {
        document,
        call: "steps: [{one: {call: getThing}}, {two: {call: GET /b}}]",
    };
    let lowered = probe.lowered();
    assert_eq!(lowered["paths"]["/a"]["get"]["operationId"], json!("get_thing"));
    assert_eq!(lowered["paths"]["/b"]["get"]["operationId"], json!("get_thing_2"));
}

#[test]
fn the_documents_servers_do_not_matter_but_an_operations_own_do() {
    let call = "call: GET /a";
    for server in ["/relative", "'https://{region}.example'", "'http://localhost:8080'"] {
        let document = format!("openapi: 3.0.3\nservers: [{{url: {server}}}]\npaths: {{/a: {{get: {{}}}}}}\n");
        let probe = Probe {
            document: &document,
            call,
        };
        assert!(probe.run().is_ok(), "{server}");
    }
    let probe = Probe {
        document: "openapi: 3.0.3\npaths: {/a: {servers: [{url: 'https://other.example'}], get: {}}}\n",
        call,
    };
    let expected = "#/paths/~1a/servers cannot be used: it has servers of its own, but a worker has one base URL";
    assert_eq!(probe.refusal()[0].0, expected);
}

#[test]
fn servers_that_say_nothing_else_do_not_matter() {
    let common = "servers: [{url: 'https://a.example/'}]";
    for (root, own) in [
        (common, "servers: []"),
        (common, "servers: [{url: 'https://a.example'}]"),
        ("servers: [{url: ''}]", "servers: [{url: /}]"),
        ("servers: []", "servers: [{url: ''}]"),
        ("x-none: 1", "servers: [{url: /}]"),
        (common, "servers: [{url: 'https://a.example/', description: The same.}]"),
    ] {
        for document in [
            format!("openapi: 3.0.3\n{root}\npaths: {{/a: {{{own}, get: {{}}}}}}\n"),
            format!("openapi: 3.0.3\n{root}\npaths: {{/a: {{get: {{{own}}}}}}}\n"),
        ] {
            let probe = Probe {
                document: &document,
                call: "call: GET /a",
            };
            assert!(probe.run().is_ok(), "{document}");
        }
    }
}

#[test]
fn a_document_of_another_format_is_refused_by_its_name() {
    for (document, found) in [
        ("swagger: '2.0'\npaths: {}\n", "it is Swagger 2.0"),
        ("{\"swagger\": \"2.0\", \"paths\": {}}", "it is Swagger 2.0"),
        ("openapi: 3.3.0\npaths: {}\n", "it says `openapi: 3.3.0`"),
        ("openapi: 3.20.0\npaths: {}\n", "it says `openapi: 3.20.0`"),
        ("openapi: 3.1.0\nwebhooks: {}\n", "it has no `paths`"),
        ("asyncapi: 3.0.0\n", "it has no `openapi` version"),
    ] {
        let probe = Probe {
            document,
            call: "call: GET /a",
        };
        assert_eq!(
            probe.refusal()[0].0,
            format!("not an OpenAPI 3.0, 3.1 or 3.2 document: {found}")
        );
    }
}

#[test]
fn the_same_document_in_yaml_and_in_json_is_lowered_to_the_same() {
    let yaml = "openapi: 3.0.3\npaths:\n  /a:\n    get: {operationId: one, responses: {'200': {description: ok}}}\n";
    let json = r#"{"openapi": "3.0.3", "paths": {"/a": {"get": {"operationId": "one", "responses": {"200": {"description": "ok"}}}}}}"#;
    let lowered = |document| {
        Probe {
            document,
            call: "call: one",
        }
        .lowered()
    };
    assert_eq!(lowered(yaml), lowered(json));
}

#[test]
fn a_call_is_repeatable_by_its_method_unless_it_says_otherwise() {
    let document = "openapi: 3.0.3\npaths:\n  /a:\n    get: {responses: {'200': {}}}\n    delete: {responses: {'200': {}}}\n    \
         post: {responses: {'200': {}}}\n";
    for (call, repeatable) in [
        ("call: GET /a", true),
        ("call: DELETE /a", true),
        ("call: POST /a", false),
        ("call: POST /a\nrepeatable: true", true),
        ("call: DELETE /a\nrepeatable: false", false),
    ] {
        let generated = Probe { document, call }
            .run()
            .unwrap_or_else(|report| panic!("{report}"));
        let site = format!("repeatable: {repeatable},");
        assert!(generated.provider.contains(&site), "{call}");
    }
}

#[test]
fn a_list_in_the_query_with_items_that_are_no_text_is_refused() {
    let list = "parameters: [{name: p, in: query, schema: {type: array, items: {type: object, properties: {a: {type: string}}}}}]";
    let (message, _) = refusal(list, "query: {p: [{a: b}]}");
    let place = "#/paths/~1things~1{id}/post/parameters/0";
    assert_eq!(
        message,
        format!("{place} cannot be used: the items of its list are lists or objects")
    );
}
