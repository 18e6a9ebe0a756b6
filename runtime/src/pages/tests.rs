use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

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
    let read = token::read(Asking::new(pages, Instant::now() + TIME, ask)).await;
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

/// A list of pages of three, of which one item goes away after so many requests, and how often it was asked for.
struct Moving {
    items: Vec<&'static str>,
    gone_after: usize,
    asked: AtomicUsize,
}

impl Moving {
    fn new(count: usize, gone_after: usize) -> Self {
        let all = ["1", "2", "3", "4", "5", "6", "7"];
        Self {
            items: all[..count].to_vec(),
            gone_after,
            asked: AtomicUsize::new(0),
        }
    }

    fn from(&self, offset: i64) -> Page<Snapshot, i64> {
        let gone = usize::from(self.asked.fetch_add(1, Ordering::Relaxed) >= self.gone_after);
        let offset = usize::try_from(offset).expect("no item before the first");
        let rest = self.items.iter().skip(gone + offset).take(3);
        Page {
            items: rest.map(|id| snapshot(id)).collect(),
            next: None,
            more: None,
        }
    }

    async fn read(&self, by_number: bool) -> Result<(BTreeSet<String>, usize), Error> {
        let ask = |request: PageRequest<i64>| {
            let position = request.position.unwrap_or_default();
            let page = self.from(if by_number { (position - 1) * 3 } else { position });
            async { Ok(page) }
        };
        let pages = Pages {
            first: Some(i64::from(by_number)),
            at_most: 4,
        };
        let asking = Asking::new(pages, Instant::now() + TIME, ask);
        let counted = match by_number {
            true => Counted::ByNumber,
            false => Counted::ByOffset,
        };
        let items = counted::read(counted, asking).await?;
        let ids = items.into_iter().map(|item| item.id).collect();
        Ok((ids, self.asked.load(Ordering::Relaxed)))
    }
}

const NEVER: usize = usize::MAX;

#[tokio::test]
async fn pages_by_number_and_by_offset_end_with_one_that_has_nothing_new() {
    for count in 0..=7 {
        for by_number in [true, false] {
            let (ids, _) = Moving::new(count, NEVER).read(by_number).await.expect("a list");
            assert_eq!(ids.len(), count, "by number: {by_number}");
        }
    }
    assert_eq!(Moving::new(0, NEVER).read(true).await.expect("a list").1, 1);
    assert_eq!(Moving::new(0, NEVER).read(false).await.expect("a list").1, 1);
    assert_eq!(Moving::new(7, NEVER).read(false).await.expect("a list").1, 4);
}

#[tokio::test]
async fn an_item_that_moves_up_to_a_page_that_was_read_is_not_missed() {
    for count in 2..=7 {
        for gone_after in 1..10 {
            for by_number in [true, false] {
                let (ids, _) = Moving::new(count, gone_after).read(by_number).await.expect("a list");
                let rest = ids.iter().filter(|id| *id != "1").count();
                assert_eq!(rest, count - 1, "{count}, {gone_after}, by number: {by_number}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_never_stands_still_or_never_ends_has_failed() {
    for by_number in [true, false] {
        let asked = AtomicUsize::new(0);
        let restless = |_: PageRequest<i64>| {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let ids = [format!("{number}"), format!("{number}+")];
            async move {
                Ok(Page {
                    items: ids.map(|id| snapshot(&id)).into(),
                    next: None,
                    more: Some(true),
                })
            }
        };
        let same = |_: PageRequest<i64>| async {
            Ok(Page {
                items: vec![snapshot("1"), snapshot("2")],
                next: None,
                more: Some(true),
            })
        };
        let pages = || Pages {
            first: Some(1),
            at_most: 9,
        };
        let until = Instant::now() + TIME;
        let (moves, repeats) = match by_number {
            true => (
                counted::read(Counted::ByNumber, Asking::new(pages(), until, restless)).await,
                counted::read(Counted::ByNumber, Asking::new(pages(), until, same)).await,
            ),
            false => (
                counted::read(Counted::ByOffset, Asking::new(pages(), until, restless)).await,
                counted::read(Counted::ByOffset, Asking::new(pages(), until, same)).await,
            ),
        };
        assert!(
            moves
                .expect_err("no list")
                .message()
                .ends_with("its items move while they are read")
        );
        assert!(repeats.expect_err("no list").message().ends_with("its pages repeat"));
    }
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
    let late = token::read(Asking::new(pages, begun + TIME, ask))
        .await
        .expect_err("no end");
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
    let failed = token::read(Asking::new(pages, Instant::now() + TIME, ask))
        .await
        .expect_err("half a list");
    assert_eq!(failed.code(), Code::S500);
}
