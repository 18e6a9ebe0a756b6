use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::sleep;

use super::*;

const TIME: Duration = Duration::from_secs(30);

fn snapshot(id: &str) -> Snapshot {
    Snapshot {
        id: id.to_owned(),
        attempt: None,
    }
}

fn page(ids: &[&str], next: Option<&str>) -> Page<Snapshot, String> {
    Page {
        items: ids.iter().map(|id| snapshot(id)).collect(),
        next: next.map(str::to_owned),
        more: None,
    }
}

/// Reads pages that are asked for by token: `a` is the second, `b` the third, and so on.
async fn by_token(
    at_most: usize,
    answer: impl Fn(Option<&str>) -> Page<Snapshot, String>,
) -> (Result<Vec<String>, String>, usize) {
    let asked = AtomicUsize::new(0);
    let ask = |request: PageRequest<String>| {
        asked.fetch_add(1, Ordering::Relaxed);
        let page = answer(request.position.as_deref());
        async { Ok(page) }
    };
    let pages = Pages { first: None, at_most };
    let read = read(pages, Instant::now() + TIME, ask).await;
    let ids = read.map(|items| items.into_iter().map(|item| item.id).collect());
    (ids.map_err(|error| error.message()), asked.into_inner())
}

fn three(token: Option<&str>) -> Page<Snapshot, String> {
    match token {
        None => page(&["1", "2"], Some("a")),
        // A page may be empty, or short, and not be the last.
        Some("a") => page(&[], Some("b")),
        _ => page(&["3"], None),
    }
}

#[tokio::test]
async fn a_list_goes_on_for_as_long_as_there_is_a_token() {
    let (ids, asked) = by_token(3, three).await;
    assert_eq!(ids, Ok(vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]));
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn one_page_is_one_request_and_an_empty_token_is_none() {
    for end in [None, Some("")] {
        let (ids, asked) = by_token(1, |_| page(&["1"], end)).await;
        assert_eq!((ids, asked), (Ok(vec!["1".to_owned()]), 1));
    }
}

#[tokio::test]
async fn a_list_of_too_many_pages_has_failed() {
    let (ids, asked) = by_token(2, three).await;
    assert!(
        ids.expect_err("two are too few")
            .ends_with("a list has more than 2 pages")
    );
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_token_that_comes_again_is_a_failure_and_no_endless_loop() {
    for turn in ["a", "b"] {
        let answer = |token: Option<&str>| match token {
            None | Some("b") => page(&[], Some("a")),
            _ => page(&[], Some(turn)),
        };
        let (ids, asked) = by_token(1_000, answer).await;
        assert!(ids.expect_err("no end").ends_with("its pages repeat"));
        assert!(asked <= 3, "{asked}");
    }
}

#[tokio::test]
async fn items_that_were_all_seen_are_no_progress_unless_they_are_the_last() {
    let same = |token: Option<&str>| page(&["1", "2"], Some(&format!("{}+", token.unwrap_or_default())));
    let (ids, asked) = by_token(1_000, same).await;
    assert!(ids.expect_err("no end").ends_with("its pages repeat"));
    assert_eq!(asked, 2);
    let moved = |token: Option<&str>| match token {
        None => page(&["1", "2"], Some("a")),
        _ => page(&["2"], None),
    };
    assert_eq!(by_token(2, moved).await.0.expect("a list").len(), 3);
}

#[tokio::test]
async fn what_says_that_there_is_more_decides_and_has_to_say_where() {
    let more = |more: bool, next: Option<&'static str>| {
        move |token: Option<&str>| Page {
            more: Some(more && token.is_none()),
            ..page(&[token.unwrap_or("1")], next)
        }
    };
    assert_eq!(by_token(9, more(false, Some("a"))).await.1, 1);
    assert_eq!(by_token(9, more(true, Some("a"))).await.1, 2);
    for nowhere in [None, Some("")] {
        let (ids, _) = by_token(9, more(true, nowhere)).await;
        assert!(ids.expect_err("nowhere to go").ends_with("it does not say where"));
    }
}

#[tokio::test]
async fn pages_by_number_and_by_offset_end_with_an_empty_one() {
    let list = ["1", "2", "3", "4", "5"];
    let ask = |request: PageRequest<i64>, begin: usize, next: Option<i64>| {
        let items: Vec<Snapshot> = list.iter().skip(begin).take(2).map(|id| snapshot(id)).collect();
        let next = next.or_else(|| request.next_offset(items.len()));
        let more = Some(!items.is_empty());
        async move { Ok(Page { items, next, more }) }
    };
    let pages = |first| Pages {
        first: Some(first),
        at_most: 4,
    };
    let by_number = |request: PageRequest<i64>| {
        let (begin, next) = ((request.position.unwrap_or_default() - 1) * 2, request.next_number());
        ask(request, usize::try_from(begin).expect("no page before the first"), next)
    };
    let by_offset = |request: PageRequest<i64>| {
        let begin = request.position.unwrap_or_default();
        ask(request, usize::try_from(begin).expect("no item before the first"), None)
    };
    let until = Instant::now() + TIME;
    assert_eq!(read(pages(1), until, by_number).await.expect("a list").len(), 5);
    assert_eq!(read(pages(0), until, by_offset).await.expect("a list").len(), 5);
}

#[tokio::test(start_paused = true)]
async fn all_pages_have_the_time_of_one_look() {
    let ask = |request: PageRequest<String>| async move {
        sleep(TIME / 3).await;
        let next = format!("{}+", request.position.unwrap_or_default());
        Ok(page(&[&next], Some(&next)))
    };
    let pages = Pages {
        first: None,
        at_most: 1_000,
    };
    let begun = Instant::now();
    let late = read(pages, begun + TIME, ask).await.expect_err("no end");
    assert!(late.message().ends_with("do not come in time"), "{late}");
    assert_eq!(begun.elapsed(), TIME);
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let ask = |request: PageRequest<String>| async move {
        match request.position {
            None => Ok(page(&["1"], Some("a"))),
            Some(_) => Err(Error::new(Code::S500, "later")),
        }
    };
    let pages = Pages {
        first: None,
        at_most: 9,
    };
    let failed = read(pages, Instant::now() + TIME, ask).await.expect_err("half a list");
    assert_eq!(failed.code(), Code::S500);
}
