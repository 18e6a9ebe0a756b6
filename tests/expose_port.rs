//! expose_port: the address that the provider gives a port, each time the same.

use serde_json::{Value, json};
use testkit::{CallError, Deployment, Fault, Morph};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

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
    house.morph().rewrite("GET", ONE, |one| {
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

#[tokio::test]
async fn a_service_that_is_not_there_has_no_address() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house
        .morph()
        .rewrite("GET", ONE, |one| one["networking"]["http_services"] = json!([]));
    let refused = expose(&house, &sandbox, 8080).await.expect_err("a refusal");
    assert_eq!(
        refused.message,
        "[S502] provider unavailable: unreadable answer: it gives no usable `url`"
    );
}

#[tokio::test]
async fn a_service_of_that_name_for_another_port_is_not_it() {
    let house = Deployment::start(WORKER).await;
    let sandbox = house.sandbox().await;
    house.morph().rewrite("GET", ONE, |one| {
        one["networking"]["http_services"][0]["port"] = json!(9090);
    });
    let refused = expose(&house, &sandbox, 8080).await.expect_err("a refusal");
    assert_eq!(
        refused.message,
        "[S502] provider unavailable: unreadable answer: it gives no usable `url`"
    );
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
