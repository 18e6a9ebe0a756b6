//! Lists that come in pages. All of a list is read, or the list has failed: what is on one page alone would be a shorter
//! truth.

mod counted;
mod step;
mod token;

use std::{collections::HashSet, time::Duration};

use progenitor_client::ResponseValue;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use self::counted::Counted;
pub use self::step::Part;
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
    /// Where the next page begins, if the answer says so.
    pub next: Option<P>,
    /// Whether there is a next page, if the answer says so.
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

/// What stands in a list, though it may be left out of it.
#[derive(Debug)]
pub struct Row<T> {
    item: T,
    is_left_out: bool,
}

impl<T: Item> Item for Row<T> {
    fn id(&self) -> &str {
        self.item.id()
    }
}

impl<T> Row<T> {
    pub fn new(item: T, is_left_out: bool) -> Self {
        Self { item, is_left_out }
    }

    /// The items that are not left out. Where a list ends is known by all of them.
    pub fn kept(rows: Vec<Self>) -> Vec<T> {
        let kept = rows.into_iter().filter(|row| !row.is_left_out);
        kept.map(|row| row.item).collect()
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

impl<C: Api> Call<C> {
    /// The items of a list whose pages say where the next one begins; those that stand on several, as the list has changed
    /// meanwhile, as often.
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
        token::read(Asking::new(pages, self.list_until(), ask)).await
    }

    /// The items of a list whose pages have numbers.
    ///
    /// # Errors
    /// As [`Call::pages`], and that the list moves too fast for its items to be known.
    pub async fn pages_by_number<T, F, Fut>(&self, pages: Pages<i64>, ask: F) -> Result<Vec<T>, Error>
    where
        T: Item,
        F: Fn(PageRequest<i64>) -> Fut,
        Fut: Future<Output = Result<Page<T, i64>, Error>> + Send,
    {
        counted::read(Counted::ByNumber, Asking::new(pages, self.list_until(), ask)).await
    }

    /// The items of a list whose pages begin after a number of items.
    ///
    /// # Errors
    /// As [`Call::pages_by_number`].
    pub async fn pages_by_offset<T, F, Fut>(&self, pages: Pages<i64>, ask: F) -> Result<Vec<T>, Error>
    where
        T: Item,
        F: Fn(PageRequest<i64>) -> Fut,
        Fut: Future<Output = Result<Page<T, i64>, Error>> + Send,
    {
        counted::read(Counted::ByOffset, Asking::new(pages, self.list_until(), ask)).await
    }

    fn list_until(&self) -> Instant {
        Instant::now() + self.config().request_timeout
    }
}

/// Pages that are asked for one after the other.
struct Asking<P, F> {
    pages: Pages<P>,
    until: Instant,
    ask: F,
    is_begun: bool,
}

impl<P, F> Asking<P, F> {
    fn new(pages: Pages<P>, until: Instant, ask: F) -> Self {
        Self {
            pages,
            until,
            ask,
            is_begun: false,
        }
    }

    async fn page<T, Fut>(&mut self, position: Option<P>) -> Result<Page<T, P>, Error>
    where
        F: Fn(PageRequest<P>) -> Fut,
        Fut: Future<Output = Result<Page<T, P>, Error>> + Send,
    {
        if self.is_begun && Instant::now() >= self.until {
            return Err(Error::new(Code::S502, "the pages of a list do not come in time"));
        }
        let request = PageRequest {
            position,
            is_first: !self.is_begun,
            until: self.until,
        };
        self.is_begun = true;
        (self.ask)(request).await
    }

    fn too_many(&self) -> Error {
        let most = self.pages.at_most;
        Error::new(Code::S502, format!("a list has more than {most} pages"))
    }
}

/// What is known of a list so far.
struct Known<T> {
    items: Vec<T>,
    ids: HashSet<String>,
}

impl<T: Item> Known<T> {
    fn new() -> Self {
        Self {
            items: Vec::new(),
            ids: HashSet::new(),
        }
    }

    /// Takes the items of a page in; whether there is one among them that was not there before. Of those without an id
    /// that is not known.
    fn take(&mut self, items: Vec<T>) -> bool {
        let known = self.ids.len();
        let unnamed = items.iter().any(|item| item.id().is_empty());
        self.ids.extend(items.iter().map(|item| item.id().to_owned()));
        self.items.extend(items);
        unnamed || self.ids.len() > known
    }
}

fn repeats() -> Error {
    Error::unreadable("its pages repeat")
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
