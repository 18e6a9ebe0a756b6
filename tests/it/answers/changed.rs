//! A provider that goes on developing: fields and values that nobody here has heard of.

use serde_json::{Value, json};
use testkit::{Deployment, Morph};

use super::WORKER;

const EVERY: [(&str, &str); 8] = [
    ("POST", "/instance"),
    ("GET", "/instance"),
    ("GET", "/instance/{id}"),
    ("POST", "/instance/{id}/exec"),
    ("POST", "/instance/{id}/ttl"),
    ("POST", "/instance/{id}/snapshot"),
    ("POST", "/instance/{id}/branch"),
    ("POST", "/instance/{id}/http"),
];

fn rewrite_all(morph: &Morph, edit: fn(&mut Value)) {
    for (method, path) in EVERY {
        morph.rewrite(method, path, move |answer| everywhere(answer, edit));
    }
}

/// Edits each object of an answer.
fn everywhere(value: &mut Value, edit: fn(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, edit)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| everywhere(field, edit));
            edit(value);
        }
        _ => {}
    }
}

fn replace(object: &mut Value, field: &str, value: Value) {
    if let Some(found) = object.get_mut(field) {
        *found = value;
    }
}

/// Every function once, each of which must succeed.
async fn use_all(deployment: &Deployment) {
    let sandbox = deployment.sandbox().await;
    let fields = |more: Value| {
        let mut payload = more;
        payload["sandbox_id"] = json!(sandbox);
        payload
    };
    for (function, payload) in [
        ("exec", fields(json!({"cmd": "true"}))),
        ("snapshot", fields(json!({}))),
        ("branch", fields(json!({"count": 1}))),
        ("expose_port", fields(json!({"port": 80}))),
        ("list", json!({})),
        ("stop", fields(json!({}))),
    ] {
        let answered = deployment.call(function, payload).await;
        let answered = answered.unwrap_or_else(|error| panic!("{function}: {error}"));
        assert!(function != "list" || answered["reconciled"] == true, "{answered}");
    }
}

#[tokio::test]
async fn fields_that_are_new_do_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    rewrite_all(deployment.morph(), |object| {
        // Metadata is a map of text.
        if object.get("iii-owner").is_none() {
            object["brand_new"] = json!({"deep": [1, null, {"er": true}]});
        }
    });
    use_all(&deployment).await;
}

/// Enumerations, and a value that none of them has today.
const GROWN: [(&str, &str); 3] = [
    ("object", "being"),
    ("ttl_action", "hibernate"),
    ("auth_mode", "passkey"),
];

#[tokio::test]
async fn values_that_are_new_do_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    rewrite_all(deployment.morph(), |object| {
        for (field, value) in GROWN {
            replace(object, field, json!(value));
        }
        if object["status"] == "pending" {
            object["status"] = json!("thinking");
        }
    });
    use_all(&deployment).await;
}

/// Fields that need not be there, or that nobody reads.
const OPTIONAL: [&str; 6] = ["spec", "wake_on", "ttl_seconds", "ttl_action", "digest", "internal_ip"];

#[tokio::test]
async fn a_null_in_the_place_of_what_is_optional_does_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    rewrite_all(deployment.morph(), |object| {
        for field in OPTIONAL {
            replace(object, field, Value::Null);
        }
    });
    use_all(&deployment).await;
}

#[tokio::test]
async fn a_null_in_the_place_of_a_list_or_map_does_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().rewrite("GET", "/instance/{id}", |answer| {
        answer["metadata"] = Value::Null;
        answer["networking"]["http_services"] = Value::Null;
    });
    deployment.sandbox().await;
}

#[tokio::test]
async fn a_sandbox_of_somebody_else_without_metadata_does_no_harm() {
    let deployment = Deployment::start(WORKER).await;
    let (bare, empty) = (
        deployment.morph().add_instance(&[]),
        deployment.morph().add_instance(&[]),
    );
    let gone: [fn(&mut Value); 2] = [
        |answer| answer["metadata"] = Value::Null,
        |answer| {
            answer.as_object_mut().expect("an object").remove("metadata");
        },
    ];
    for (sandbox, edit) in [bare, empty].into_iter().zip(gone) {
        deployment.morph().rewrite("GET", &format!("/instance/{sandbox}"), edit);
        let text = deployment.refusal("stop", json!({"sandbox_id": sandbox})).await;
        assert_eq!(text, "[S002] no such sandbox");
    }
}

/// Somebody else's sandbox in a list.
fn stranger(metadata: Value) -> Value {
    json!({"id": "morphvm_x", "created": 1, "refs": {"snapshot_id": "s"}, "ttl": {}, "metadata": metadata})
}

#[tokio::test]
async fn a_list_that_ignores_its_filter_shows_only_what_is_ours() {
    let deployment = Deployment::start(WORKER).await;
    let ours = deployment.sandbox().await;
    deployment.morph().rewrite("GET", "/instance", |answer| {
        let list = answer["data"].as_array_mut().expect("a list");
        list.extend([json!(null), json!({}), json!({"iii-owner": "somebody"})].map(stranger));
    });
    let listed = deployment.call("list", json!({})).await.expect("a list");
    let sandboxes = listed["sandboxes"].as_array().expect("a list");
    assert_eq!((sandboxes.len(), &sandboxes[0]["sandbox_id"]), (1, &json!(ours)));
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(1), &json!(true)));
}
