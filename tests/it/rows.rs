//! Lists whose items are not as they should be: no item hides the others.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};

use crate::WORKER;

const LIST: &str = "/instance";
const ONE: &str = "/instance/{id}";

const UNREADABLE: &str = "a sandbox of this deployment cannot be read";

async fn list(deployment: &Deployment) -> Value {
    deployment.call("list", json!({})).await.expect("a list")
}

fn ids(listed: &Value) -> Vec<&str> {
    let sandboxes = listed["sandboxes"].as_array().expect("sandboxes").iter();
    sandboxes
        .map(|one| one["sandbox_id"].as_str().expect("an id"))
        .collect()
}

/// Lists these, too.
fn also_list(morph: &Morph, items: Value) {
    morph.rewrite("GET", LIST, move |answer| {
        let more = items.as_array().expect("items").iter().cloned();
        answer["data"].as_array_mut().expect("a list").extend(more);
    });
}

/// Shows one sandbox otherwise, in lists and to looks.
fn spoil(morph: &Morph, id: &str, edit: impl Fn(&mut Value) + Clone + Send + Sync + 'static) {
    let (of_list, known) = (edit.clone(), id.to_owned());
    morph.rewrite("GET", LIST, move |answer| {
        let items = answer["data"].as_array_mut().expect("a list").iter_mut();
        items.filter(|item| item["id"] == json!(known)).for_each(&of_list);
    });
    let known = id.to_owned();
    morph.rewrite("GET", ONE, move |answer| {
        if answer["id"] == json!(known) {
            edit(answer);
        }
    });
}

/// Puts `value` in the place of a field, or takes it away.
fn put(value: Option<Value>, pointer: &'static str) -> impl Fn(&mut Value) + Clone + Send + Sync {
    move |item| {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = item
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .expect("an object");
        match &value {
            Some(value) => drop(parent.insert(name.to_owned(), value.clone())),
            None => drop(parent.remove(name)),
        }
    }
}

/// A sandbox of this deployment that an earlier worker has started.
fn left(deployment: &Deployment) -> String {
    deployment.morph().add_instance(&[("iii-owner", "default")])
}

#[tokio::test]
async fn what_is_no_sandbox_or_somebody_else_s_hides_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let ours = deployment.sandbox().await;
    let tagged = |owner: Value| json!({"id": "morphvm_x", "metadata": {"iii-owner": owner}});
    also_list(
        deployment.morph(),
        json!([
            null, 7, 0.5, true, "morphvm_x", [], [null], {}, {"id": null}, {"id": 7}, {"metadata": null},
            {"id": "morphvm_x", "metadata": ["iii-owner"]}, {"id": "morphvm_x", "metadata": "default"},
            tagged(json!("somebody")), tagged(json!(5)), tagged(json!(null)), tagged(json!(["default"])),
            {"id": {}, "created": {}, "refs": 1, "ttl": "x", "metadata": {"iii-owner": "somebody"}},
        ]),
    );
    let listed = list(&deployment).await;
    assert_eq!(ids(&listed), [ours]);
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn a_list_of_nothing_but_nulls_is_an_empty_list() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().rewrite("GET", LIST, |answer| {
        *answer = json!({"object": null, "data": [null, null]})
    });
    let listed = list(&deployment).await;
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(0), &json!(true)));
}

/// What a sandbox can say without its item becoming unreadable.
fn harmless() -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("/created", Some(json!(1_700_000_000.0))),
        ("/created", Some(json!("2023-11-14T23:13:20+01:00"))),
        ("/ttl", None),
        ("/ttl", Some(json!(null))),
        ("/ttl", Some(json!("soon"))),
        ("/ttl", Some(json!({"ttl_seconds": {}, "ttl_expire_at": [1]}))),
        (
            "/metadata",
            Some(json!({"iii-owner": "default", "n": 5, "x": null, "y": {"z": [0.5]}})),
        ),
        (
            "/metadata",
            Some(json!({"iii-owner": "default", "iii-attempt": 5, "iii-idle-timeout": 300})),
        ),
        ("/networking", Some(json!([]))),
        ("/status", Some(json!("dreaming"))),
        ("/status", Some(json!(3))),
        ("/spec", Some(json!(null))),
    ]
}

#[tokio::test]
async fn what_the_worker_can_do_without_may_be_anything() {
    for (pointer, value) in harmless() {
        let deployment = Deployment::start(WORKER).await;
        let (odd, plain) = (left(&deployment), left(&deployment));
        spoil(deployment.morph(), &odd, put(value.clone(), pointer));
        let listed = list(&deployment).await;
        assert_eq!(ids(&listed), [&odd, &plain], "{pointer} is {value:?}");
        assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(2), &json!(true)));
        if pointer == "/created" {
            assert_eq!(listed["sandboxes"][0]["started_at"], "2023-11-14T22:13:20Z");
        }
        let program = json!({"sandbox_id": odd, "cmd": "true"});
        assert_eq!(
            deployment.call("exec", program).await.expect("it runs")["exit_code"],
            0,
            "{pointer} is {value:?}"
        );
    }
}

/// What makes an item unreadable.
fn unreadable() -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("/created", None),
        ("/created", Some(json!(null))),
        ("/created", Some(json!("yesterday"))),
        ("/created", Some(json!(1.5))),
        ("/created", Some(json!([1]))),
        ("/created", Some(json!(i64::MAX))),
        ("/refs", None),
        ("/refs", Some(json!(null))),
        ("/refs", Some(json!("snapshot_base"))),
        ("/refs", Some(json!({"snapshot_id": 7}))),
    ]
}

#[tokio::test]
async fn one_of_ours_that_cannot_be_read_counts_is_named_and_can_be_ended() {
    for (pointer, value) in unreadable() {
        let deployment = Deployment::start(WORKER).await;
        let (odd, plain) = (left(&deployment), left(&deployment));
        spoil(deployment.morph(), &odd, put(value.clone(), pointer));
        let listed = list(&deployment).await;
        assert_eq!(ids(&listed), [&plain], "{pointer} is {value:?}");
        assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(2), &json!(true)));
        let line = deployment.worker.wait_for_line(UNREADABLE).await;
        assert!(line.contains(&odd), "{line}");
        let program = json!({"sandbox_id": odd, "cmd": "true"});
        assert_eq!(deployment.call("exec", program).await.expect("it runs")["exit_code"], 0);
        assert_eq!(deployment.call("stop", json!({"sandbox_id": odd})).await, Ok(json!({})));
        assert!(deployment.morph().instance(&odd).is_none(), "{pointer} is {value:?}");
        assert_eq!(deployment.in_flight().await, 1);
    }
}

#[tokio::test]
async fn it_is_named_once() {
    let deployment = Deployment::start(WORKER).await;
    let odd = left(&deployment);
    spoil(deployment.morph(), &odd, put(Some(json!(null)), "/refs"));
    for _ in 0..3 {
        list(&deployment).await;
    }
    // What is in the log before the line of a later call is all there is.
    let foreign = deployment.morph().add_instance(&[]);
    deployment.refusal("stop", json!({"sandbox_id": foreign})).await;
    deployment.worker.wait_for_line("no such sandbox").await;
    let told = deployment
        .worker
        .stderr()
        .lines()
        .filter(|line| line.contains(UNREADABLE))
        .count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn it_can_be_ended_before_any_list() {
    let deployment = Deployment::start(WORKER).await;
    let odd = left(&deployment);
    spoil(deployment.morph(), &odd, put(Some(json!("yesterday")), "/created"));
    assert_eq!(deployment.call("stop", json!({"sandbox_id": odd})).await, Ok(json!({})));
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn one_that_the_worker_knows_is_listed_as_it_is_known() {
    let deployment = Deployment::start(WORKER).await;
    let ours = deployment.sandbox().await;
    for (pointer, value) in [
        ("/refs", None),
        ("/created", Some(json!("yesterday"))),
        ("/metadata", Some(json!(null))),
    ] {
        spoil(deployment.morph(), &ours, put(value, pointer));
        let listed = list(&deployment).await;
        assert_eq!(ids(&listed), [&ours], "{pointer}");
        assert_eq!(
            (&listed["sandboxes"][0]["image"], &listed["in_flight"]),
            (&json!("snapshot_base"), &json!(1))
        );
        deployment.morph().clear_rewrites();
    }
}

#[tokio::test]
async fn one_that_is_listed_twice_is_there_once() {
    let deployment = Deployment::start(WORKER).await;
    let ours = deployment.sandbox().await;
    deployment.morph().rewrite("GET", LIST, |answer| {
        let data = answer["data"].as_array_mut().expect("a list");
        let mut unreadable = data[0].clone();
        unreadable["refs"] = json!(null);
        let again = data[0].clone();
        data.insert(0, unreadable.clone());
        data.extend([again, unreadable]);
    });
    let listed = list(&deployment).await;
    assert_eq!(ids(&listed), [ours]);
    assert_eq!((&listed["in_flight"], &listed["reconciled"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn one_of_ours_without_a_usable_id_counts_and_the_log_says_so() {
    for id in [
        None,
        Some(json!(null)),
        Some(json!("")),
        Some(json!("../x")),
        Some(json!({})),
        Some(json!(0.5)),
    ] {
        let deployment = Deployment::start(WORKER).await;
        let (odd, plain) = (left(&deployment), left(&deployment));
        spoil(deployment.morph(), &odd, put(id.clone(), "/id"));
        let listed = list(&deployment).await;
        assert_eq!(ids(&listed), [&plain], "{id:?}");
        assert_eq!(
            (&listed["in_flight"], &listed["reconciled"]),
            (&json!(2), &json!(true)),
            "{id:?}"
        );
        deployment.worker.wait_for_line("is listed without a usable id").await;
        deployment.morph().remove_instance(&odd);
        assert_eq!(deployment.in_flight().await, 1);
    }
}

#[tokio::test]
async fn a_number_is_an_id_too() {
    let deployment = Deployment::start(WORKER).await;
    left(&deployment);
    deployment
        .morph()
        .rewrite("GET", LIST, |answer| answer["data"][0]["id"] = json!(7));
    assert_eq!(ids(&list(&deployment).await), ["7"]);
    deployment.morph().fail("DELETE", ONE).with(Fault::Status(404)).once();
    assert_eq!(deployment.call("stop", json!({"sandbox_id": "7"})).await, Ok(json!({})));
    assert_eq!(deployment.morph().requests_to("DELETE", "/instance/7").len(), 1);
}

#[tokio::test]
async fn what_a_call_has_made_is_found_among_odd_items_whatever_it_says_of_itself() {
    let deployment = Deployment::start(WORKER).await;
    deployment.morph().lose_answer("POST", LIST);
    deployment.morph().rewrite("GET", LIST, |answer| {
        let data = answer["data"].as_array_mut().expect("a list");
        for item in data.iter_mut() {
            (item["refs"], item["created"], item["metadata"]["n"]) = (json!(null), json!("yesterday"), json!(5));
        }
        data.extend([json!(null), json!("x"), json!({"id": 7, "metadata": null})]);
    });
    deployment.refusal("create", json!({"image": "snapshot_base"})).await;
    assert_eq!(deployment.morph().instances(), []);
}

#[tokio::test]
async fn a_snapshot_is_found_among_odd_items() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.morph().lose_answer("POST", "/instance/{id}/snapshot");
    deployment.morph().rewrite("GET", "/snapshot", |answer| {
        let data = answer["data"].as_array_mut().expect("a list");
        data.iter_mut().for_each(|item| item["metadata"]["n"] = json!(5));
        data.splice(
            0..0,
            [
                json!(null),
                json!(7),
                json!({}),
                json!({"id": null, "metadata": {"iii-attempt": 5}}),
            ],
        );
    });
    deployment.refusal("snapshot", sandbox).await;
    assert_eq!(deployment.morph().snapshots().len(), 1);
}

#[tokio::test]
async fn a_whole_number_with_a_fraction_is_a_whole_number() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .rewrite("POST", "/instance/{id}/exec", |answer| answer["exit_code"] = json!(0.0));
    for one in [LIST, ONE] {
        for method in ["POST", "GET"] {
            deployment.morph().rewrite(method, one, |answer| {
                if answer["created"].is_number() {
                    answer["created"] = json!(1_700_000_000.0);
                }
            });
        }
    }
    let ran = deployment
        .call("exec", json!({"sandbox_id": sandbox, "cmd": "true"}))
        .await;
    assert_eq!(ran.expect("it ran")["exit_code"], json!(0));
    let created = deployment.call("create", json!({"image": "snapshot_base"})).await;
    assert_eq!(created.expect("a sandbox")["started_at"], "2023-11-14T22:13:20Z");
}

#[tokio::test]
async fn a_number_among_the_tags_of_what_is_made_does_no_harm() {
    let slow = Morph::builder().ready_after(Duration::from_millis(100));
    let deployment = Deployment::builder(WORKER).morph(slow).start().await;
    for (method, path) in [
        ("POST", LIST),
        ("GET", ONE),
        ("GET", LIST),
        ("POST", "/instance/{id}/ttl"),
    ] {
        deployment.morph().rewrite(method, path, |answer| {
            if answer["metadata"].is_object() {
                answer["metadata"]["n"] = json!(5);
            }
        });
    }
    let sandbox = json!({"sandbox_id": deployment.sandbox().await});
    deployment.call("branch", sandbox.clone()).await.expect("copies");
    assert_eq!(deployment.call("stop", sandbox).await, Ok(json!({})));
}

#[tokio::test]
async fn what_no_parser_reads_hides_nothing() {
    let deployment = Deployment::start(WORKER).await;
    let ours = deployment.sandbox().await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep = format!(r#"{{"id": "x", "metadata": {{"iii-owner": {deep}}}}}"#);
    for odd in [
        br#"{"id": "x", "created": NaN, "ttl": {"ttl_seconds": -Infinity}}"#.as_slice(),
        br#"{"id": "x", "created": 1e400, "metadata": {"iii-owner": "somebody"}}"#,
        br#"{"id": "x", "metadata": {"iii-owner": "\ud800"}}"#,
        br#"{"id": "x", "metadata": {"\udcff": "x"}, "\ud800": 1}"#,
        b"{\"id\": \"x\", \"refs\": {\"snapshot_id\": \"\x01\xff\"}}",
        deep.as_bytes(),
    ] {
        let known = format!(r#", {{"id": "{ours}", "metadata": {{"iii-owner": "default"}}}}]}}"#);
        let body = [br#"{"object": "list", "data": ["#, odd, known.as_bytes()].concat();
        deployment.morph().clear_faults();
        deployment.morph().fail("GET", LIST).with(Fault::Bytes(body)).always();
        let listed = list(&deployment).await;
        let odd = String::from_utf8_lossy(&odd[..odd.len().min(80)]);
        assert_eq!(listed["reconciled"], json!(true), "{odd}");
        assert_eq!(ids(&listed), [ours.as_str()], "{odd}");
    }
}
