//! What an operator sees of the worker by OpenTelemetry: spans, metrics and logs, as the engine is sent them.

use serde_json::{Value, json};
use testkit::{Deployment, Fault};

use crate::WORKER;

const RUN: &str = "POST /instance/{instance_id}/exec";

/// Everything that the engine was sent, as JSON.
fn sent(deployment: &Deployment) -> Vec<Value> {
    let frames = deployment.engine.telemetry();
    let json = |frame: &Vec<u8>| {
        let begin = frame.iter().position(|byte| *byte == b'{')?;
        serde_json::from_slice(&frame[begin..]).ok()
    };
    frames.iter().filter_map(json).collect()
}

/// The objects of a name, wherever they stand.
fn all<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == name {
                    found.extend(inner.as_array().into_iter().flatten());
                }
                all(inner, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all(item, name, found)),
        _ => {}
    }
}

/// The text of an attribute.
fn attribute(of: &Value, key: &str) -> Option<String> {
    let mut attributes = of["attributes"].as_array()?.iter();
    let value = &attributes.find(|attribute| attribute["key"] == key)?["value"];
    let value = value.as_object()?.values().next()?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// A worker that has started a sandbox, run a program after a connection that broke, and ended it.
async fn worked() -> (Deployment, String) {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("connected").await;
    let sandbox = deployment.sandbox().await;
    deployment
        .morph()
        .fail("POST", "/instance/{id}/exec")
        .with(Fault::Cut)
        .once();
    let exec = json!({"sandbox_id": sandbox, "cmd": "true"});
    deployment.refusal("exec", exec.clone()).await;
    deployment.call("exec", exec).await.expect("an answer");
    deployment
        .refusal("exec", json!({"sandbox_id": "morphvm_none", "cmd": "true"}))
        .await;
    deployment
        .call("stop", json!({"sandbox_id": sandbox}))
        .await
        .expect("stopped");
    deployment.terminate().await;
    (deployment, sandbox)
}

#[tokio::test]
async fn a_call_is_a_span_and_each_of_its_requests_is_one_within() {
    let (deployment, sandbox) = worked().await;
    let sent = sent(&deployment);
    let mut spans = Vec::new();
    sent.iter().for_each(|frame| all(frame, "spans", &mut spans));
    let ended = |span: &&&Value| span["endTimeUnixNano"].as_str().is_some_and(|end| end != "0");
    let named = |name: &str| -> Vec<&Value> {
        let named = spans.iter().filter(|span| span["name"] == name);
        named.filter(ended).copied().collect()
    };
    let requests = named(RUN);
    let statuses: Vec<_> = requests
        .iter()
        .map(|span| attribute(span, "http.response.status_code"))
        .collect();
    assert_eq!(statuses, [None, Some("200".to_owned())], "{requests:?}");
    assert_eq!(
        attribute(requests[1], "url.template").as_deref(),
        Some("/instance/{instance_id}/exec")
    );
    assert_eq!(attribute(requests[0], "error.type").as_deref(), Some("no_answer"));
    let parent = |span: &Value| {
        spans
            .iter()
            .rfind(|other| other["spanId"] == span["parentSpanId"])
            .copied()
    };
    let calls: Vec<&Value> = requests
        .iter()
        .map(|span| parent(span).expect("a span of the call"))
        .collect();
    let told = |key: &str| -> Vec<_> { calls.iter().map(|call| attribute(call, key)).collect() };
    assert_eq!(told("sandbox.code"), ["S502", "OK"].map(|code| Some(code.to_owned())));
    assert_eq!(told("sandbox.id"), [Some(sandbox.clone()), Some(sandbox)]);
    assert!(
        told("sandbox.attempt")
            .iter()
            .chain(&told("sandbox.queue_ms"))
            .all(Option::is_some)
    );
    let everything = sent.iter().map(Value::to_string).collect::<String>();
    assert!(
        !everything.contains("morphvm_none"),
        "what a caller sends is in no span"
    );
}

/// The spans of a name that have ended, as the engine was sent them.
fn spans_of(deployment: &Deployment, name: &str) -> Vec<Value> {
    let sent = sent(deployment);
    let mut spans = Vec::new();
    sent.iter().for_each(|frame| all(frame, "spans", &mut spans));
    let is = |span: &&&Value| span["name"] == name && span["endTimeUnixNano"].as_str().is_some_and(|end| end != "0");
    spans.iter().filter(is).map(|span| (*span).clone()).collect()
}

#[tokio::test]
async fn a_call_of_the_adapter_tells_of_itself_and_what_it_calls_is_a_span_within() {
    let mut deployment = Deployment::builder(WORKER)
        .config("images: {python: snapshot_base}")
        .start()
        .await;
    deployment.worker.wait_for_line("connected").await;
    let created = deployment.adapter("create", json!({"image": "python"})).await;
    let uuid = created.expect("a sandbox")["sandbox_id"].clone();
    // Its input is too long for one program: several write it to a file, and remove that.
    let input = "eHh4".repeat(50_000);
    let program = json!({"sandbox_id": uuid, "cmd": "wc", "args": ["-c"], "stdin": input});
    deployment.adapter("exec", program).await.expect("an answer");
    let killed = json!({"sandbox_id": uuid, "cmd": "sleep", "args": ["9"], "timeout_ms": 300});
    deployment.adapter("exec", killed).await.expect_err("S200");
    deployment
        .adapter("stop", json!({"sandbox_id": uuid}))
        .await
        .expect("stopped");
    deployment.terminate().await;
    let told = |function: &str, key: &str| -> Vec<Option<String>> {
        let name = format!("execute {}", deployment.adapter_id(function));
        let spans = spans_of(&deployment, &name);
        spans.iter().map(|span| attribute(span, key)).collect()
    };
    let text = |text: &str| Some(text.to_owned());
    let uuid = uuid.as_str().expect("a UUID");
    for (function, codes) in [("create", &["OK"][..]), ("exec", &["OK", "S200"]), ("stop", &["OK"])] {
        let all = |value: &str| vec![text(value); codes.len()];
        assert_eq!(told(function, "sandbox.id"), all(uuid), "{function}");
        assert_eq!(told(function, "sandbox.image"), all("python"), "{function}");
        assert_eq!(told(function, "sandbox.attempt"), vec![None; codes.len()], "{function}");
        let ended: Vec<_> = codes.iter().map(|code| text(code)).collect();
        assert_eq!(told(function, "sandbox.code"), ended, "{function}");
        assert!(
            told(function, "sandbox.queue_ms").iter().all(Option::is_some),
            "{function}"
        );
    }
    let within = spans_of(&deployment, &deployment.id("exec"));
    assert!(within.len() > 2, "{within:?}");
    let outer = spans_of(&deployment, &format!("execute {}", deployment.adapter_id("exec")));
    for span in &within {
        assert!(
            outer.iter().any(|outer| outer["spanId"] == span["parentSpanId"]),
            "{span}"
        );
        assert_eq!(attribute(span, "sandbox.image"), text("snapshot_base"), "{span}");
        assert_eq!(attribute(span, "sandbox.code"), text("OK"), "{span}");
        assert!(attribute(span, "sandbox.attempt").is_some(), "{span}");
        assert_ne!(attribute(span, "sandbox.id"), text(uuid), "{span}");
    }
    let requests = spans_of(&deployment, RUN);
    assert!(!requests.is_empty());
    for request in requests {
        assert!(
            within.iter().any(|call| call["spanId"] == request["parentSpanId"]),
            "{request}"
        );
    }
}

#[tokio::test]
async fn calls_requests_and_what_is_under_way_are_metrics() {
    let (deployment, _) = worked().await;
    let sent = sent(&deployment);
    let mut metrics = Vec::new();
    sent.iter().for_each(|frame| all(frame, "metrics", &mut metrics));
    let metric = |name: &str| {
        let found = metrics.iter().rfind(|metric| metric["name"] == name);
        *found.unwrap_or_else(|| panic!("no {name} in {metrics:?}"))
    };
    for name in [
        "sandbox.call.duration",
        "sandbox.provider.request.duration",
        "sandbox.in_flight",
        "sandbox.cap",
        "sandbox.queue.length",
        "sandbox.rollbacks.pending",
    ] {
        metric(name);
    }
    let mut points = Vec::new();
    all(metric("sandbox.calls"), "dataPoints", &mut points);
    let counted = |function: &str, code: &str| {
        let is = |point: &&&Value| {
            attribute(point, "function").as_deref() == Some(function)
                && attribute(point, "code").as_deref() == Some(code)
        };
        points
            .iter()
            .find(is)
            .map(|point| point["asInt"].to_string().replace('"', ""))
    };
    for (function, code, count) in [
        ("create", "OK", "1"),
        ("exec", "OK", "1"),
        ("exec", "S502", "1"),
        ("exec", "S002", "1"),
        ("stop", "OK", "1"),
    ] {
        assert_eq!(
            counted(&deployment.id(function), code).as_deref(),
            Some(count),
            "{function} {code}: {points:?}"
        );
    }
}

#[tokio::test]
async fn durations_are_told_apart_from_milliseconds_to_minutes_and_the_alarm_is_there_before_it_rings() {
    let (deployment, _) = worked().await;
    let sent = sent(&deployment);
    let mut metrics = Vec::new();
    sent.iter().for_each(|frame| all(frame, "metrics", &mut metrics));
    let points = |name: &str| {
        let mut points = Vec::new();
        let named = metrics.iter().filter(|metric| metric["name"] == name);
        named.for_each(|metric| all(metric, "dataPoints", &mut points));
        points
    };
    for name in ["sandbox.call.duration", "sandbox.provider.request.duration"] {
        let point = points(name)[0];
        let bounds = point["explicitBounds"].as_array().expect("bounds");
        assert_eq!((&bounds[0], &bounds[bounds.len() - 1]), (&json!(0.005), &json!(300.0)));
    }
    assert_eq!(
        points("sandbox.unended").first().map(|point| &point["asInt"]),
        Some(&json!("0"))
    );
}

#[tokio::test]
async fn what_is_taken_back_after_a_call_is_in_its_trace() {
    let mut deployment = Deployment::start(WORKER).await;
    deployment.worker.wait_for_line("connected").await;
    deployment
        .morph()
        .fail("GET", "/instance/{id}")
        .with(Fault::Status(403))
        .always();
    let image = deployment.morph().known_snapshot();
    deployment.refusal("create", json!({"image": image})).await;
    deployment.terminate().await;
    let sent = sent(&deployment);
    let mut spans = Vec::new();
    sent.iter().for_each(|frame| all(frame, "spans", &mut spans));
    let trace = |begin: &str| {
        let mut named = spans
            .iter()
            .filter(|span| span["name"].as_str().is_some_and(|name| name.starts_with(begin)));
        named.next().unwrap_or_else(|| panic!("no {begin} in {spans:?}"))["traceId"].clone()
    };
    assert_eq!(trace("DELETE /instance/"), trace("POST /"));
}

#[tokio::test]
async fn a_warning_is_a_log_record_with_the_trace_that_it_belongs_to() {
    let (deployment, _) = worked().await;
    let sent = sent(&deployment);
    let mut records = Vec::new();
    sent.iter().for_each(|frame| all(frame, "logRecords", &mut records));
    let is = |record: &&&Value| {
        record["body"]["stringValue"]
            .as_str()
            .is_some_and(|text| text.contains("no connection"))
    };
    let record = records.iter().find(is).unwrap_or_else(|| panic!("{records:?}"));
    assert!(record["traceId"].as_str().is_some_and(|id| id.len() == 32), "{record}");
    assert_eq!(
        deployment
            .worker
            .stderr()
            .matches("no connection to the provider")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_refused_token_is_said_plainly_after_the_third_time() {
    for status in [401, 403] {
        let deployment = Deployment::start(WORKER).await;
        deployment.engine.refuse_handshakes(status);
        deployment.engine.drop_connections();
        let said = deployment.worker.wait_for_line("III_TOKEN").await;
        assert!(
            said.contains("refused this worker 3 times") && said.contains(&status.to_string()),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_engine_that_closes_at_once_is_told_after_the_third_time() {
    let deployment = Deployment::start(WORKER).await;
    deployment.engine.close_at_once();
    deployment.engine.drop_connections();
    let said = deployment.worker.wait_for_line("closed the connection at once 3").await;
    assert!(said.contains("3 times"), "{said}");
}

#[tokio::test]
async fn the_engine_knows_what_the_worker_is_in_words_for_people() {
    let deployment = Deployment::start(WORKER).await;
    let introduced = deployment.engine.worker_metadata().await;
    let description = introduced["description"].as_str().expect("a description");
    assert!(
        description.contains("sandboxes") && description.ends_with('.'),
        "{description}"
    );
}
