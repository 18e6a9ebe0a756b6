//! What a step says of a list in its answer that comes in pages.

use crate::{diagnostic::Code, source::Span};

use super::{Call, Fields, Pages, PagesOf, Paging, Reader, Value};

/// A list in the answer of a step.
#[derive(Clone, Debug)]
pub struct StepPages {
    /// Where in the answer the list is.
    pub items: Option<Value>,
    pub paging: Paging,
}

impl StepPages {
    /// The keys `items` and `pages` of a step, which go together.
    pub fn read(reader: &Reader, fields: &mut Fields<'_>, call: Option<&mut Call>) -> Option<Self> {
        let items = fields.optional("items").map(|node| Value::read(reader, node));
        let paging = Paging::read(reader, fields, call, PagesOf::Step)?;
        match (&items, &paging) {
            (None, Paging::Pages(pages)) => {
                let message = "`pages` of a step needs `items`: the list in the answer";
                missing(reader, pages.span, message, "add for example `items: $response.data`");
                None
            }
            (Some(items), Paging::Unsaid | Paging::None(_)) => {
                let message = "`items` says which list comes in pages, and nothing says how it goes on";
                missing(
                    reader,
                    items.span,
                    message,
                    "add `pages: {next: …, into: …}`, or remove `items`",
                );
                None
            }
            _ => Some(Self { items, paging }),
        }
    }

    /// The list and how it goes on, if it does.
    pub fn pages(&self) -> Option<(&Value, &Pages)> {
        self.items.as_ref().zip(self.paging.pages())
    }
}

fn missing(reader: &Reader, span: Span, message: &str, help: &str) {
    reader.problem(Code::MissingKey, span, message, help);
}
