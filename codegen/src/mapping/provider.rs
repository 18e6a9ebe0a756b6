//! What the mapping says of the provider as a whole.

use serde_json::Value as Json;

use crate::{
    diagnostic::{Code, did_you_mean},
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{Call, Reader, Value};

#[derive(Debug)]
pub struct Api {
    pub document: Spanned<String>,
    pub overlay: Option<Spanned<String>>,
    pub server: Spanned<String>,
    pub auth: Auth,
}

/// An API of the provider beside the main one, with a document and a server of its own. Its operations are written
/// `name:POST /path`.
#[derive(Clone, Debug)]
pub struct FurtherApi {
    pub name: Spanned<String>,
    pub document: Spanned<String>,
    pub overlay: Option<Spanned<String>>,
    /// The base URL, which may differ from sandbox to sandbox.
    pub server: Value,
    /// Whether the API key goes there too.
    pub keyed: bool,
}

/// How the API key travels.
#[derive(Debug)]
pub struct Auth {
    pub header: String,
    /// What stands before the key in the header: `Bearer `.
    pub prefix: String,
    /// The environment variable that holds the key, unless the configuration names another.
    pub env: Spanned<String>,
}

/// A configuration key beside those that every worker has.
#[derive(Debug)]
pub struct ConfigKey {
    pub name: Spanned<String>,
    pub kind: ConfigKind,
    pub default: Option<Json>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKind {
    String,
    Integer,
    Boolean,
}

/// A tag that the provider advertises, and the functions that make it true.
#[derive(Debug)]
pub struct Capability {
    pub tag: Spanned<String>,
    pub functions: Vec<Spanned<String>>,
}

/// How the worker finds, looks at and ends the sandboxes that it owns.
#[derive(Debug)]
pub struct Sandboxes {
    pub span: Span,
    /// What a sandbox says of itself, as values of `$item`.
    pub id: Value,
    pub image: Value,
    pub started_at: Value,
    pub owner: Option<Value>,
    pub attempt: Option<Value>,
    pub facts: Vec<(Spanned<String>, Value)>,
    pub owned: Option<Owned>,
    pub one: Option<Call>,
    pub end: Option<Call>,
}

/// The call that lists them, and where in its answer they are.
#[derive(Debug)]
pub struct Owned {
    pub call: Call,
    pub items: Value,
}

impl Api {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`api`")?;
        let document = fields.required_string("document");
        let overlay = fields.optional_string("overlay");
        let server = fields.required("server").and_then(|node| {
            let mut fields = reader.fields(node, "`server`")?;
            expect(reader, fields.required_string("config"), "api_base");
            let default = fields.required_string("default");
            fields.done();
            default
        });
        let auth = fields.required("auth").and_then(|node| Auth::read(reader, node));
        fields.done();
        Some(Self {
            document: document?,
            overlay,
            server: server?,
            auth: auth?,
        })
    }
}

impl FurtherApi {
    pub fn read_all(reader: &Reader, entries: &[(Spanned<String>, Node)]) -> Vec<Self> {
        entries
            .iter()
            .filter_map(|(name, node)| Self::read(reader, name, node))
            .collect()
    }

    fn read(reader: &Reader, name: &Spanned<String>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a further API")?;
        let document = fields.required_string("document");
        let overlay = fields.optional_string("overlay");
        let server = fields.required("server").map(|node| Value::read(reader, node));
        let auth = fields.required_string("auth");
        fields.done();
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.value.chars().all(word) || name.value.is_empty() {
            let message = format!("`{}` cannot name an API", name.value);
            reader.problem(
                Code::WrongShape,
                name.span,
                message,
                "use lower case letters, digits and `_`",
            );
        }
        let auth = auth?;
        let keyed = match auth.value.as_str() {
            "same" => true,
            "none" => false,
            other => {
                let message = format!("`auth` of a further API is `same` or `none`, not `{other}`");
                let help = "write `same` to send the API key there too, `none` to keep it from there";
                reader.problem(Code::WrongShape, auth.span, message, help);
                return None;
            }
        };
        Some(Self {
            name: name.clone(),
            document: document?,
            overlay,
            server: server?,
            keyed,
        })
    }
}

impl Auth {
    /// `bearer: {env: …}` or `header: {name: X-API-Key, env: …}`.
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`auth`")?;
        let bearer = fields.optional("bearer");
        let header = fields.optional("header");
        fields.done();
        let (node, what) = match (bearer, header) {
            (Some(node), None) => (node, "`bearer`"),
            (None, Some(node)) => (node, "`header`"),
            _ => {
                let help = "write `bearer: {env: {…}}` or `header: {name: X-API-Key, env: {…}}`";
                reader.problem(Code::WrongShape, node.span, "`auth` is one scheme", help);
                return None;
            }
        };
        let mut fields = reader.fields(node, what)?;
        let name = header.map(|_| fields.required_string("name"));
        let prefix = header.and_then(|_| fields.optional_string("prefix"));
        let env = fields.required("env").and_then(|node| env(reader, node));
        fields.done();
        Some(match name {
            None => Self {
                header: "Authorization".into(),
                prefix: "Bearer ".into(),
                env: env?,
            },
            Some(name) => Self {
                header: name?.value,
                prefix: prefix.map_or_else(String::new, |p| p.value),
                env: env?,
            },
        })
    }
}

fn env(reader: &Reader, node: &Node) -> Option<Spanned<String>> {
    let mut fields = reader.fields(node, "`env`")?;
    expect(reader, fields.required_string("config"), "api_key_env");
    let default = fields.required_string("default");
    fields.done();
    default
}

/// The configuration keys of server and key are the family's; the mapping names them to be read by people.
fn expect(reader: &Reader, found: Option<Spanned<String>>, wanted: &str) {
    if let Some(found) = found.filter(|found| found.value != wanted) {
        let message = format!("the configuration key here is `{wanted}`");
        reader.problem(
            Code::UnknownReference,
            found.span,
            message,
            format!("write `config: {wanted}`"),
        );
    }
}

impl ConfigKey {
    pub fn read_all(reader: &Reader, entries: &[(Spanned<String>, Node)], broken: &mut Vec<String>) -> Vec<Self> {
        let mut keys = Vec::new();
        for (name, node) in entries {
            match Self::read(reader, name, node) {
                Some(key) => keys.push(key),
                None => broken.push(format!("config.{}", name.value)),
            }
        }
        keys
    }

    fn read(reader: &Reader, name: &Spanned<String>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a configuration key")?;
        let kind = fields.required_string("type");
        let default = fields.optional("default").cloned();
        fields.done();
        let kind = kind?;
        let kind = match kind.value.as_str() {
            "string" => ConfigKind::String,
            "integer" => ConfigKind::Integer,
            "boolean" => ConfigKind::Boolean,
            other => {
                let help = did_you_mean(other, ["string", "integer", "boolean"]);
                reader.problem(Code::WrongShape, kind.span, format!("no type `{other}`"), help);
                return None;
            }
        };
        if let Some(default) = &default
            && !kind.fits(default)
        {
            let message = format!("the default is {}, not of the key's type", default.describe());
            reader.problem(Code::WrongType, default.span, message, "make type and default agree");
        }
        Some(Self {
            name: name.clone(),
            kind,
            default: default.map(|node| node.to_json()),
        })
    }
}

impl ConfigKind {
    fn fits(self, node: &Node) -> bool {
        matches!(
            (self, &node.kind),
            (Self::String, NodeKind::String(_))
                | (Self::Integer, NodeKind::Integer(_))
                | (Self::Boolean, NodeKind::Boolean(_))
        )
    }
}

impl Capability {
    pub fn read_all(reader: &Reader, entries: &[(Spanned<String>, Node)]) -> Vec<Self> {
        let read = |(tag, node): &(Spanned<String>, Node)| Self {
            tag: tag.clone(),
            functions: reader.strings(node, "a function's name"),
        };
        entries.iter().map(read).collect()
    }
}

impl Sandboxes {
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`sandboxes`")?;
        let id = fields.required("id").map(|node| Value::read(reader, node));
        let image = fields.required("image").map(|node| Value::read(reader, node));
        let started_at = fields.required("started_at").map(|node| Value::read(reader, node));
        let owner = fields.optional("owner").map(|node| Value::read(reader, node));
        let attempt = fields.optional("attempt").map(|node| Value::read(reader, node));
        let facts = Value::read_entries(reader, fields.entries("facts"));
        let owned = fields.optional("owned").and_then(|node| {
            let mut fields = reader.fields(node, "`owned`")?;
            let call = Call::read(reader, &mut fields);
            let items = fields.required("items").map(|node| Value::read(reader, node));
            fields.done();
            Some(Owned {
                call: call?,
                items: items?,
            })
        });
        let one = fields
            .optional("one")
            .and_then(|node| Call::read_alone(reader, node, "`one`"));
        let end = fields
            .optional("end")
            .and_then(|node| Call::read_alone(reader, node, "`end`"));
        fields.done();
        Some(Self {
            span: node.span,
            id: id?,
            image: image?,
            started_at: started_at?,
            owner,
            attempt,
            facts,
            owned,
            one,
            end,
        })
    }
}
