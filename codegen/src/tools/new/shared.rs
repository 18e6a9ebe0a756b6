//! Parameters that every call of the main API has to be given, such as an organization in the path or a header: what each
//! is, the configuration says.

use heck::ToSnakeCase;

use crate::{
    check::is_config_key,
    document::{Document, Location, Operation, Parameter},
    scalar::scalar,
};

use super::place::is_key;

/// A parameter of all calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    location: Location,
    name: String,
    /// The key of the configuration.
    key: String,
}

impl Shared {
    /// Those that all of these operations need, of which some are on no sandbox.
    pub fn of_all(document: &Document, operations: &[&Operation]) -> Vec<Self> {
        let Some((first, others)) = operations.split_first().filter(|(_, others)| !others.is_empty()) else {
            return Vec::new();
        };
        let is_needed = |operation: &&Operation, of: &Parameter| {
            let known = operation.called(of.location, &of.name);
            known.is_some_and(|known| known.required && known.ty == of.ty)
        };
        let shared = first.parameters.iter().filter(|parameter| {
            let is_text = parameter.ty.is_text() && parameter.ty.values.is_none();
            let is_given = parameter.required && parameter.construct.is_none() && parameter.spread.is_none();
            is_text && is_given && !is_key(document, first, parameter)
        });
        let shared = shared.filter(|parameter| others.iter().all(|other| is_needed(other, parameter)));
        shared.map(Self::of).collect()
    }

    fn of(parameter: &Parameter) -> Self {
        let words = parameter.name.to_snake_case();
        let plain = words.strip_prefix("x_").unwrap_or(&words);
        let key = match plain.starts_with(|c: char| c.is_ascii_lowercase()) && plain.is_ascii() {
            true => plain.to_owned(),
            false => format!("parameter_{}", parameter.location.name()),
        };
        Self {
            location: parameter.location,
            name: parameter.name.clone(),
            key: if is_config_key(&key) { format!("api_{key}") } else { key },
        }
    }

    pub fn is(&self, location: Option<Location>, name: &str) -> bool {
        location == Some(self.location) && self.name == name
    }

    /// `header: {X-Org: $config.org}`, a line for each place, below `api`.
    pub fn lines(all: &[Self]) -> String {
        let places = [Location::Path, Location::Query, Location::Header];
        let lines = places.into_iter().filter_map(|location| {
            let here = all.iter().filter(|shared| shared.location == location);
            let given = here.map(|shared| format!("{}: $config.{}", scalar(&shared.name), shared.key));
            let given: Vec<String> = given.collect();
            (!given.is_empty()).then(|| format!("  {}: {{{}}}\n", location.name(), given.join(", ")))
        });
        lines.collect()
    }

    /// The key as the mapping declares it.
    pub fn config(&self) -> String {
        let said = scalar(&self.said());
        format!(
            "  {}: {{type: string, required: true, description: {said}}}\n",
            self.key
        )
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it is, for whoever configures it.
    pub fn said(&self) -> String {
        format!("The {} parameter {} of every call.", self.location.name(), self.name)
    }
}
