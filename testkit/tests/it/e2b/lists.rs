//! Lists: filters and pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::E2b;

use super::client::{Api, answer, whole};

fn ids(list: &Value) -> BTreeSet<String> {
    let items = list.as_array().expect("a list").iter();
    items
        .map(|item| item["sandboxID"].as_str().expect("an id").to_owned())
        .collect()
}

/// All pages of a list, and how many they are.
async fn pages(api: &Api<'_>, path: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut next) = (Vec::new(), 0, None::<String>);
    loop {
        let mut request = api.request("GET", path);
        if let Some(token) = &next {
            request = request.query(&[("nextToken", token)]);
        }
        let (status, body, headers) = whole(request).await;
        assert_eq!(status, 200, "{body}");
        pages += 1;
        items.extend(body.as_array().expect("a list").clone());
        next = headers
            .get("x-next-token")
            .map(|token| token.to_str().unwrap().to_owned());
        if next.is_none() {
            return (items, pages);
        }
    }
}

#[tokio::test]
async fn a_list_of_250_comes_in_three_pages_the_last_without_a_token() {
    let e2b = E2b::start().await;
    let ours = e2b.add_sandboxes(250, ("owner", "me"));
    e2b.add_sandbox(&[("owner", "you")]);
    let (items, count) = pages(&Api::of(&e2b), "/v2/sandboxes?metadata=owner%3Dme").await;
    assert_eq!((items.len(), count), (250, 3));
    assert_eq!(ids(&Value::Array(items)), ours);
}

#[tokio::test]
async fn what_ends_between_two_pages_moves_nothing_else() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let all = e2b.add_sandboxes(5, ("owner", "me"));
    let (_, first, headers) = whole(api.request("GET", "/v2/sandboxes?limit=2")).await;
    let token = headers["x-next-token"].to_str().unwrap().to_owned();
    assert_eq!(headers["x-total-running"], "5");
    let gone = ids(&first).first().unwrap().clone();
    e2b.remove_sandbox(&gone);
    let rest = api.request("GET", "/v2/sandboxes").query(&[("nextToken", &token)]);
    let (_, rest) = answer(rest).await;
    let seen: BTreeSet<_> = ids(&first).union(&ids(&rest)).cloned().collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_filter_is_decoded_twice_after_the_query() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let odd = e2b.add_sandbox(&[("a&b", "c=d e")]);
    e2b.add_sandbox(&[("a", "b"), ("c", "d")]);
    // `a&b` and `c=d e`, each encoded twice, then the parameter as usual.
    let filter = "a%2526b=c%253Dd%2520e";
    let (_, listed) = answer(api.request("GET", "/v2/sandboxes").query(&[("metadata", filter)])).await;
    assert_eq!(ids(&listed), BTreeSet::from([odd]));
    let (_, both) = answer(api.request("GET", "/v2/sandboxes").query(&[("metadata", "a=b&c=d")])).await;
    assert_eq!(ids(&both).len(), 1);
    for wrong in ["a", "a=b=c", "a=b&", "a=%2", ""] {
        let (status, _) = answer(api.request("GET", "/v2/sandboxes").query(&[("metadata", wrong)])).await;
        assert_eq!(status, 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn states_are_joined_with_commas_and_without_them_all_are_listed() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let (runs, paused) = (e2b.add_sandbox(&[]), e2b.add_sandbox(&[]));
    e2b.pause_sandbox(&paused);
    for (query, expected) in [
        ("", vec![&runs, &paused]),
        ("?state=running", vec![&runs]),
        ("?state=paused", vec![&paused]),
        ("?state=running,paused", vec![&runs, &paused]),
    ] {
        let (_, listed) = api.get(&format!("/v2/sandboxes{query}")).await;
        assert_eq!(ids(&listed), expected.into_iter().cloned().collect(), "{query}");
    }
    assert_eq!(ids(&api.get("/sandboxes").await.1), BTreeSet::from([runs]));
}

#[tokio::test]
async fn a_page_and_its_place_are_checked() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "nextToken=x",
        "state=gone",
        "state=running&state=paused",
        "order=up",
        "page=1",
    ] {
        let (status, refused) = api.get(&format!("/v2/sandboxes?{query}")).await;
        assert_eq!((status.as_u16(), &refused["code"]), (400, &json!(400)), "{query}");
    }
}
