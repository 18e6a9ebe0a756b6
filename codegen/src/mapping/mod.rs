//! The mapping as typed structure: what `mapping.yaml` says, before it is held against document and contract.
//!
//! Reading reports every mistake of shape (unknown keys, wrong types, operators that do not exist) and goes on.

mod auth;
mod call;
mod calls;
mod condition;
mod config;
mod duration;
mod example;
mod fields;
mod found;
mod function;
mod lifetime;
mod looks;
mod outcome;
mod own_auth;
mod pages;
mod provider;
mod reference;
mod sample;
mod sandboxes;
mod snapshots;
mod step;
mod step_pages;
mod stream;
mod template;
mod undo;
mod value;

use std::sync::Arc;

pub use auth::Auth;
pub use call::{Call, CallId, Server};
pub use condition::{Condition, StateRule, Test};
pub use config::{ConfigKey, ConfigKind};
pub use example::{Beside, End, Example, Exchange, Response};
#[cfg(test)]
pub use fields::asked;
pub use fields::{Fields, Reader};
pub use found::Found;
pub use function::{Function, SINGLE_STEP, SlotRule};
pub use lifetime::Lifetime;
pub use outcome::{Again, Confirm, Outcome, Status, Then};
pub use own_auth::{By, OwnAuth};
pub use pages::{Pages, PagesOf, Paging, Position};
pub use provider::{Api, Capability, FurtherApi, Shared, Stale};
pub use reference::{Reference, Root, Segment, path_text};
pub use sample::{OWNER, Piece, Sample};
pub use sandboxes::{Listing, Sandboxes};
pub use snapshots::Snapshots;
pub use step::{Poll, Step, Within};
pub use step_pages::StepPages;
pub use stream::{END, EVENT, ExitCode, Pieces, Stream, TimedOut, Told};
pub use undo::{Kind, Undo};
pub use value::{Arguments, Part, Value, ValueKind};

use crate::{
    diagnostic::{Code, Sink},
    source::{Source, Spanned},
    yaml::{self, NodeKind},
};

#[derive(Debug)]
pub struct Mapping {
    pub source: Arc<Source>,
    pub provider: Spanned<String>,
    pub api: Api,
    pub apis: Vec<FurtherApi>,
    pub config: Vec<ConfigKey>,
    pub codes: Vec<Outcome>,
    pub capabilities: Vec<Capability>,
    pub sandboxes: Option<Sandboxes>,
    pub snapshots: Option<Snapshots>,
    pub functions: Vec<Function>,
    /// The examples of the file beside the mapping, if there is one.
    pub beside: Option<Beside>,
    /// Parts with mistakes of shape, such as `sandboxes` or `config.region`: what refers to them is not judged.
    pub broken: Vec<String>,
}

impl Mapping {
    /// Whether a part could not be read, and says so itself.
    pub fn is_broken(&self, part: &str) -> bool {
        self.broken.iter().any(|broken| broken == part)
    }

    /// `None` when what is left cannot be checked any further.
    pub fn parse(source: &Arc<Source>, sink: &mut Sink) -> Option<Self> {
        let root = yaml::parse(source, sink)?;
        let reader = Reader::new(source);
        let mapping = Self::read(&reader, &root);
        sink.extend(reader.finish());
        mapping
    }

    /// Reads the file of examples beside it.
    pub fn read_examples(&mut self, source: &Arc<Source>, sink: &mut Sink) {
        let Some(root) = yaml::parse(source, sink) else {
            return;
        };
        let reader = Reader::new(source);
        reader.apis.get_or_init(|| self.apis.clone());
        self.beside = Some(Beside {
            source: source.clone(),
            examples: Example::read_file(&reader, &root),
        });
        sink.extend(reader.finish());
    }

    fn read(reader: &Reader, root: &yaml::Node) -> Option<Self> {
        if functions_strayed(reader, root) {
            return None;
        }
        let mut fields = reader.fields(root, "the mapping")?;
        let provider = fields.required_string("provider");
        let api = fields.required("api").and_then(|node| Api::read(reader, node));
        let stale = api.as_ref().and_then(|api| api.stale.clone());
        reader.stale.get_or_init(|| stale);
        let mut broken = strayed(reader, root);
        let before = reader.found();
        let apis = FurtherApi::read_all(reader, fields.entries("apis"));
        let apis = reader.apis.get_or_init(|| apis).clone();
        if reader.found() > before {
            broken.push("apis".to_owned());
        }
        let is_read = |section: &str| !broken.iter().any(|part| part == section);
        let config = fields.entries("config");
        let config = if is_read("config") { config } else { &[] };
        let capabilities = fields.entries("capabilities");
        let capabilities = if is_read("capabilities") { capabilities } else { &[] };
        let config = ConfigKey::read_all(reader, config, &mut broken);
        let codes = Outcome::read_codes(reader, fields.items("codes"));
        let capabilities = Capability::read_all(reader, capabilities);
        let before = reader.found();
        let sandboxes = fields.optional("sandboxes");
        let sandboxes = sandboxes.and_then(|node| Sandboxes::read(reader, node));
        if reader.found() > before {
            broken.push("sandboxes".to_owned());
        }
        let before = reader.found();
        let snapshots = fields.optional("snapshots");
        let snapshots = snapshots.and_then(|node| Snapshots::read(reader, node));
        if reader.found() > before {
            broken.push("snapshots".to_owned());
        }
        let functions = fields.required("functions");
        let functions = functions.map_or(&[][..], |node| reader.entries(node, "`functions`"));
        let functions = functions
            .iter()
            .map(|(name, node)| Function::read(reader, name, node))
            .collect();
        if !fields.done() {
            // A misspelt section would be missed everywhere.
            let sections = ["apis", "sandboxes", "snapshots", "config", "capabilities", "functions"];
            broken.extend(sections.map(str::to_owned));
        }
        Some(Self {
            source: reader.source.clone(),
            // Without a name the rest can be looked at all the same.
            provider: provider.unwrap_or_else(|| Spanned::new("unnamed".to_owned(), root.span)),
            api: api?,
            apis,
            config,
            codes,
            capabilities,
            sandboxes,
            snapshots,
            functions,
            beside: None,
            broken,
        })
    }
}

/// Without its line, what is below `sandboxes` belongs to the section before it. The parts that are broken by that.
fn strayed(reader: &Reader, root: &yaml::Node) -> Vec<String> {
    const OF_SANDBOXES: [&str; 3] = ["id", "image", "started_at"];
    let sections = ["capabilities", "config"].map(|section| Some((section, root.get(section)?)));
    let is_full = |node: &yaml::Node| OF_SANDBOXES.iter().all(|key| node.get(key).is_some());
    let strayed = sections.into_iter().flatten().find(|(_, node)| is_full(node));
    let Some((section, node)) = strayed.filter(|_| root.get("sandboxes").is_none()) else {
        return Vec::new();
    };
    let NodeKind::Mapping(entries) = &node.kind else {
        return Vec::new();
    };
    if let Some((first, _)) = entries
        .iter()
        .find(|(name, _)| OF_SANDBOXES.contains(&name.value.as_str()))
    {
        let message = format!("`{}` stands below `{section}`, and is of `sandboxes`", first.value);
        reader.problem(
            Code::UnknownKey,
            first.span,
            message,
            "write `sandboxes:` in a line before it",
        );
    }
    ["capabilities", "config", "sandboxes"].map(str::to_owned).to_vec()
}

/// Without its line, what is below `functions` belongs to the section before it.
fn functions_strayed(reader: &Reader, root: &yaml::Node) -> bool {
    const FUNCTIONS: [&str; 4] = ["create", "exec", "stop", "list"];
    let sections = ["snapshots", "sandboxes", "capabilities", "config"];
    let sections = sections.map(|section| Some((section, root.get(section)?)));
    for (section, node) in sections.into_iter().flatten() {
        let NodeKind::Mapping(entries) = &node.kind else {
            continue;
        };
        let mut functions = entries
            .iter()
            .filter(|(name, _)| FUNCTIONS.contains(&name.value.as_str()));
        if let (Some((first, _)), Some(_), None) = (functions.next(), functions.next(), root.get("functions")) {
            let message = format!("`{}` stands below `{section}`, and is a function", first.value);
            reader.problem(
                Code::UnknownKey,
                first.span,
                message,
                "write `functions:` in a line before it",
            );
            return true;
        }
    }
    false
}
