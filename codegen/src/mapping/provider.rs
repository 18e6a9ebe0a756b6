//! What the mapping says of the provider as a whole.

use crate::{
    diagnostic::Code,
    naming::{WORD, is_word},
    source::{Span, Spanned},
    yaml::Node,
};

use super::{Auth, Fields, OwnAuth, Reader, Value, outcome::failures, own_auth};

#[derive(Debug)]
pub struct Api {
    pub document: Spanned<String>,
    pub overlay: Option<Spanned<String>>,
    pub server: Spanned<String>,
    pub auth: Auth,
    pub shared: Shared,
    pub stale: Option<Stale>,
}

/// Parameters that each call of an API is given whose operation takes them, unless the call gives them itself.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pub path: Vec<(Spanned<String>, Value)>,
    pub query: Vec<(Spanned<String>, Value)>,
    pub header: Vec<(Spanned<String>, Value)>,
}

impl Shared {
    /// What is given.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let all = [&self.path, &self.query, &self.header].into_iter().flatten();
        all.map(|(_, value)| value)
    }

    fn read(reader: &Reader, fields: &mut Fields<'_>) -> Self {
        Self {
            path: Value::read_entries(reader, fields.entries("path")),
            query: Value::read_entries(reader, fields.entries("query")),
            header: Value::read_entries(reader, fields.entries("header")),
        }
    }
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
    /// What is sent in its place.
    pub own_auth: Option<OwnAuth>,
    pub shared: Shared,
    /// When a refusal may come of facts of the sandbox that have changed.
    pub stale: Option<Stale>,
}

/// Statuses that say that nothing was done, and may come of facts that are kept of a sandbox and have changed.
#[derive(Clone, Debug)]
pub struct Stale {
    pub span: Span,
    pub statuses: Vec<u16>,
}

impl Stale {
    fn read(reader: &Reader, fields: &mut Fields<'_>) -> Option<Self> {
        let node = fields.optional("stale")?;
        let help = "write for example `stale: [401, 502]`";
        Some(Self {
            span: node.span,
            statuses: failures(reader, node, "`stale` is for refusals", help),
        })
    }
}

/// A tag that the provider advertises, and the functions that make it true.
#[derive(Debug)]
pub struct Capability {
    pub tag: Spanned<String>,
    pub functions: Vec<Spanned<String>>,
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
        let shared = Shared::read(reader, &mut fields);
        let stale = Stale::read(reader, &mut fields);
        fields.done();
        Some(Self {
            document: document?,
            overlay,
            server: server?,
            auth: auth?,
            shared,
            stale,
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
        let server = fields.required_said("server").map(|node| Value::read(reader, node));
        let auth = fields.required("auth").and_then(|node| own_auth::read(reader, node));
        let shared = Shared::read(reader, &mut fields);
        let stale = Stale::read(reader, &mut fields);
        fields.done();
        if !is_word(&name.value) {
            let message = format!("`{}` cannot name an API", name.value);
            reader.problem(Code::InvalidName, name.span, message, WORD);
        }
        let (keyed, own_auth) = auth?;
        Some(Self {
            name: name.clone(),
            document: document?,
            overlay,
            server: server?,
            keyed,
            own_auth,
            shared,
            stale,
        })
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

/// The configuration keys of server and key are the family's; the mapping names them to be read by people.
pub fn expect(reader: &Reader, found: Option<Spanned<String>>, wanted: &str) {
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
