//! expose_port: every port has its address already.

use serde_json::json;
use testkit::E2b;

use crate::{configured, e2b, worker};

#[tokio::test]
async fn a_port_has_an_address_without_a_request() {
    for (yaml, domain) in [("", "e2b.app"), ("domain: sandboxes.example", "sandboxes.example")] {
        let worker = configured(yaml).await;
        let sandbox = worker.sandbox().await;
        e2b(&worker).clear_requests();
        let exposed = worker
            .call("expose_port", json!({"sandbox_id": sandbox, "port": 8080}))
            .await;
        assert_eq!(exposed, Ok(json!({"url": format!("https://8080-{sandbox}.{domain}")})));
        assert_eq!(e2b(&worker).request_lines(), <[String; 0]>::default());
    }
}

#[tokio::test]
async fn a_sandbox_that_says_where_it_is_is_reached_there() {
    let options = E2b::builder().domain("elsewhere.example");
    let mut worker = worker().simulator(options).start().await;
    let sandbox = worker.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "port": 80});
    let url = Ok(json!({"url": format!("https://80-{sandbox}.elsewhere.example")}));
    assert_eq!(worker.call("expose_port", payload.clone()).await, url);
    worker.restart().await;
    assert_eq!(worker.call("expose_port", payload).await, url);
}

#[tokio::test]
async fn somebody_elses_has_none() {
    let worker = configured("").await;
    let theirs = e2b(&worker).add_sandbox(&[("iii-owner", "somebody")]);
    worker
        .refusal("expose_port", json!({"sandbox_id": theirs, "port": 80}))
        .await;
}
