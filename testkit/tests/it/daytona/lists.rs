//! Lists: filtered, in pages, and behind.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Daytona;
use testkit::simulator::Lag;

use super::client::Api;

fn ids(listed: &Value) -> BTreeSet<String> {
    let items = listed["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// `labels` as a query has them.
fn labelled(labels: &Value) -> String {
    let text = labels.to_string().replace('{', "%7B").replace('}', "%7D");
    format!("labels={}", text.replace('"', "%22").replace(':', "%3A"))
}

#[tokio::test]
async fn labels_are_json_and_all_of_them_must_be_there() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let both = daytona.add_sandbox(&[("a", "1"), ("b", "2")]);
    let one = daytona.add_sandbox(&[("a", "1")]);
    let of_a = api.get(&format!("/sandbox?{}", labelled(&json!({"a": "1"})))).await.1;
    assert_eq!(ids(&of_a), BTreeSet::from([both.clone(), one]));
    let of_b = api.get(&format!("/sandbox?{}", labelled(&json!({"b": "2"})))).await.1;
    assert_eq!(ids(&of_b), BTreeSet::from([both]));
    assert_eq!(api.get("/sandbox?labels=a%3D1").await.0, 400);
    assert_eq!(
        api.get(&format!("/sandbox?{}", labelled(&json!({"a": 1})))).await.0,
        400
    );
}

#[tokio::test]
async fn states_are_several_parameters() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let (running, stopped) = (daytona.add_sandbox(&[]), daytona.add_sandbox(&[]));
    daytona.stop_sandbox(&stopped);
    let both = api.get("/sandbox?states=started&states=stopped").await.1;
    assert_eq!(ids(&both), BTreeSet::from([running.clone(), stopped]));
    assert_eq!(
        ids(&api.get("/sandbox?states=started").await.1),
        BTreeSet::from([running])
    );
    assert_eq!(api.get("/sandbox?states=running").await.0, 400);
}

#[tokio::test]
async fn a_cursor_leads_from_page_to_page_until_there_is_none() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let all: BTreeSet<_> = (0..7).map(|_| daytona.add_sandbox(&[])).collect();
    let mut found = BTreeSet::new();
    let mut path = "/sandbox?limit=3".to_owned();
    let mut pages = 0;
    loop {
        let (status, page) = api.get(&path).await;
        assert_eq!(status, 200, "{page}");
        pages += 1;
        found.extend(ids(&page));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/sandbox?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((pages, found), (3, all));
    assert_eq!(api.get("/sandbox?cursor=nonsense").await.0, 400);
    assert_eq!(api.get("/sandbox?limit=201").await.0, 400);
}

#[tokio::test]
async fn looks_and_lists_may_be_behind() {
    let second = Duration::from_secs(1);
    let lag = Lag {
        found_after: second,
        listed_after: 2 * second,
        found_for: second,
        listed_for: 2 * second,
    };
    let daytona = Daytona::builder().started_after(Duration::ZERO).lag(lag).start().await;
    let api = Api::of(&daytona);
    let made = super::client::id(&api.create(json!({})).await);
    let path = format!("/sandbox/{made}");
    assert_eq!(api.get(&path).await.0, 404);
    daytona.advance(second);
    assert_eq!(api.get(&path).await.0, 200);
    assert_eq!(ids(&api.get("/sandbox").await.1).len(), 0);
    daytona.advance(second);
    assert_eq!(ids(&api.get("/sandbox").await.1).len(), 1);
    assert_eq!(api.delete(&path).await.0, 200);
    assert_eq!(api.state(&made).await, "started", "as it was");
    daytona.advance(second);
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.get("/sandbox").await.1["items"][0]["desiredState"], "started");
    daytona.advance(second);
    assert_eq!(ids(&api.get("/sandbox").await.1).len(), 0);
}

#[tokio::test]
async fn snapshots_are_listed_by_a_part_of_their_names() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let vm = api.vm().await;
    api.post(&format!("/sandbox/{vm}/snapshot"), json!({"name": "saved-1"}))
        .await;
    daytona.advance(Duration::from_secs(1));
    let listed = api.get("/snapshots?name=saved").await.1;
    assert_eq!(
        (&listed["total"], &listed["items"][0]["name"]),
        (&json!(1), &json!("saved-1"))
    );
    let second = api.get("/snapshots?page=2&limit=2").await.1;
    assert_eq!((&second["page"], &second["totalPages"]), (&json!(2), &json!(2)));
}
