//! Images of the catalog that do not exist, for providers that say so.

use serde_json::json;

use super::acting::nothing_is_left;
use super::adapting::{create, refused};
use crate::deployment::DeploymentBuilder;

pub async fn an_image_that_the_provider_lacks_is_the_operators_to_mend(worker: DeploymentBuilder) {
    let deployment = worker
        .config("images: {python: $known_image, gone: gone}")
        .start()
        .await;
    let fault = refused(&deployment, "create", json!({"image": "gone"})).await;
    assert_eq!(
        (fault.code.as_str(), fault.kind.as_str()),
        ("S101", "internal"),
        "{fault:?}"
    );
    assert!(fault.message.contains("gone"), "{}", fault.message);
    nothing_is_left(&deployment).await;
    create(&deployment, json!({})).await;
    let fault = refused(&deployment, "create", json!({"image": "snapshot:gone"})).await;
    assert_eq!(fault.code, "S100", "the caller's: {fault:?}");
    for told in ["`python`", "`images`"] {
        assert!(fault.message.contains(told), "{}", fault.message);
    }
}
