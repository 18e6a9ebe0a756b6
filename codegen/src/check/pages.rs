//! Lists that come in pages. A worker reads one page: what is on the others it neither counts nor ends.

use crate::document::{Location, Parameter};

use super::Resolved;

/// Query parameters, in letters only, by which a list's next page is asked for.
const PAGING: [&str; 16] = [
    "after",
    "continuation",
    "continuationtoken",
    "cursor",
    "marker",
    "nextcursor",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
    "offset",
    "page",
    "pageindex",
    "pagenumber",
    "pagetoken",
    "skip",
    "startingafter",
];

impl Resolved {
    pub(super) fn pages(&self) -> Vec<String> {
        let owned = self.mapping.sandboxes.as_ref().and_then(|s| s.owned.as_ref());
        let Some(call) = owned.map(|owned| &owned.call) else {
            return Vec::new();
        };
        let operation = self.operation(call);
        let paging: Vec<String> = operation
            .at(Location::Query)
            .filter(|parameter| pages(parameter))
            .map(|parameter| format!("`{}`", parameter.name))
            .collect();
        if paging.is_empty() {
            return Vec::new();
        }
        let source = &self.mapping.source;
        let (line, _) = source.line_column(call.operation.span.start);
        vec![format!(
            "{}:{line}: `{}` answers in pages (it takes {}), and one page is read: sandboxes on others are neither \
             counted nor ended, so ask for a page that holds them all",
            source.name,
            operation.label(),
            paging.join(", "),
        )]
    }
}

fn pages(parameter: &Parameter) -> bool {
    let letters: String = parameter.name.chars().filter(char::is_ascii_alphanumeric).collect();
    PAGING.contains(&letters.to_lowercase().as_str())
}
