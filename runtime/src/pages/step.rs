//! Lists in the answers of steps. What comes of one is the answer that came last, with the items of all.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, PoisonError},
};

use super::{Asking, Item, Page, PageRequest, Pages, Position, counted, counted::Counted, token};
use crate::{
    call::Call,
    error::{Code, Error},
    provider::Api,
};

/// A page of a step's list, and what it says of the next one.
#[derive(Debug)]
pub struct Part<T, P> {
    pub answer: T,
    /// Those of its items, if they have some.
    pub ids: Vec<String>,
    pub next: Option<P>,
    pub more: Option<bool>,
}

/// An item, and its id.
struct Listed<I> {
    id: String,
    item: I,
}

impl<I> Item for Listed<I> {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Answers that are taken apart as they come.
struct Answers<T, L> {
    /// The last one, without its items.
    last: Mutex<Option<T>>,
    list: L,
}

impl<T, L> Answers<T, L> {
    fn new(list: L) -> Self {
        Self {
            last: Mutex::default(),
            list,
        }
    }

    /// The items of a page; the rest of it is kept.
    fn page<I, P>(&self, part: Part<T, P>) -> Result<Page<Listed<I>, P>, Error>
    where
        L: Fn(&mut T) -> Option<&mut Vec<I>>,
    {
        let Part {
            mut answer,
            ids,
            next,
            more,
        } = part;
        let items = mem::take((self.list)(&mut answer).ok_or_else(no_list)?);
        let is_each_named = ids.len() == items.len() && !ids.iter().any(String::is_empty);
        if !ids.is_empty() && !is_each_named {
            return Err(Error::unreadable("not each item of a list has an id"));
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        let mut ids = ids.into_iter();
        let listed = |item| Listed {
            id: ids.next().unwrap_or_default(),
            item,
        };
        let items = items.into_iter().map(listed).collect();
        Ok(Page { items, next, more })
    }

    /// The answer that came last, with these items.
    fn with<I>(self, items: Vec<Listed<I>>) -> Result<T, Error>
    where
        L: Fn(&mut T) -> Option<&mut Vec<I>>,
    {
        let last = self.last.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut answer = last.ok_or_else(no_list)?;
        *(self.list)(&mut answer).ok_or_else(no_list)? = once(items);
        Ok(answer)
    }
}

/// What stands on two pages counts once.
fn once<I>(items: Vec<Listed<I>>) -> Vec<I> {
    let mut seen = HashSet::new();
    let is_new = |listed: &Listed<I>| listed.id.is_empty() || seen.insert(listed.id.clone());
    items.into_iter().filter(is_new).map(|listed| listed.item).collect()
}

fn no_list() -> Error {
    Error::new(Code::S502, "the answer has no list")
}

impl<C: Api> Call<C> {
    /// An answer with the items of all pages, of which each says where the next one begins.
    ///
    /// # Errors
    /// As [`Call::pages`], and that a page has no list.
    pub async fn all_pages<T, I, P, F, Fut, L>(&self, pages: Pages<P>, ask: F, list: L) -> Result<T, Error>
    where
        T: Send,
        I: Send,
        P: Position + Send,
        F: Fn(PageRequest<P>) -> Fut,
        Fut: Future<Output = Result<Part<T, P>, Error>> + Send,
        L: Fn(&mut T) -> Option<&mut Vec<I>> + Sync + Send,
    {
        let answers = Answers::new(list);
        let items = token::read(Asking::new(pages, self.list_until(), |page| taken(&answers, ask(page)))).await?;
        answers.with(items)
    }

    /// An answer with the items of all pages, which have numbers.
    ///
    /// # Errors
    /// As [`Call::pages_by_number`], and that a page has no list.
    pub async fn all_pages_by_number<T, I, F, Fut, L>(&self, pages: Pages<i64>, ask: F, list: L) -> Result<T, Error>
    where
        T: Send,
        I: Send,
        F: Fn(PageRequest<i64>) -> Fut,
        Fut: Future<Output = Result<Part<T, i64>, Error>> + Send,
        L: Fn(&mut T) -> Option<&mut Vec<I>> + Sync + Send,
    {
        let answers = Answers::new(list);
        let asking = Asking::new(pages, self.list_until(), |page| taken(&answers, ask(page)));
        let items = counted::read(Counted::ByNumber, asking).await?;
        answers.with(items)
    }

    /// An answer with the items of all pages, which begin after a number of items.
    ///
    /// # Errors
    /// As [`Call::all_pages_by_number`].
    pub async fn all_pages_by_offset<T, I, F, Fut, L>(&self, pages: Pages<i64>, ask: F, list: L) -> Result<T, Error>
    where
        T: Send,
        I: Send,
        F: Fn(PageRequest<i64>) -> Fut,
        Fut: Future<Output = Result<Part<T, i64>, Error>> + Send,
        L: Fn(&mut T) -> Option<&mut Vec<I>> + Sync + Send,
    {
        let answers = Answers::new(list);
        let asking = Asking::new(pages, self.list_until(), |page| taken(&answers, ask(page)));
        let items = counted::read(Counted::ByOffset, asking).await?;
        answers.with(items)
    }
}

/// A page, taken apart once it is there.
async fn taken<T, I, P, L>(
    answers: &Answers<T, L>,
    part: impl Future<Output = Result<Part<T, P>, Error>> + Send,
) -> Result<Page<Listed<I>, P>, Error>
where
    L: Fn(&mut T) -> Option<&mut Vec<I>>,
{
    answers.page(part.await?)
}
