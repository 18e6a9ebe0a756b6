//! Lists that come in pages. All of a list is read, or the list has failed: what is on one page alone would be a shorter
//! truth.

use std::{collections::HashSet, time::Duration};

use progenitor_client::ResponseValue;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::{
    call::Call,
    error::{Code, Error},
    provider::Api,
    request::Sent,
    resource::{Sandbox, Snapshot},
};

/// How the pages of a list are read.
#[derive(Debug)]
pub struct Pages<P> {
    /// Where the first page begins, if its request says that.
    pub first: Option<P>,
    /// A list of more pages has failed.
    pub at_most: usize,
}

/// What is asked for: the page at this position.
#[derive(Debug)]
pub struct PageRequest<P> {
    pub position: Option<P>,
    is_first: bool,
    /// The list as a whole has this time.
    until: Instant,
}

/// A page, and what it says of the next one.
#[derive(Debug)]
pub struct Page<T, P> {
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next: Option<P>,
    /// Whether there is a next page, if anything but its position says so.
    pub more: Option<bool>,
}

/// Where a page begins: a token, a number, an offset.
pub trait Position: Clone + PartialEq {
    /// Whether it leads to a page; some providers write an empty token where there is none.
    fn leads_on(&self) -> bool {
        true
    }
}

impl Position for i64 {}

impl Position for String {
    fn leads_on(&self) -> bool {
        !self.is_empty()
    }
}

/// What stands in a list under an id.
pub trait Item {
    /// Empty if it has none that is usable.
    fn id(&self) -> &str;
}

impl Item for Sandbox {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Item for Snapshot {
    fn id(&self) -> &str {
        &self.id
    }
}

impl<P> PageRequest<P> {
    pub(crate) fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_first(&self) -> bool {
        self.is_first
    }
}

impl PageRequest<i64> {
    /// The number of the page after this one.
    pub fn next_number(&self) -> Option<i64> {
        self.position?.checked_add(1)
    }

    /// The offset of the page after this one, which has so many items.
    pub fn next_offset(&self, items: usize) -> Option<i64> {
        self.position?.checked_add(i64::try_from(items).ok()?)
    }
}

impl<C: Api> Call<C> {
    /// The items of all pages of a list; those that stand on several, as the list has changed meanwhile, as often.
    ///
    /// # Errors
    /// The first of a page, or that the pages do not come to an end, in number or in time.
    pub async fn pages<T, P, F, Fut>(&self, pages: Pages<P>, ask: F) -> Result<Vec<T>, Error>
    where
        T: Item,
        P: Position,
        F: Fn(PageRequest<P>) -> Fut,
        Fut: Future<Output = Result<Page<T, P>, Error>> + Send,
    {
        let until = Instant::now() + self.worker().config.request_timeout;
        read(pages, until, ask).await
    }
}

async fn read<T, P, F, Fut>(pages: Pages<P>, until: Instant, ask: F) -> Result<Vec<T>, Error>
where
    T: Item,
    P: Position,
    F: Fn(PageRequest<P>) -> Fut,
    Fut: Future<Output = Result<Page<T, P>, Error>> + Send,
{
    let mut known = Known::new(pages.first.clone());
    let mut position = pages.first;
    for number in 0..pages.at_most {
        if number > 0 && Instant::now() >= until {
            return Err(Error::new(Code::S502, "the pages of a list do not come in time"));
        }
        let request = PageRequest {
            position,
            is_first: number == 0,
            until,
        };
        match known.with(ask(request).await?)? {
            Some(next) => position = Some(next),
            None => return Ok(known.items),
        }
    }
    let most = pages.at_most;
    Err(Error::new(Code::S502, format!("a list has more than {most} pages")))
}

/// What is known of a list so far.
struct Known<T, P> {
    items: Vec<T>,
    ids: HashSet<String>,
    positions: Vec<P>,
}

impl<T: Item, P: Position> Known<T, P> {
    fn new(first: Option<P>) -> Self {
        Self {
            items: Vec::new(),
            ids: HashSet::new(),
            positions: first.into_iter().collect(),
        }
    }

    /// Takes a page in. Where the next one begins, if there is one; one that leads nowhere is an error.
    fn with(&mut self, page: Page<T, P>) -> Result<Option<P>, Error> {
        let next = page.next.filter(P::leads_on);
        let has_items = !page.items.is_empty();
        let known = self.ids.len();
        let unnamed = page.items.iter().any(|item| item.id().is_empty());
        self.ids.extend(page.items.iter().map(|item| item.id().to_owned()));
        let is_progress = unnamed || self.ids.len() > known;
        self.items.extend(page.items);
        let next = match (page.more, next) {
            (Some(false), _) | (None, None) => return Ok(None),
            (Some(true), None) => return Err(Error::unreadable("there is a next page, and it does not say where")),
            (_, Some(next)) => next,
        };
        if self.positions.contains(&next) || (has_items && !is_progress) {
            return Err(Error::unreadable("its pages repeat"));
        }
        self.positions.push(next.clone());
        Ok(Some(next))
    }
}

/// An answer with the headers that came with it.
#[derive(Debug)]
pub struct Headed<T> {
    pub answer: T,
    pub headers: Headers,
}

/// The headers of an answer.
#[derive(Debug)]
pub struct Headers(HeaderMap);

impl Headers {
    /// The text of a header, if it has one.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.to_str().ok().map(str::to_owned)
    }
}

/// An answer with its headers.
///
/// # Errors
/// The answer's own.
pub async fn headed<T>(answer: impl Future<Output = Sent<T>> + Send) -> Sent<Headed<T>> {
    let answer = answer.await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let headed = Headed {
        answer: answer.into_inner(),
        headers: Headers(headers.clone()),
    };
    Ok(ResponseValue::new(headed, status, headers))
}

#[cfg(test)]
mod tests;
