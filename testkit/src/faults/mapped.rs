//! The operations that a mapping names.

use super::target::Target;

/// A call in the text of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// As it is written.
    pub(super) text: String,
    method: String,
    path: String,
    /// It belongs to a further API, whose address comes before the path.
    elsewhere: bool,
}

/// Every `call: METHOD /path` of a mapping.
pub(super) fn operations(mapping: &str) -> Vec<Operation> {
    mapping.lines().filter_map(operation).collect()
}

fn operation(line: &str) -> Option<Operation> {
    let quotes = ['\'', '"'];
    let (_, call) = line.split_once("call: ")?;
    let mut words = call.trim_start_matches(quotes).split_whitespace();
    let (api, path) = (
        words.next()?,
        words.next()?.trim_end_matches(',').trim_end_matches(quotes),
    );
    let method = api.rsplit(':').next()?;
    path.starts_with('/').then(|| Operation {
        text: format!("{api} {path}"),
        method: method.to_owned(),
        path: path.to_owned(),
        elsewhere: method != api,
    })
}

impl Operation {
    /// Whether a call that was seen is this one.
    pub(super) fn is(&self, target: &Target) -> bool {
        let named: Vec<_> = self.path.split('/').skip(1).collect();
        let seen: Vec<_> = target.pattern.split('/').skip(1).collect();
        let before = seen.len().checked_sub(named.len());
        let same = |(named, seen): (&&str, &&str)| named.starts_with('{') || named == seen;
        let reaches = |before: usize| named.iter().zip(&seen[before..]).all(same);
        let fits = before.is_some_and(|before| (self.elsewhere || before == 0) && reaches(before));
        self.method == target.method && fits
    }
}
