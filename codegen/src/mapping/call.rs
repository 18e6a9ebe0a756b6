//! One HTTP request.

use std::collections::BTreeSet;

use crate::{
    document::{Location, Method},
    source::Spanned,
    yaml::Node,
};

use super::{
    Arguments, Confirm, Fields, Outcome, OwnAuth, Reader, Root, Segment, Stale, Status, Stream, Then, Value, ValueKind,
};

/// A call of a mapping, numbered in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub usize);

/// One HTTP request: which operation, what it is given, what its statuses mean.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: CallId,
    /// `METHOD /path` or an operationId of the document; for a further API with its name before it: `api:METHOD /path`.
    pub operation: Spanned<String>,
    pub path: Vec<(Spanned<String>, Value)>,
    pub query: Vec<(Spanned<String>, Value)>,
    pub header: Vec<(Spanned<String>, Value)>,
    pub body: Option<Value>,
    pub outcomes: Vec<Outcome>,
    /// Whether sending it twice does no more than once, where its method does not say it.
    pub repeatable: Option<bool>,
    /// Where it is sent, if not to the main API.
    pub server: Option<Server>,
    /// When a refusal may come of facts of the sandbox that have changed.
    pub stale: Option<Stale>,
    /// What is read of its answer, if that is a stream; only a step has one.
    pub stream: Option<Stream>,
}

/// The server of a further API.
#[derive(Clone, Debug)]
pub struct Server {
    /// The further API's name.
    pub api: String,
    pub url: Value,
    /// Whether the API key goes there too.
    pub keyed: bool,
    /// What is sent in its place.
    pub own_auth: Option<OwnAuth>,
}

impl Server {
    /// What is needed to reach it.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        std::iter::once(&self.url).chain(self.own_auth.iter().map(|auth| &auth.value))
    }
}

impl Call {
    /// The keys of a call, out of a node that may have others.
    pub fn read(reader: &Reader, fields: &mut Fields<'_>) -> Option<Self> {
        let operation = fields.required_string("call");
        let path = Value::read_entries(reader, fields.entries("path"));
        let query = Value::read_entries(reader, fields.entries("query"));
        let header = Value::read_entries(reader, fields.entries("header"));
        let body = fields.said("body").map(|node| Value::read(reader, node));
        let outcomes = Outcome::read_all(reader, fields.items("outcomes"));
        let repeatable = fields.optional_flag("repeatable");
        let operation = operation?;
        let further = reader.api_of(&operation.value);
        let stale = match further {
            Some(api) => api.stale.clone(),
            None => reader.stale.get().cloned().flatten(),
        };
        let server = further.map(|api| Server {
            api: api.name.value.clone(),
            url: api.server.clone(),
            keyed: api.keyed,
            own_auth: api.own_auth.clone(),
        });
        Some(Self {
            id: reader.next_call(),
            server,
            operation,
            path,
            query,
            header,
            body,
            outcomes,
            repeatable,
            stale,
            stream: None,
        })
    }

    /// A node that is a call and nothing else.
    pub fn read_alone(reader: &Reader, node: &Node, what: &'static str) -> Option<Self> {
        let mut fields = reader.fields(node, what)?;
        let call = Self::read(reader, &mut fields);
        fields.done();
        call
    }
}

impl Call {
    /// Its parameters, and where they go.
    pub fn parameters(&self) -> impl Iterator<Item = (Location, &Spanned<String>, &Value)> {
        let lists = [
            (Location::Path, &self.path),
            (Location::Query, &self.query),
            (Location::Header, &self.header),
        ];
        lists
            .into_iter()
            .flat_map(|(at, list)| list.iter().map(move |(name, value)| (at, name, value)))
    }

    /// The names of its parameters, and where they go.
    pub fn given(&self) -> impl Iterator<Item = (Location, &str)> {
        self.parameters().map(|(at, name, _)| (at, name.value.as_str()))
    }

    /// The further API whose operation it names, and the name within that API: where a call goes, and with which key,
    /// is decided by the API that its operation belongs to.
    pub fn target(&self) -> (Option<&str>, &str) {
        let name = self.operation.value.as_str();
        let api = self.server.as_ref().map(|server| server.api.as_str());
        let within = api.and_then(|api| name.strip_prefix(api)?.strip_prefix(':'));
        (api, within.unwrap_or(name))
    }

    /// Whether a library may send it again when it cannot know that nothing has happened yet.
    pub fn is_repeatable(&self, method: Method) -> bool {
        self.repeatable
            .unwrap_or(matches!(method, Method::Get | Method::Delete))
    }

    /// The look that confirms one of its statuses, if there is one.
    pub fn confirm(&self) -> Option<&Confirm> {
        self.outcomes.iter().find_map(|outcome| match &outcome.then {
            Then::Confirm(confirm) => Some(&**confirm),
            _ => None,
        })
    }

    /// Whether a status without an answer may count as success.
    pub fn accepts(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.then.accepts())
    }

    /// Statuses that may come of facts that have changed. What one means that its own rules name, they say.
    pub fn stale(&self) -> Vec<u16> {
        let is_named = |status: &u16| {
            let mut rules = self.outcomes.iter().map(|outcome| &outcome.status);
            rules.any(|rule| matches!(rule, Status::Only(statuses) if statuses.contains(status)))
        };
        let statuses = self.stale.iter().flat_map(|stale| stale.statuses.iter().copied());
        statuses.filter(|status| !is_named(status)).collect()
    }

    /// Whether a refusal may come of facts that have changed, and the call be made with others.
    pub fn may_be_stale(&self) -> bool {
        !self.stale().is_empty() && !self.facts().is_empty()
    }

    /// What the request itself is given.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let parameters = [&self.path, &self.query, &self.header];
        let parameters = parameters.into_iter().flatten().map(|(_, value)| value);
        parameters.chain(&self.body)
    }

    /// Whether it sends a `shell` line that bounds what its program writes.
    pub fn bounds_output(&self) -> bool {
        self.sends_a_line_with(&["max_output_bytes"])
    }

    /// Whether it sends a `shell` line that is given one of these.
    pub fn sends_a_line_with(&self, arguments: &[&str]) -> bool {
        let mut found = false;
        let mut note = |value: &Value| {
            if let ValueKind::Operator(operator, Arguments::Named(entries)) = &value.kind {
                let given = || entries.iter().any(|(name, _)| arguments.contains(&name.value.as_str()));
                found |= operator.name == "shell" && given();
            }
        };
        self.values().for_each(|value| value.walk(&mut note));
        found
    }

    /// The facts of the sandbox that the call is made with.
    pub fn facts(&self) -> BTreeSet<String> {
        let mut values = Vec::new();
        self.collect(&mut values);
        let mut facts = BTreeSet::new();
        let mut note = |value: &Value| {
            if let Some(reference) = value.as_reference().filter(|reference| reference.root == Root::Sandbox)
                && let Some(Segment::Field(name)) = reference.path.first()
                && name != "id"
            {
                facts.insert(name.clone());
            }
        };
        values.into_iter().for_each(|value| value.walk(&mut note));
        facts
    }

    /// Every value that the call needs, where it is sent and how it is confirmed included.
    pub fn collect<'s>(&'s self, values: &mut Vec<&'s Value>) {
        values.extend(self.values());
        values.extend(self.server.iter().flat_map(Server::values));
        for outcome in &self.outcomes {
            values.extend(outcome.given().map(|condition| &condition.subject));
            if let Then::Confirm(confirm) = &outcome.then {
                confirm.call.collect(values);
            }
        }
    }
}
