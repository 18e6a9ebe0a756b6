//! list: all that run, page by page, or no list.

use serde_json::json;
use testkit::Fault;
use testkit::deployment::Listed;

use crate::{configured, e2b};

const LIST: (&str, &str) = ("GET", "/v2/sandboxes");

#[tokio::test]
async fn a_list_of_250_comes_in_pages_and_is_whole() {
    let worker = configured("owner: me").await;
    let ours = e2b(&worker).add_sandboxes(250, ("iii-owner", "me"));
    e2b(&worker).add_sandboxes(120, ("iii-owner", "you"));
    assert_eq!(worker.listed().await, Listed::of(ours));
    let pages = e2b(&worker).requests_to(LIST.0, LIST.1);
    let expected = [("metadata", "iii-owner=me"), ("limit", "100")];
    for (name, value) in expected {
        assert!(pages.iter().all(|page| page.query_value(name) == Some(value)), "{name}");
    }
    let places: Vec<_> = pages
        .iter()
        .map(|page| page.query_value("nextToken").is_some())
        .collect();
    assert_eq!(places, [false, true, true]);
}

#[tokio::test]
async fn a_list_of_which_one_page_fails_is_none() {
    let worker = configured("owner: me\nmax_concurrent_sandboxes: 300").await;
    e2b(&worker).add_sandboxes(250, ("iii-owner", "me"));
    assert_eq!(worker.in_flight().await, 250);
    for fault in [Fault::Status(400), Fault::Truncated, Fault::Page(200)] {
        e2b(&worker).fail(LIST.0, LIST.1).with(fault).nth(2);
        let listed = worker.listed().await;
        assert_eq!((listed.in_flight, listed.reconciled), (250, false));
        e2b(&worker).clear_faults();
    }
    assert!(worker.listed().await.reconciled);
}

#[tokio::test]
async fn what_is_listed_says_what_it_was_started_from_and_when() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    let listed = worker.call("list", json!({})).await.expect("a list");
    let item = &listed["sandboxes"][0];
    assert_eq!((&item["sandbox_id"], &item["image"]), (&json!(sandbox), &json!("base")));
    assert!(item["started_at"].as_str().expect("a moment").ends_with('Z'));
}

#[tokio::test]
async fn what_somebody_has_paused_is_there_until_it_is_stopped() {
    let mut worker = configured("").await;
    let sandbox = worker.sandbox().await;
    e2b(&worker).pause_sandbox(&sandbox);
    assert_eq!(worker.in_flight().await, 1);
    worker.restart().await;
    assert_eq!(worker.in_flight().await, 1);
    worker
        .call("stop", json!({"sandbox_id": sandbox}))
        .await
        .expect("it ends");
    assert_eq!(e2b(&worker).sandboxes(), []);
}
