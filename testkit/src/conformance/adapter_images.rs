//! The catalog: which images there are, and what becomes of a call for another one.

use futures::future::join_all;
use serde_json::{Value, json};

use super::acting::{nothing_is_left, running};
use super::adapting::{self, create, refused, rows, stop, with};
use crate::deployment::{Deployment, DeploymentBuilder};

fn image(name: &str) -> Value {
    json!({"image": name})
}

/// How many requests the provider got that were no look.
fn acts(deployment: &Deployment) -> usize {
    let requests = deployment.simulator().traffic().requests().into_iter();
    requests.filter(|seen| seen.method != "GET").count()
}

pub async fn presets_come_first_then_names(worker: DeploymentBuilder) {
    let images =
        "images: {zeta: $known_image, python: $known_image, alpha: {image: $known_image, max: 3}, node: $known_image}";
    let deployment = worker.config(images).start().await;
    let listed = deployment.adapter("catalog::list", json!({})).await.expect("a catalog");
    let rows = listed["images"].as_array().expect("rows");
    let told: Vec<_> = rows
        .iter()
        .map(|row| [&row["name"], &row["kind"]].map(Value::as_str))
        .collect();
    let expected = [
        ("node", "preset"),
        ("python", "preset"),
        ("alpha", "custom"),
        ("zeta", "custom"),
    ];
    assert_eq!(told, expected.map(|(name, kind)| [Some(name), Some(kind)]));
    let known = deployment.simulator().known_image();
    for row in rows {
        let reference = row["oci_ref"].as_str().expect("a reference");
        let provider = deployment.id("");
        let provider = provider.split("::").nth(2).expect("the name of the provider");
        assert_eq!(reference, format!("{provider}:{known}"));
    }
}

pub async fn another_image_is_refused_with_what_there_is(worker: DeploymentBuilder) {
    let images = "images: {python: $known_image, ruby: $known_image}";
    let deployment = worker.config(images).start().await;
    let known = deployment.simulator().known_image();
    deployment.simulator().traffic().clear_requests();
    for name in ["perl", "Python", "python ", "snapshot:", known] {
        let fault = refused(&deployment, "create", image(name)).await;
        assert_eq!((fault.code.as_str(), fault.kind.as_str()), ("S100", "config"), "{name}");
        for told in ["python", "ruby", "images"] {
            assert!(fault.message.contains(told), "{name}: {}", fault.message);
        }
        assert!(!fault.retryable);
        let fault = refused(&deployment, "run", json!({"image": name, "lang": "sh", "code": ""})).await;
        assert_eq!(fault.code, "S100", "{name}");
    }
    assert_eq!(acts(&deployment), 0, "nothing is asked of the provider");
    assert_eq!(running(&deployment).len(), 0);
}

pub async fn with_an_empty_catalog_the_key_is_named(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let fault = refused(&deployment, "create", image("python")).await;
    assert_eq!(fault.code, "S100");
    let told = format!("{} {}", fault.message, fault.fix_note.unwrap_or_default());
    assert!(told.contains("images"), "{told}");
    let listed = deployment.adapter("catalog::list", json!({})).await;
    assert_eq!(listed, Ok(json!({"images": []})));
    let fault = refused(&deployment, "create", json!({})).await;
    assert_eq!(fault.code, "S100");
    assert!(fault.message.contains("`images`"), "{}", fault.message);
}

pub async fn without_an_image_it_is_told_which_there_are(worker: DeploymentBuilder) {
    let images = "images: {python: $known_image, ruby: $known_image}";
    let deployment = worker.config(images).start().await;
    deployment.simulator().traffic().clear_requests();
    let none = [json!({}), json!({"image": null}), json!({"image": ""})];
    for fields in none {
        for (function, more) in [("create", json!({})), ("run", json!({"lang": "sh", "code": ""}))] {
            let fault = refused(&deployment, function, with(fields.clone(), more)).await;
            assert_eq!(
                (fault.code.as_str(), fault.kind.as_str()),
                ("S100", "config"),
                "{fields}"
            );
            for told in ["`python`", "`ruby`", "`images`"] {
                assert!(fault.message.contains(told), "{fields}: {}", fault.message);
            }
        }
    }
    let fault = refused(&deployment, "create", json!({"image": 7})).await;
    assert_eq!(fault.code, "S001", "it is no name at all");
    assert_eq!(acts(&deployment), 0, "nothing is asked of the provider");
}

/// A caller merges `fix` into its request and sends that again.
pub async fn the_fix_of_a_wrong_image_is_one_that_works(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let fault = refused(&deployment, "create", image("perl")).await;
    let fix = fault.fix.expect("only one image can be meant");
    create(&deployment, fix.into()).await;
}

pub async fn of_an_image_no_more_run_than_may(worker: DeploymentBuilder) {
    let images = "images: {python: $known_image, node: {image: $known_image, max: 2}}";
    let deployment = worker.config(images).start().await;
    let calls = (0..6).map(|_| deployment.begin_adapter("create", image("node")).result());
    let answers = join_all(calls).await;
    let told = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let told: Vec<_> = told
        .filter_map(|created| created["sandbox_id"].as_str().map(str::to_owned))
        .collect();
    assert_eq!((told.len(), running(&deployment).len()), (2, 2));
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        let fault = adapting::Fault::of(error);
        assert_eq!(
            (fault.code.as_str(), fault.kind.as_str()),
            ("S400", "config"),
            "{fault:?}"
        );
        assert!(fault.message.contains("node"), "{}", fault.message);
    }
    create(&deployment, json!({})).await;
    stop(&deployment, &told[0]).await;
    create(&deployment, image("node")).await;
    assert_eq!(refused(&deployment, "create", image("node")).await.code, "S400");
}

pub async fn beyond_the_cap_of_all_it_is_the_cap_that_is_told(worker: DeploymentBuilder) {
    let config = "max_concurrent_sandboxes: 1\nimages: {python: $known_image}";
    let deployment = worker.config(config).start().await;
    create(&deployment, json!({})).await;
    let fault = refused(&deployment, "create", image("python")).await;
    assert_eq!(fault.code, "S400");
    assert_eq!(running(&deployment).len(), 1);
}

pub async fn the_providers_own_are_let_through_where_the_operator_says_so(worker: DeploymentBuilder) {
    let config = "images: {python: $known_image}\nallow_provider_images: true";
    let deployment = worker.config(config).start().await;
    let known = deployment.simulator().known_image();
    let created = deployment.adapter("create", image(known)).await.expect("a sandbox");
    assert_eq!(created["image"], known);
    let id = created["sandbox_id"].as_str().expect("an id");
    assert_eq!(rows(&deployment).await[id]["image"], known);
    create(&deployment, json!({})).await;
}

pub async fn what_an_image_does_not_give_is_refused_and_leaves_nothing(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    for (field, value, code) in [
        ("cpus", json!(1_000_000), "S400"),
        ("memory_mb", json!(1_000_000_000), "S400"),
        ("network", json!(false), "S001"),
        ("cpus", json!("two"), "S001"),
        ("memory_mb", json!(-1), "S001"),
        ("idle_timeout_secs", json!("long"), "S001"),
    ] {
        let mut payload = image("python");
        payload[field] = value;
        let fault = refused(&deployment, "create", payload).await;
        assert_eq!(fault.code, code, "{field}: {fault:?}");
        assert!(fault.message.contains(field), "{field}: {}", fault.message);
    }
    nothing_is_left(&deployment).await;
    let fine = json!({"network": true, "name": "large enough", "idle_timeout_secs": 60, "unknown": "is let through"});
    create(&deployment, fine).await;
}
