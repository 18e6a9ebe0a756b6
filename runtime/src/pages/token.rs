//! Pages each of which says where the next one begins.

use super::{Asking, Item, Known, Page, PageRequest, Position, repeats};
use crate::error::Error;

pub(super) async fn read<T, P, F, Fut>(mut asking: Asking<P, F>) -> Result<Vec<T>, Error>
where
    T: Item,
    P: Position,
    F: Fn(PageRequest<P>) -> Fut,
    Fut: Future<Output = Result<Page<T, P>, Error>> + Send,
{
    let mut known = Known::new();
    let mut positions = Vec::new();
    for _ in 0..asking.pages.at_most {
        let Page { items, next, more } = asking.page(positions.last().cloned()).await?;
        let is_progress = items.is_empty() || known.take(items);
        let next = match (more, next.filter(P::leads_on)) {
            (Some(false), _) | (None, None) => return Ok(known.items),
            (Some(true), None) => return Err(Error::unreadable("there is a next page, and it does not say where")),
            (_, Some(next)) => next,
        };
        if !is_progress || positions.contains(&next) {
            return Err(repeats());
        }
        positions.push(next);
    }
    Err(asking.too_many())
}
