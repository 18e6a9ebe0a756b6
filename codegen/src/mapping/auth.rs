//! How the API key travels.

use crate::{
    diagnostic::Code,
    naming::is_header,
    source::{Span, Spanned},
    yaml::Node,
};

use super::{Reader, provider::expect};

/// How the API key travels.
#[derive(Debug)]
pub struct Auth {
    pub span: Span,
    pub header: String,
    /// What stands before the key in the header: `Bearer `.
    pub prefix: String,
    /// The environment variable that holds the key, unless the configuration names another.
    pub env: Spanned<String>,
}

impl Auth {
    /// `bearer: {env: …}` or `header: {name: X-API-Key, env: …}`.
    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let span = node.span;
        let mut fields = reader.fields(node, "`auth`")?;
        let bearer = fields.optional("bearer");
        let header = fields.optional("header");
        fields.done();
        let (node, what) = match (bearer, header) {
            (Some(node), None) => (node, "`bearer`"),
            (None, Some(node)) => (node, "`header`"),
            _ => {
                let help = "write `bearer: {env: {…}}` or `header: {name: X-API-Key, env: {…}}`";
                reader.problem(Code::ExclusiveKeys, node.span, "`auth` is one scheme", help);
                return None;
            }
        };
        let mut fields = reader.fields(node, what)?;
        let name = header.map(|_| fields.required_string("name"));
        let prefix = header.and_then(|_| fields.optional_string("prefix"));
        let env = fields.required("env").and_then(|node| env(reader, node));
        fields.done();
        can_be_sent(reader, name.as_ref().and_then(Option::as_ref), prefix.as_ref());
        Some(match name {
            None => Self {
                span,
                header: "Authorization".into(),
                prefix: "Bearer ".into(),
                env: env?,
            },
            Some(name) => Self {
                span,
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
    if let Some(name) = default.as_ref().filter(|name| !is_variable(&name.value)) {
        let message = format!("`{}` cannot name the variable with the API key", name.value);
        let help = "use capitals, digits and `_`, a letter first: `ACME_API_KEY`";
        reader.problem(Code::InvalidName, name.span, message, help);
    }
    default
}

/// As the worker's configuration takes it: capitals tell a name from a key pasted in its place.
fn is_variable(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() <= 64 && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(inner)
}

/// Headers that each request has already, with another meaning.
const TAKEN: [&str; 7] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
];

pub(super) fn can_be_sent(reader: &Reader, name: Option<&Spanned<String>>, prefix: Option<&Spanned<String>>) {
    let help = "write for example `X-API-Key`";
    if let Some(name) = name.filter(|name| !is_header(&name.value)) {
        let message = format!("`{}` cannot name a header", name.value);
        reader.problem(Code::InvalidName, name.span, message, help);
    }
    if let Some(name) = name.filter(|name| TAKEN.contains(&name.value.to_ascii_lowercase().as_str())) {
        let message = format!("each request has a header `{}` already", name.value);
        reader.problem(Code::DuplicateKey, name.span, message, help);
    }
    let visible = |text: &str| text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if let Some(prefix) = prefix.filter(|prefix| !visible(&prefix.value)) {
        let message = "a header has visible ASCII characters only";
        reader.problem(Code::WrongShape, prefix.span, message, "write for example `'Token '`");
    }
}
