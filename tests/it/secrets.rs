//! What a caller, a provider or an operator wants kept to itself is in no log, no trace, no error and nobody else's answer.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Value, json};
use testkit::{Deployment, Fault, Morph};

use crate::WORKER;

const KEY: &str = "k3y-of-the-operator";
const VALUE: &str = "s3cr3t-of-the-caller";
const OUTPUT: &str = "0utput-of-the-program";
const BODY: &str = "b0dy-of-the-provider";
const ALL: [&str; 4] = [KEY, VALUE, OUTPUT, BODY];

const RUN: &str = "/instance/{id}/exec";

async fn deployment() -> Deployment {
    let morph = Morph::builder().api_key(KEY);
    Deployment::builder(WORKER)
        .morph(morph)
        .env("RUST_LOG", "trace")
        .start()
        .await
}

/// Prints [`OUTPUT`], which stands nowhere in the request.
fn talkative(sandbox: &str) -> Value {
    let (head, tail) = OUTPUT.split_at(4);
    let script = "printf %s%s \"$0\" \"$1\"; printf %s%s \"$0\" \"$1\" >&2; exit 3";
    json!({
        "sandbox_id": sandbox,
        "cmd": "sh",
        "args": ["-c", script, head, tail, VALUE],
        "env": {"TOKEN": VALUE},
        "cwd": ".",
        "timeout_ms": 60_000,
    })
}

/// Runs a program whose call and answer hold secrets, and makes calls that fail in several ways.
async fn work(deployment: &Deployment) {
    let sandbox = deployment.sandbox().await;
    let answered = deployment.call("exec", talkative(&sandbox)).await.expect("an answer");
    assert_eq!(
        (&answered["stdout"], &answered["stderr"]),
        (&json!(OUTPUT), &json!(OUTPUT))
    );
    for fault in faults() {
        deployment.morph().fail("POST", RUN).with(fault).once();
        deployment.refusal("exec", talkative(&sandbox)).await;
    }
    deployment.refusal("create", json!({"image": VALUE})).await;
    deployment
        .refusal(
            "exec",
            json!({"sandbox_id": VALUE, "cmd": VALUE, "env": {VALUE: VALUE}}),
        )
        .await;
    deployment
        .call("stop", json!({"sandbox_id": sandbox}))
        .await
        .expect("stopped");
}

fn faults() -> [Fault; 4] {
    let said = json!({"detail": BODY, "id": BODY, "stdout": BODY});
    [
        Fault::StatusWithBody(500, said.clone()),
        Fault::StatusWithBody(401, said.clone()),
        Fault::StatusWithBody(200, said),
        Fault::Cut,
    ]
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let mut deployment = deployment().await;
    work(&deployment).await;
    assert!(deployment.terminate().await.success());
    let log = format!("{}{}", deployment.worker.stdout(), deployment.worker.stderr());
    assert!(
        log.contains("DEBUG provider_runtime"),
        "the log is as chatty as it gets:\n{log}"
    );
    for secret in ALL {
        assert!(!log.contains(secret), "{secret} is in:\n{log}");
    }
}

#[tokio::test]
async fn no_secret_is_in_the_telemetry() {
    let mut deployment = deployment().await;
    work(&deployment).await;
    assert!(deployment.terminate().await.success());
    let telemetry: Vec<_> = deployment.engine.telemetry().concat();
    let telemetry = String::from_utf8_lossy(&telemetry);
    assert!(telemetry.contains("sandbox::provider::morph::exec"), "there are traces");
    for secret in ALL {
        assert!(!telemetry.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn no_secret_reaches_the_engine_but_in_the_answer_it_belongs_to() {
    let deployment = deployment().await;
    work(&deployment).await;
    let frames = deployment.engine.frames();
    let (with, without): (Vec<_>, Vec<_>) = frames
        .iter()
        .map(Value::to_string)
        .partition(|frame| frame.contains(OUTPUT));
    assert_eq!(with.len(), 1, "{with:#?}");
    for (frame, secret) in without
        .iter()
        .chain(&with)
        .flat_map(|frame| [KEY, VALUE, BODY].map(|secret| (frame, secret)))
    {
        assert!(!frame.contains(secret), "{secret} is in {frame}");
    }
}

#[tokio::test]
async fn the_key_goes_to_the_provider_in_one_header() {
    let deployment = deployment().await;
    work(&deployment).await;
    for seen in deployment.morph().requests() {
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        let others = seen.headers.iter().filter(|(name, _)| *name != "authorization");
        let rest = format!("{} {:?} {:?}", seen.line(), seen.body, others.collect::<Vec<_>>());
        assert!(!rest.contains(KEY), "{rest}");
    }
}

/// What consumers give with `sandbox::create` stands in the sandbox's tags, for nobody but who asks for it.
#[tokio::test]
async fn the_name_and_the_environment_of_a_sandbox_are_in_no_log_and_no_trace() {
    let morph = Morph::builder().api_key(KEY);
    let mut deployment = Deployment::builder(WORKER)
        .morph(morph)
        .env("RUST_LOG", "trace")
        .config("images: {base: $known_image}")
        .start()
        .await;
    deployment.morph().fail("POST", "/instance").with(Fault::Cut).once();
    let asked = json!({"image": "base", "name": VALUE, "env": {"TOKEN": VALUE}});
    deployment
        .adapter("create", asked.clone())
        .await
        .expect_err("a refusal");
    let created = deployment.adapter("create", asked).await.expect("a sandbox");
    let sandbox = &created["sandbox_id"];
    let run = json!({"sandbox_id": sandbox, "argv": ["printenv", "TOKEN"]});
    let ran = deployment.adapter("exec", run).await.expect("an answer");
    assert_eq!(ran["stdout"], format!("{VALUE}\n"));
    deployment
        .adapter("stop", json!({"sandbox_id": sandbox}))
        .await
        .expect("stopped");
    let details = details(&deployment);
    assert!(deployment.terminate().await.success());

    let telemetry = deployment.engine.telemetry().concat();
    let telemetry = String::from_utf8_lossy(&telemetry);
    let log = format!("{}{}", deployment.worker.stdout(), deployment.worker.stderr());
    for told in [log.as_str(), &telemetry] {
        assert!(told.contains("sandbox-morph::create"), "the calls are told:\n{told}");
        for secret in [VALUE, &details] {
            assert!(!told.contains(secret), "{secret} is in:\n{told}");
        }
    }
}

/// What the tags of the first sandbox say beside its UUID, as they were sent.
fn details(deployment: &Deployment) -> String {
    let started = deployment.morph().requests();
    let body = started.iter().find_map(|seen| seen.body.as_ref()).expect("a start");
    let tags = body["metadata"].as_object().expect("tags");
    let details = tags.values().filter_map(|tag| tag.as_str()?.split_once('.'));
    details.map(|(_, details)| details.to_owned()).next().expect("details")
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirect() {
    let (deployment, elsewhere) = tokio::join!(deployment(), Morph::start());
    for (method, path) in [("POST", "/instance"), ("GET", "/instance")] {
        let to = format!("{}{path}", elsewhere.api_base());
        deployment.morph().fail(method, path).with(Fault::Redirect(to)).always();
    }
    deployment
        .call("create", json!({"image": "snapshot_base"}))
        .await
        .expect_err("a refusal");
    deployment.call("list", json!({})).await.expect("what is known");
    assert_eq!(elsewhere.request_lines(), [""; 0]);
}

/// Calls that are refused, with [`VALUE`] in all of them.
fn refused(sandbox: &str) -> [(&'static str, Value); 6] {
    [
        ("create", json!({"image": VALUE})),
        ("create", json!({"image": {VALUE: VALUE}})),
        (
            "exec",
            json!({"sandbox_id": sandbox, "cmd": VALUE, "env": {"A": {VALUE: VALUE}}}),
        ),
        (
            "exec",
            json!({"sandbox_id": sandbox, "cmd": "true", "timeout_ms": VALUE}),
        ),
        ("stop", json!({"sandbox_id": format!("{VALUE}/{VALUE}")})),
        ("branch", json!({"sandbox_id": VALUE})),
    ]
}

#[tokio::test]
async fn an_error_says_nothing_of_what_was_given() {
    let builder = Deployment::builder(WORKER).config("image_allowlist: [snapshot_base]");
    let deployment = builder.start().await;
    let sandbox = deployment.sandbox().await;
    for (function, payload) in refused(&sandbox) {
        let text = deployment.refusal(function, payload).await;
        assert!(!text.contains(VALUE), "{function}: {text}");
    }
}

#[tokio::test]
async fn an_error_says_nothing_of_what_the_provider_said() {
    let deployment = deployment().await;
    let sandbox = deployment.sandbox().await;
    for fault in faults() {
        deployment.morph().fail("POST", RUN).with(fault).once();
        let text = deployment.refusal("exec", talkative(&sandbox)).await;
        for secret in ALL {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// A value of any shape in which every text holds the caller's secret.
fn values() -> impl Strategy<Value = Value> {
    let text = any::<String>().prop_map(|noise| json!(format!("{noise}{VALUE}{noise}")));
    let leaf = prop_oneof![
        text,
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(true))
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let key = any::<String>().prop_map(|noise| format!("{noise}{VALUE}"));
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// Payloads with any of the fields that functions have.
fn payloads() -> impl Strategy<Value = Value> {
    let names = [
        "image",
        "idle_timeout_secs",
        "sandbox_id",
        "cmd",
        "args",
        "env",
        "cwd",
        "timeout_ms",
        "count",
        "port",
    ];
    proptest::collection::btree_map(proptest::sample::select(names.to_vec()), values(), 0..6).prop_map(|map| json!(map))
}

#[tokio::test]
async fn no_error_of_any_payload_or_answer_says_what_was_in_it() {
    let deployment = deployment().await;
    let body = json!({"detail": format!("{BODY} not found")});
    deployment
        .morph()
        .fail("GET", "/instance/{id}")
        .with(Fault::StatusWithBody(500, body.clone()))
        .always();
    deployment
        .morph()
        .fail("POST", "/instance")
        .with(Fault::StatusWithBody(404, body))
        .always();
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(testkit::seed("PROPTEST_RNG_SEED")),
        ..Config::default()
    });
    for round in 0..400 {
        let function = ["create", "exec", "stop", "snapshot", "branch", "expose_port"][round % 6];
        let payload = payloads().new_tree(&mut runner).expect("a payload").current();
        let text = deployment.refusal(function, payload).await;
        let secret = ALL.iter().find(|secret| text.contains(**secret));
        assert_eq!(
            (secret, text.contains("not found")),
            (None, false),
            "{function}: {text}"
        );
    }
}
