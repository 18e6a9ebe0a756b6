//! What a provider answers is told in the family's codes, and in no words of its own.

use serde_json::json;

use super::acting::{code, image, nothing_is_left, starting};
use crate::deployment::DeploymentBuilder;
use crate::simulator::Fault;

/// Statuses, and the codes that they mean everywhere.
const CODES: [(u16, &str); 8] = [
    (401, "S503"),
    (403, "S503"),
    (402, "S501"),
    (429, "S500"),
    (418, "S502"),
    (500, "S502"),
    (503, "S502"),
    (522, "S502"),
];

/// So that what is tried again is given up soon.
const SOON: &str = "request_timeout_secs: 1\nready_timeout_secs: 2";

pub async fn a_status_is_told_as_a_code_and_leaves_nothing(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    for (status, expected) in CODES {
        let body = json!({"message": "the image was not found", "detail": "the image was not found"});
        // Without a word of when to come again it may be a quota.
        let fault = match status {
            429 => Fault::RetryAfter(429, "1".to_owned()),
            _ => Fault::StatusWithBody(status, body),
        };
        traffic.fail(&method, &pattern).with(fault).always();
        let text = deployment.refusal("create", image(&deployment)).await;
        assert!(text.starts_with(&format!("[{expected}] ")), "{status}: {text}");
        assert!(!text.contains("not found"), "{status}: {text}");
        traffic.clear_faults();
        nothing_is_left(&deployment).await;
    }
}

pub async fn a_provider_that_says_nothing_of_use_is_s502(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    let (method, pattern) = starting(&deployment).await;
    let traffic = deployment.simulator().traffic();
    for fault in [
        Fault::Cut,
        Fault::Truncated,
        Fault::Nonsense,
        Fault::Page(404),
        Fault::EmptyBody,
        Fault::Stall,
    ] {
        traffic.fail(&method, &pattern).with(fault.clone()).always();
        assert_eq!(
            code(&deployment, "create", image(&deployment)).await,
            "S502",
            "{fault:?}"
        );
        traffic.clear_faults();
        traffic.release_stalled();
        nothing_is_left(&deployment).await;
    }
}

pub async fn the_key_is_told_to_nobody(worker: DeploymentBuilder) {
    let deployment = worker.config(SOON).start().await;
    let (method, pattern) = starting(&deployment).await;
    let key = deployment.simulator().api_key().to_owned();
    let traffic = deployment.simulator().traffic();
    for fault in [
        Fault::StatusWithBody(401, json!({"message": key})),
        Fault::Status(500),
        Fault::Cut,
    ] {
        traffic.fail(&method, &pattern).with(fault).always();
        let text = deployment.refusal("create", image(&deployment)).await;
        assert!(!text.contains(&key), "{text}");
        traffic.clear_faults();
    }
    nothing_is_left(&deployment).await;
    let said = deployment.worker.stderr() + &deployment.worker.stdout();
    assert!(!said.is_empty() && !said.contains(&key), "{said}");
}
