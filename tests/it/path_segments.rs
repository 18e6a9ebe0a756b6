//! Any id stays one segment of the URL that is really sent, or is never sent.

use futures::{StreamExt, stream};
use percent_encoding::percent_decode_str;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use provider_runtime::input::is_path_segment;
use serde_json::json;
use testkit::Deployment;

use crate::WORKER;

/// Whatever comes to mind, and what a URL has a meaning for.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[!-~]{1,12}",
        "[./%;?#\\\\@:&=+a]{1,6}",
        "(%2[ef]|\\.|\\.\\.|/|a){1,4}",
        "[\\p{L}\\p{N}]{1,8}",
    ]
}

/// How many ids are tried, without repetition.
fn sample(count: usize) -> Vec<String> {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(testkit::seed("PROPTEST_RNG_SEED")),
        ..Config::default()
    });
    let mut draw = || texts().new_tree(&mut runner).expect("a text").current();
    let mut texts: Vec<_> = (0..count).map(|_| draw()).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// The id that the provider reads from the path of each request, in their order.
fn ids_asked_for(deployment: &Deployment) -> Vec<String> {
    let requests = deployment.morph().requests().into_iter();
    let ids = requests.map(|seen| {
        assert!(seen.query.is_empty(), "{}", seen.line());
        let id = seen.path.strip_prefix("/instance/").expect("the path of an instance");
        assert!(!id.contains('/'), "{id}");
        percent_decode_str(id).decode_utf8().expect("UTF-8").into_owned()
    });
    ids.collect()
}

#[tokio::test]
async fn every_id_arrives_as_one_segment_or_not_at_all() {
    let deployment = Deployment::start(WORKER).await;
    let texts = sample(2_000);
    let ask = |id: &String| deployment.begin("snapshot", json!({"sandbox_id": id})).result();
    let calls = stream::iter(texts.iter().map(ask)).buffered(32);
    calls
        .for_each(async |answer| drop(answer.expect_err("there is no such sandbox")))
        .await;
    let mut arrived = ids_asked_for(&deployment);
    arrived.sort();
    let accepted: Vec<_> = texts.into_iter().filter(|text| is_path_segment(text)).collect();
    assert!(accepted.len() > 200, "{} texts are of use", accepted.len());
    assert_eq!(arrived, accepted);
}
