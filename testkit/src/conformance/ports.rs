//! Ports that are reachable from outside.

use serde_json::json;

use crate::deployment::DeploymentBuilder;

pub async fn a_port_has_one_address_however_often_it_is_asked_for(worker: DeploymentBuilder) {
    let deployment = worker.start().await;
    let sandbox = deployment.sandbox().await;
    let url = async |port: u16| {
        let exposed = deployment
            .call("expose_port", json!({"sandbox_id": sandbox, "port": port}))
            .await;
        exposed.expect("a URL")["url"].as_str().expect("text").to_owned()
    };
    let first = url(8080).await;
    assert!(first.starts_with("https://"), "{first}");
    assert_eq!(url(8080).await, first);
    assert_ne!(url(8081).await, first);
}
