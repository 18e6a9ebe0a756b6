//! Pages by number and by offset. Where an item goes away that stood before, all after it move up, and one of them would be
//! on no page that is read: so the end of each page is held against what follows it.

use super::{Asking, Item, Known, Page, PageRequest, repeats};
use crate::error::Error;

/// How often a list that moves is read from its beginning.
const TRIES: usize = 3;

/// What a reading comes to.
enum Reading<T> {
    Whole(Vec<T>),
    /// Items have moved up meanwhile.
    Moved,
}

/// How a list is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counted {
    ByNumber,
    ByOffset,
}

/// Reads a list, anew where its items have moved.
pub(super) async fn read<T, F, Fut>(counted: Counted, mut asking: Asking<i64, F>) -> Result<Vec<T>, Error>
where
    T: Item,
    F: Fn(PageRequest<i64>) -> Fut,
    Fut: Future<Output = Result<Page<T, i64>, Error>> + Send,
{
    for _ in 0..TRIES {
        let reading = match counted {
            Counted::ByNumber => numbered(&mut asking).await?,
            Counted::ByOffset => offset(&mut asking).await?,
        };
        if let Reading::Whole(items) = reading {
            return Ok(items);
        }
    }
    Err(Error::unreadable("its items move while they are read"))
}

/// After each page the one before it still has to end as it did, unless its end has moved down to this one.
async fn numbered<T, F, Fut>(asking: &mut Asking<i64, F>) -> Result<Reading<T>, Error>
where
    T: Item,
    F: Fn(PageRequest<i64>) -> Fut,
    Fut: Future<Output = Result<Page<T, i64>, Error>> + Send,
{
    let mut known = Known::new();
    let mut end: Option<String> = None;
    let mut number = asking.pages.first;
    for _ in 0..asking.pages.at_most {
        let page = asking.page(number).await?;
        if let Some(end) = end.filter(|end| !has(&page.items, end)) {
            let before = asking.page(number.map(|number| number - 1)).await?;
            if last(&before.items) != Some(end) {
                return Ok(Reading::Moved);
            }
        }
        end = last(&page.items);
        let has_items = !page.items.is_empty();
        let is_progress = known.take(page.items);
        if !page.more.unwrap_or(has_items) {
            return Ok(Reading::Whole(known.items));
        }
        if has_items && !is_progress {
            return Err(repeats());
        }
        number = number.and_then(|number| number.checked_add(1));
    }
    Err(asking.too_many())
}

/// Each page begins with the last item of the one before it, which has to be there.
async fn offset<T, F, Fut>(asking: &mut Asking<i64, F>) -> Result<Reading<T>, Error>
where
    T: Item,
    F: Fn(PageRequest<i64>) -> Fut,
    Fut: Future<Output = Result<Page<T, i64>, Error>> + Send,
{
    let mut known = Known::new();
    let mut end: Option<String> = None;
    let mut offset = asking.pages.first;
    for _ in 0..asking.pages.at_most {
        let page = asking.page(offset).await?;
        if end.is_some_and(|end| !has(&page.items, &end)) {
            return Ok(Reading::Moved);
        }
        // Of a page with one item alone none could be left for the next.
        let overlap = usize::from(page.items.len() > 1);
        end = last(&page.items).filter(|_| overlap > 0);
        let step = i64::try_from(page.items.len() - overlap).unwrap_or(i64::MAX);
        let is_progress = known.take(page.items);
        if !page.more.unwrap_or(is_progress) {
            return Ok(Reading::Whole(known.items));
        }
        if !is_progress {
            return Err(repeats());
        }
        offset = offset.and_then(|offset| offset.checked_add(step));
    }
    Err(asking.too_many())
}

fn has<T: Item>(items: &[T], id: &str) -> bool {
    items.iter().any(|item| item.id() == id)
}

/// The id of the last item, if it has one.
fn last<T: Item>(items: &[T]) -> Option<String> {
    let id = items.last()?.id();
    (!id.is_empty()).then(|| id.to_owned())
}
