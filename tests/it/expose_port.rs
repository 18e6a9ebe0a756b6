//! expose_port: the address that the provider gives a port, each time the same.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::morph::InstanceView;
use testkit::{CallError, Deployment, Fault, Morph};

use crate::WORKER;

const ONE: &str = "/instance/{id}";
const HTTP: &str = "/instance/{id}/http";

async fn expose(house: &Deployment, sandbox: &str, port: u16) -> Result<Value, CallError> {
    let payload = json!({"sandbox_id": sandbox, "port": port});
    house.call("expose_port", payload).await
}

/// What the simulator knows of a sandbox's only service.
fn service(house: &Deployment, sandbox: &str) -> testkit::morph::Service {
    let instance = house.morph().instance(sandbox).expect("it runs");
    let [service] = &instance.services[..] else {
        panic!("{instance:?}")
    };
    service.clone()
}

#[tokio::test]
async fn the_port_becomes_a_service_of_its_name() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let answer = expose(&house, &sandbox, 8080).await;
    let service = service(&house, &sandbox);
    assert_eq!((service.name.as_str(), service.port), ("port-8080", 8080));
    assert_eq!(answer, Ok(json!({"url": service.url})));
    let sent = house.morph().wait_for_request("POST", HTTP, 1).await.body;
    assert_eq!(sent, Some(json!({"name": "port-8080", "port": 8080})));
}

#[tokio::test]
async fn the_address_is_the_providers_and_not_made_up() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house.morph().rewrite("POST", HTTP, |one| {
        let service =
            |name: &str, port: u16| json!({"name": name, "port": port, "url": format!("https://{name}.test")});
        let others = [service("port-80", 80), service("web", 8080), service("port-8080", 8080)];
        one["networking"]["http_services"] = json!(others);
    });
    let answer = expose(&house, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": "https://port-8080.test"})));
}

#[tokio::test]
async fn asked_again_the_address_is_the_same() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let first = expose(&house, &sandbox, 8080).await.expect("a url");
    assert_eq!(expose(&house, &sandbox, 8080).await, Ok(first.clone()));
    assert_eq!(first, json!({"url": service(&house, &sandbox).url}));
}

#[tokio::test]
async fn two_ports_have_two_addresses() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let first = expose(&house, &sandbox, 1).await.expect("a url");
    let second = expose(&house, &sandbox, 65535).await.expect("a url");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_copy_that_inherits_the_service_has_an_address_of_its_own() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    let parents = expose(&house, &sandbox, 8080).await.expect("a url");
    let branched = house.call("branch", json!({"sandbox_id": sandbox, "count": 1})).await;
    let branched = branched.expect("a copy");
    let copy = branched["sandbox_ids"][0].as_str().expect("an id");
    let copys = expose(&house, copy, 8080).await.expect("a url");
    assert_eq!(copys, json!({"url": service(&house, copy).url}));
    assert_ne!(copys, parents);
}

#[tokio::test]
async fn a_copy_that_inherits_nothing_is_exposed_anew() {
    let strict = Morph::builder().inherit_services(false);
    let house = Deployment::builder(WORKER).morph(strict).start().await;
    let sandbox = house.sandbox().await;
    expose(&house, &sandbox, 8080).await.expect("a url");
    let branched = house.call("branch", json!({"sandbox_id": sandbox, "count": 1})).await;
    let branched = branched.expect("a copy");
    let copy = branched["sandbox_ids"][0].as_str().expect("an id");
    let answer = expose(&house, copy, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&house, copy).url})));
}

/// How often the port was made public, and how often the sandbox was looked at.
fn sent(house: &Deployment) -> (usize, usize) {
    let morph = house.morph();
    (
        morph.requests_to("POST", HTTP).len(),
        morph.requests_to("GET", ONE).len(),
    )
}

const HIDE: &str = "/instance/{id}/http/{name}";

fn hidden(house: &Deployment) -> usize {
    house.morph().requests_to("DELETE", HIDE).len()
}

#[tokio::test]
async fn an_answer_that_lists_the_service_is_enough_and_of_one_that_was_there_one_look_is() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    for looks in [0, 1] {
        house.morph().clear_requests();
        expose(&house, &sandbox, 8080).await.expect("a url");
        assert_eq!(sent(&house), (1, looks));
    }
    assert_eq!(hidden(&house), 0);
}

#[tokio::test]
async fn a_service_that_is_listed_late_is_waited_for() {
    let late = Morph::builder().list_services_after(Duration::from_secs(4));
    let house = Deployment::builder(WORKER).morph(late).start().await;
    let sandbox = house.sandbox().await;
    // The second finds it exposed already, and not listed yet.
    let both = tokio::join!(expose(&house, &sandbox, 8080), expose(&house, &sandbox, 8080));
    let url = json!({"url": service(&house, &sandbox).url});
    assert_eq!(both, (Ok(url.clone()), Ok(url)));
    assert_eq!(hidden(&house), 0);
}

#[tokio::test]
async fn looks_that_fail_do_not_end_the_waiting() {
    let late = Morph::builder().list_services_after(Duration::from_secs(1));
    let house = Deployment::builder(WORKER).morph(late).start().await;
    let sandbox = house.sandbox().await;
    house.morph().fail("GET", ONE).with(Fault::Status(500)).times(4);
    let answer = expose(&house, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&house, &sandbox).url})));
}

/// What is said of a port that is public and that nobody can reach.
const NEVER: &str = "expose_port (expose): done, but it did not appear within 12 s (POST /instance/{instance_id}/http)";

#[tokio::test]
async fn a_service_that_is_never_listed_is_hidden_again() {
    let never = Morph::builder().list_services_after(Duration::from_secs(3600));
    let house = Deployment::builder(WORKER).morph(never).start().await;
    let sandbox = house.sandbox().await;
    assert_eq!(expose(&house, &sandbox, 8080).await, Err(CallError::unavailable(NEVER)));
    assert_eq!(hidden(&house), 1);
    assert_eq!(house.morph().instance(&sandbox).expect("it runs").services, []);
}

#[tokio::test]
async fn a_service_that_cannot_be_hidden_at_once_is_hidden_later() {
    let never = Morph::builder().list_services_after(Duration::from_secs(3600));
    let house = Deployment::builder(WORKER).morph(never).start().await;
    let sandbox = house.sandbox().await;
    house.morph().fail("DELETE", HIDE).with(Fault::Status(400)).times(2);
    assert_eq!(expose(&house, &sandbox, 8080).await, Err(CallError::unavailable(NEVER)));
    let is_hidden = |all: &[InstanceView]| all.iter().all(|one| one.services.is_empty());
    house.morph().wait_for_instances(is_hidden).await;
    assert_eq!(hidden(&house), 3);
}

#[tokio::test]
async fn a_service_of_that_name_for_another_port_is_not_it() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    for (method, path) in [("GET", ONE), ("POST", HTTP)] {
        house.morph().rewrite(method, path, |one| {
            one["networking"]["http_services"][0]["port"] = json!(9090);
        });
    }
    assert_eq!(expose(&house, &sandbox, 8080).await, Err(CallError::unavailable(NEVER)));
}

#[tokio::test]
async fn a_conflict_about_something_else_is_waited_out() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house.morph().fail("POST", HTTP).with(Fault::Status(409)).times(3);
    let answer = expose(&house, &sandbox, 8080).await;
    assert_eq!(answer, Ok(json!({"url": service(&house, &sandbox).url})));
    assert_eq!(sent(&house).0, 4);
}

#[tokio::test]
async fn a_conflict_that_does_not_pass_is_told_by_its_status() {
    let house = Deployment::builder(WORKER)
        .config("request_timeout_secs: 2")
        .start()
        .await;
    let sandbox = house.sandbox().await;
    house.morph().fail("POST", HTTP).with(Fault::Status(409)).always();
    let refused = expose(&house, &sandbox, 8080).await;
    let why = "expose_port (expose): status 409 (POST /instance/{instance_id}/http)";
    assert_eq!(refused, Err(CallError::unavailable(why)));
    assert_eq!(hidden(&house), 0, "it was not this call that made anything public");
}

#[tokio::test]
async fn a_refusal_that_is_no_conflict_is_told() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house.morph().fail("POST", HTTP).with(Fault::Status(500)).once();
    let refused = expose(&house, &sandbox, 8080).await.expect_err("a refusal");
    assert_eq!(
        refused.message,
        "[S502] provider unavailable: expose_port (expose): status 500 (POST /instance/{instance_id}/http)"
    );
}
