//! The operation that a call names: `METHOD /path` or an id, within one API.

use crate::{
    diagnostic::{Code, nearest},
    document::{Operation, OperationId},
    mapping::Call,
    naming::is_word,
};

use super::Checker;

impl Checker<'_> {
    /// Finds the operation of each call of the mapping; a name that means none, or several, is reported.
    pub(super) fn find_operations(&mut self) {
        for call in self.mapping.calls() {
            let found = self.find_operation(call);
            self.calls.extend(found.map(|operation| (call.id, operation)));
        }
    }

    fn find_operation(&self, call: &Call) -> Option<OperationId> {
        let (api, name) = call.target();
        let found = self.operations.candidates(api, name);
        if let [one] = found.as_slice() {
            return Some(*one);
        }
        let prefix = name.split_once(':').map(|(prefix, _)| prefix);
        if api.is_none() && self.mapping.is_broken("apis") && prefix.is_some_and(is_word) {
            // The API may be the one that could not be read.
            return None;
        }
        let span = call.operation.span;
        let lost = || {
            self.document
                .lost_paths()
                .into_iter()
                .find(|lost| lost.is_of(api, name))
        };
        if let (true, Some(lost)) = (found.is_empty(), lost()) {
            self.construct(&lost.construct, span);
        } else if found.is_empty() {
            if self.unknown_api(api, name).is_some()
                && !self
                    .reported
                    .borrow_mut()
                    .insert(format!("API of {}", prefix.unwrap_or_default()))
            {
                // One missing API is one problem, however many calls are meant for it.
                return None;
            }
            let message = format!("the document has no operation `{}`", call.operation.value);
            self.problem(Code::UnknownOperation, span, message, self.operation_help(api, name));
        } else {
            let labels: Vec<String> = found.iter().map(|at| self.operations[*at].label()).collect();
            let message = format!("`{name}` is the id of several operations: `{}`", labels.join("`, `"));
            let help = format!("write `{}`, or another of them", labels[0]);
            self.problem(Code::UnknownOperation, span, message, help);
        }
        None
    }

    /// The operation of a call, if it has been found.
    pub(super) fn operation(&self, call: &Call) -> Option<OperationId> {
        self.calls.get(&call.id).copied()
    }

    fn operation_help(&self, api: Option<&str>, name: &str) -> String {
        if let Some(elsewhere) = self.of_another_api(api, name) {
            return elsewhere;
        }
        let of_api = || {
            self.operations
                .iter()
                .filter(|operation| operation.api.as_deref() == api)
        };
        let labels: Vec<String> = of_api().map(Operation::request_line).collect();
        if let Some(api) = self.unknown_api(api, name) {
            return api;
        }
        if name.starts_with('/') {
            return "write the method before it: `POST /path`".to_owned();
        }
        if let Some((method, path)) = name.split_once(' ') {
            let upper = format!("{} {path}", method.to_uppercase());
            let others = labels.iter().filter(|label| unnamed(label) == unnamed(&upper));
            if let Some(label) = others.clone().find(|label| **label == upper).or(others.clone().next()) {
                return format!("write `{}`", named(api, label));
            }
            let methods: Vec<&str> = of_api()
                .filter(|operation| operation.path == path)
                .map(|operation| operation.method.name())
                .collect();
            if !methods.is_empty() {
                return format!("`{path}` has {}", methods.join(", "));
            }
            // The same method on a path like it is likelier meant than another method.
            let same = labels
                .iter()
                .map(String::as_str)
                .filter(|label| label.starts_with(method));
            if let Some(label) = nearest(name, same) {
                return format!("did you mean `{}`?{}", named(api, label), added(name));
            }
        }
        let ids = of_api().filter_map(|operation| operation.published_id.as_deref());
        match nearest(name, labels.iter().map(String::as_str).chain(ids)) {
            Some(label) => format!("did you mean `{}`?{}", named(api, label), added(name)),
            None => format!("write `METHOD /path` or an operationId of the document{}", added(name)),
        }
    }

    /// A name before a colon that none of the further APIs has.
    fn unknown_api(&self, api: Option<&str>, name: &str) -> Option<String> {
        let (prefix, _) = name.split_once(':').filter(|(prefix, _)| is_word(prefix))?;
        if api.is_some() {
            return None;
        }
        let names: Vec<&str> = self.mapping.apis.iter().map(|api| api.name.value.as_str()).collect();
        Some(match (nearest(prefix, names.iter().copied()), names.is_empty()) {
            (_, true) => format!("there is no API `{prefix}`: name it under `apis`"),
            (Some(near), _) => format!("there is no API `{prefix}`: did you mean `{near}`?"),
            (None, _) => format!(
                "there is no API `{prefix}`: the further ones are `{}`",
                names.join("`, `")
            ),
        })
    }

    /// The same name in another API is what was meant, but where it goes, and with which key, has to be said.
    fn of_another_api(&self, api: Option<&str>, name: &str) -> Option<String> {
        let names = self.mapping.apis.iter().map(|further| further.name.value.as_str());
        let others = names.map(Some).chain([None]).filter(|other| *other != api);
        let has = |other: &Option<&str>| !self.operations.candidates(*other, name).is_empty();
        let owner = others.into_iter().find(has)?;
        let of = owner.map_or_else(|| "the main API".to_owned(), |owner| format!("the API `{owner}`"));
        Some(format!("it is an operation of {of}: write `{}`", named(owner, name)))
    }
}

/// A request line without the names of its parameters, which are the document's own.
fn unnamed(line: &str) -> String {
    let mut parts = line.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| {
        let rest = part.split_once('}').map_or("", |(_, rest)| rest);
        format!("{line}{{}}{rest}")
    })
}

/// What to do if the document leaves it out, as the documents of RPC APIs do.
fn added(name: &str) -> &'static str {
    match name.contains(" /") {
        true => " If the document leaves it out, add it in the overlay below `$.paths`",
        false => "",
    }
}

fn named(api: Option<&str>, name: &str) -> String {
    api.map_or_else(|| name.to_owned(), |api| format!("{api}:{name}"))
}
