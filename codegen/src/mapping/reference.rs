//! References: `$input.image`, `$start.items[*].id`.

use std::fmt;

/// `$start.networking.http_services[*].url`
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    pub root: Root,
    pub path: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    Input,
    Config,
    Attempt,
    /// This moment, in seconds since 1970.
    Now,
    /// An id that nothing else has, later ones greater.
    Uuid7,
    /// The status that a step's call was answered with.
    Status,
    Capabilities,
    /// The sandbox that the function acts on: the facts kept of it.
    Sandbox,
    /// The sandboxes of this deployment, reconciled with the provider.
    Owned,
    /// What a `for_each` or `sandboxes` is at.
    Item,
    /// The id that a call under `sandboxes` is for.
    Id,
    /// The seconds that a call which sets a lifetime is to set.
    Secs,
    /// How long what the function starts is to live.
    Lifetime,
    /// The last item of a page.
    Last,
    /// The headers of an answer.
    Headers,
    /// Where a page begins. A mapping says it by the key `into`.
    Position,
    Step(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Field(String),
    /// `[*]`
    Each,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}{}", self.root.name(), path_text(&self.path))
    }
}

/// `.networking.http_services[*].url`
pub fn path_text(path: &[Segment]) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Field(name) => format!(".{name}"),
            Segment::Each => "[*]".to_owned(),
        })
        .collect()
}

impl Root {
    pub fn name(&self) -> &str {
        match self {
            Root::Input => "input",
            Root::Config => "config",
            Root::Attempt => "attempt",
            Root::Now => "now",
            Root::Uuid7 => "uuid7",
            Root::Status => "status",
            Root::Capabilities => "capabilities",
            Root::Sandbox => "sandbox",
            Root::Owned => "owned",
            Root::Item => "item",
            Root::Id => "id",
            Root::Secs => "secs",
            Root::Lifetime => "lifetime",
            Root::Last => "last",
            Root::Headers => "headers",
            Root::Position => "position",
            Root::Step(name) => name,
        }
    }

    /// Names that a step cannot have.
    pub const RESERVED: [&str; 16] = [
        "input",
        "config",
        "attempt",
        "now",
        "uuid7",
        "status",
        "capabilities",
        "sandbox",
        "owned",
        "item",
        "id",
        "secs",
        "lifetime",
        "last",
        "headers",
        "event",
    ];

    fn parse(name: &str) -> Self {
        match name {
            "input" => Root::Input,
            "config" => Root::Config,
            "attempt" => Root::Attempt,
            "now" => Root::Now,
            "uuid7" => Root::Uuid7,
            "status" => Root::Status,
            "capabilities" => Root::Capabilities,
            "sandbox" => Root::Sandbox,
            "owned" => Root::Owned,
            "item" => Root::Item,
            "id" => Root::Id,
            "secs" => Root::Secs,
            "lifetime" => Root::Lifetime,
            "last" => Root::Last,
            "headers" => Root::Headers,
            step => Root::Step(step.to_owned()),
        }
    }
}

impl Reference {
    /// Whether it is of what a step was answered, its status included.
    pub fn names_step(&self, name: &str) -> bool {
        match &self.root {
            Root::Step(step) => step == name,
            Root::Status => self.path.first() == Some(&Segment::Field(name.to_owned())),
            _ => false,
        }
    }

    /// Reads the text after the `$`. `None` if it is not a reference.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (root, path) = text.split_at(end);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if root.is_empty() || !root.chars().all(word) {
            return None;
        }
        Some(Self {
            root: Root::parse(root),
            path: parse_path(path)?,
        })
    }
}

/// Reads `.a.b[*].c`; a leading dot is optional so that `a.b` is a path too.
pub fn parse_path(text: &str) -> Option<Vec<Segment>> {
    let mut path = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            path.push(Segment::Each);
            rest = after;
            continue;
        }
        let field = rest.strip_prefix('.').unwrap_or(rest);
        let end = field.find(['.', '[']).unwrap_or(field.len());
        let (name, after) = field.split_at(end);
        if name.is_empty() {
            return None;
        }
        path.push(Segment::Field(name.to_owned()));
        rest = after;
    }
    Some(path)
}
