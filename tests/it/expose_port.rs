//! expose_port: the address that the provider gives a port, each time the same.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::morph::InstanceView;
use testkit::{CallError, Deployment, Fault, Morph};

use crate::WORKER;

const ONE: &str = "/instance/{id}";
const HTTP: &str = "/instance/{id}/http";

async fn expose(deployment: &Deployment, sandbox: &str, port: u16) -> Result<Value, CallError> {
    let payload = json!({"sandbox_id": sandbox, "port": port});
    deployment.call("expose_port", payload).await
}

/// What the simulator knows of a sandbox's only service.
fn service(deployment: &Deployment, sandbox: &str) -> testkit::morph::Service {
    let instance = deployment.morph().instance(sandbox).expect("it runs");
    let [service] = &instance.services[..] else {
        panic!("{instance:?}")
    };
    service.clone()
}

#[tokio::test]
async fn the_port_becomes_a_service_of_its_name() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let answer = expose(&deployment, &sandbox, 8080).await;
    let service = service(&deployment, &sandbox);
    assert_eq!((service.name.as_str(), service.port), ("port-8080", 8080));
    assert_eq!(answer, Ok(json!({"url": service.url})));
    let sent = deployment.morph().wait_for_request("POST", HTTP, 1).await.body;
    assert_eq!(sent, Some(json!({"name": "port-8080", "port": 8080})));
}

#[tokio::test]
async fn the_address_is_the_providers_and_not_made_up() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().rewrite("POST", HTTP, |one| {
        let service =
            |name: &str, port: u16| json!({"name": name, "port": port, "url": format!("https://{name}.test")});
        let others = [service("port-80", 80), service("web", 8080), service("port-8080", 8080)];
        one["networking"]["http_services"] = json!(others);
    });
    let answer = expose(&deployment, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": "https://port-8080.test"})));
}

#[tokio::test]
async fn asked_again_the_address_is_the_same() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let first = expose(&deployment, &sandbox, 8080).await.expect("a url");
    assert_eq!(expose(&deployment, &sandbox, 8080).await, Ok(first.clone()));
    assert_eq!(first, json!({"url": service(&deployment, &sandbox).url}));
}

#[tokio::test]
async fn two_ports_have_two_addresses() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let first = expose(&deployment, &sandbox, 1).await.expect("a url");
    let second = expose(&deployment, &sandbox, 65535).await.expect("a url");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_copy_that_inherits_the_service_has_an_address_of_its_own() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    let parents = expose(&deployment, &sandbox, 8080).await.expect("a url");
    let branched = deployment
        .call("branch", json!({"sandbox_id": sandbox, "count": 1}))
        .await;
    let branched = branched.expect("a copy");
    let copy = branched["sandbox_ids"][0].as_str().expect("an id");
    let copys = expose(&deployment, copy, 8080).await.expect("a url");
    assert_eq!(copys, json!({"url": service(&deployment, copy).url}));
    assert_ne!(copys, parents);
}

#[tokio::test]
async fn a_copy_that_inherits_nothing_is_exposed_anew() {
    let strict = Morph::builder().inherit_services(false);
    let deployment = Deployment::builder(WORKER).morph(strict).start().await;
    let sandbox = deployment.sandbox().await;
    expose(&deployment, &sandbox, 8080).await.expect("a url");
    let branched = deployment
        .call("branch", json!({"sandbox_id": sandbox, "count": 1}))
        .await;
    let branched = branched.expect("a copy");
    let copy = branched["sandbox_ids"][0].as_str().expect("an id");
    let answer = expose(&deployment, copy, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&deployment, copy).url})));
}

/// How often the port was made public, and how often the sandbox was looked at.
fn sent(deployment: &Deployment) -> (usize, usize) {
    let morph = deployment.morph();
    (
        morph.requests_to("POST", HTTP).len(),
        morph.requests_to("GET", ONE).len(),
    )
}

const HIDE: &str = "/instance/{id}/http/{name}";

fn hidden(deployment: &Deployment) -> usize {
    deployment.morph().requests_to("DELETE", HIDE).len()
}

#[tokio::test]
async fn an_answer_that_lists_the_service_is_enough_and_of_one_that_was_there_one_look_is() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for looks in [0, 1] {
        deployment.morph().clear_requests();
        expose(&deployment, &sandbox, 8080).await.expect("a url");
        assert_eq!(sent(&deployment), (1, looks));
    }
    assert_eq!(hidden(&deployment), 0);
}

#[tokio::test]
async fn a_service_that_is_listed_late_is_waited_for() {
    let late = Morph::builder().list_services_after(Duration::from_secs(4));
    let deployment = Deployment::builder(WORKER).morph(late).start().await;
    let sandbox = deployment.sandbox().await;
    // The second finds it exposed already, and not listed yet.
    let both = tokio::join!(expose(&deployment, &sandbox, 8080), expose(&deployment, &sandbox, 8080));
    let url = json!({"url": service(&deployment, &sandbox).url});
    assert_eq!(both, (Ok(url.clone()), Ok(url)));
    assert_eq!(hidden(&deployment), 0);
}

#[tokio::test]
async fn looks_that_fail_do_not_end_the_waiting() {
    let late = Morph::builder().list_services_after(Duration::from_secs(1));
    let deployment = Deployment::builder(WORKER).morph(late).start().await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("GET", ONE).with(Fault::Status(500)).times(4);
    let answer = expose(&deployment, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&deployment, &sandbox).url})));
}

/// What is said of a port that is public and that nobody can reach.
const NEVER: &str = "expose_port (expose): done, but it did not appear within 12 s (POST /instance/{instance_id}/http)";

#[tokio::test]
async fn a_service_that_is_never_listed_is_hidden_again() {
    let never = Morph::builder().list_services_after(Duration::from_secs(3600));
    let deployment = Deployment::builder(WORKER).morph(never).start().await;
    let sandbox = deployment.sandbox().await;
    assert_eq!(
        expose(&deployment, &sandbox, 8080).await,
        Err(CallError::unavailable(NEVER))
    );
    assert_eq!(hidden(&deployment), 1);
    assert_eq!(deployment.morph().instance(&sandbox).expect("it runs").services, []);
}

#[tokio::test]
async fn a_service_that_cannot_be_hidden_at_once_is_hidden_later() {
    let never = Morph::builder().list_services_after(Duration::from_secs(3600));
    let deployment = Deployment::builder(WORKER).morph(never).start().await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .fail("DELETE", HIDE)
        .with(Fault::Status(400))
        .times(2);
    assert_eq!(
        expose(&deployment, &sandbox, 8080).await,
        Err(CallError::unavailable(NEVER))
    );
    let is_hidden = |all: &[InstanceView]| all.iter().all(|one| one.services.is_empty());
    deployment.morph().wait_for_instances(is_hidden).await;
    assert_eq!(hidden(&deployment), 3);
}

#[tokio::test]
async fn a_service_of_that_name_for_another_port_is_not_it() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    for (method, path) in [("GET", ONE), ("POST", HTTP)] {
        deployment.morph().rewrite(method, path, |one| {
            one["networking"]["http_services"][0]["port"] = json!(9090);
        });
    }
    assert_eq!(
        expose(&deployment, &sandbox, 8080).await,
        Err(CallError::unavailable(NEVER))
    );
}

#[tokio::test]
async fn a_conflict_about_something_else_is_waited_out() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("POST", HTTP).with(Fault::Status(409)).times(3);
    let answer = expose(&deployment, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&deployment, &sandbox).url})));
    assert_eq!(sent(&deployment).0, 4);
}

#[tokio::test]
async fn a_conflict_that_does_not_pass_is_told_by_its_status() {
    let deployment = Deployment::builder(WORKER)
        .config("request_timeout_secs: 2")
        .start()
        .await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("POST", HTTP).with(Fault::Status(409)).always();
    let refused = expose(&deployment, &sandbox, 8080).await;
    let why = "expose_port (expose): status 409 (POST /instance/{instance_id}/http)";
    assert_eq!(refused, Err(CallError::unavailable(why)));
    assert_eq!(hidden(&deployment), 0, "it was not this call that made anything public");
}

#[tokio::test]
async fn a_refusal_that_is_no_conflict_is_told() {
    let deployment = Deployment::start(WORKER).await;
    let sandbox = deployment.sandbox().await;
    deployment.morph().fail("POST", HTTP).with(Fault::Status(500)).once();
    let refused = expose(&deployment, &sandbox, 8080).await.expect_err("a refusal");
    assert_eq!(
        refused.message,
        "[S502] provider unavailable: expose_port (expose): status 500 (POST /instance/{instance_id}/http)"
    );
}
