//! How an API is reached: its servers, and the keys that it asks for, as far as a worker can use them.

use serde_json::Value;

use super::Document;
use crate::naming::is_header;

/// A server that a document names.
pub enum Server {
    Whole(String),
    /// With variables in braces; filled with their defaults, if all have one.
    Template(String, Option<String>),
    /// Relative to where the document was published.
    Path(String),
}

/// A way to show who calls.
pub struct Scheme {
    pub name: String,
    /// `apiKey in the header X-Key`
    pub what: String,
    pub key: Key,
}

/// Where in a request stands what proves who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A header, and what stands in it before the secret.
    Header(String, String),
    /// The header `Authorization` with the base64 of `user:password`.
    Basic,
    Cookie(String),
    Query(String),
}

/// How a worker can send what a scheme asks for.
#[derive(Debug)]
pub enum Key {
    Bearer,
    Header(String),
    /// A header with this before the key, and what the key is.
    Prefixed(String, String, &'static str),
    /// A token that is fetched somewhere, which a worker does not do.
    Token,
    /// Not by itself; what to do.
    No(&'static str),
}

impl Server {
    /// What to do, unless it can be used as it is.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Whole(_) => None,
            Self::Template(url, Some(filled)) => Some(format!(
                "{url} is a template: give `server` in the mapping {filled}, which is its defaults, or another"
            )),
            Self::Template(url, None) => Some(format!(
                "{url} is a template without defaults: fill it, and give it to `server` in the mapping"
            )),
            Self::Path(path) => Some(format!(
                "{path} is a path only: give the whole URL to `server` in the mapping"
            )),
        }
    }
}

impl Document {
    /// The names of the schemes of a further API's document.
    pub fn scheme_names(&self, api: &str) -> Vec<&str> {
        let schemes = self.schemes_of(api).as_object();
        schemes.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// Where a scheme of a further API's document has its secret; `None` if there is no such scheme, or what to do if it
    /// has none that a call could send.
    pub fn proof(&self, api: &str, name: &str) -> Option<Result<Proof, &'static str>> {
        let node = self.schemes_of(api).get(name)?;
        Some(proof(self.resolve(node)))
    }

    fn schemes_of(&self, api: &str) -> &Value {
        &self.api(Some(api))["components"]["securitySchemes"]
    }

    /// Every scheme of the document, in its order.
    pub fn schemes(&self) -> Vec<Scheme> {
        let schemes = self.root["components"]["securitySchemes"].as_object();
        let schemes = schemes.into_iter().flatten();
        schemes.map(|(name, node)| scheme(name, self.resolve(node))).collect()
    }
}

pub(super) fn server(node: &Value) -> Option<Server> {
    // No URL is that of where the document was published.
    let url = Some(node["url"].as_str()?).filter(|url| !url.is_empty()).unwrap_or("/");
    let url = url.to_owned();
    if url.contains('{') {
        let filled = filled(&url, &node["variables"]).filter(|filled| is_whole(filled));
        return Some(Server::Template(url, filled));
    }
    Some(if is_whole(&url) {
        Server::Whole(url)
    } else {
        Server::Path(url)
    })
}

fn is_whole(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(|c: char| c == '{' || c.is_whitespace()))
}

fn filled(url: &str, variables: &Value) -> Option<String> {
    let mut parts = url.split('{');
    let mut filled = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once('}')?;
        filled.push_str(variables[name]["default"].as_str()?);
        filled.push_str(after);
    }
    Some(filled)
}

const FETCHES_NONE: &str = "a worker fetches no tokens: give one that lasts to `auth: {bearer: {env: …}}`";
const HEADERS_ONLY: &str = "a worker sends its key in a header only: ask the provider for another way";

pub(super) fn scheme(name: &str, node: &Value) -> Scheme {
    let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let (kind, place, scheme) = (text("type"), text("in"), text("scheme"));
    let is = |found: &str, wanted: &str| found.eq_ignore_ascii_case(wanted);
    let sent = text("name");
    let token = !sent.is_empty() && sent.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let key = match kind.to_ascii_lowercase().as_str() {
        "http" if is(&scheme, "bearer") => Key::Bearer,
        "http" if is(&scheme, "basic") => Key::Prefixed(
            "Authorization".to_owned(),
            "Basic ".to_owned(),
            "the key is the base64 of user:password",
        ),
        "apikey" if is(&place, "header") && token => Key::Header(sent.clone()),
        "apikey" if is(&place, "cookie") && token => {
            Key::Prefixed("Cookie".to_owned(), format!("{sent}="), "the key is the cookie's value")
        }
        "oauth2" | "openidconnect" => Key::Token,
        "mutualtls" => Key::No("a worker has no certificate of its own: ask the provider for another way"),
        _ => Key::No(HEADERS_ONLY),
    };
    let parts = [kind, scheme, place, sent];
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    Scheme {
        name: name.to_owned(),
        what: parts.join(" "),
        key,
    }
}

fn proof(node: &Value) -> Result<Proof, &'static str> {
    let text = |key: &str| node[key].as_str().unwrap_or_default().to_ascii_lowercase();
    let name = node["name"].as_str().unwrap_or_default().to_owned();
    match (text("type").as_str(), text("in").as_str(), text("scheme").as_str()) {
        ("http", _, "basic") => Ok(Proof::Basic),
        ("http", _, "bearer") | ("oauth2" | "openidconnect", ..) => {
            Ok(Proof::Header("Authorization".to_owned(), "Bearer ".to_owned()))
        }
        ("apikey", "header", _) if is_header(&name) => Ok(Proof::Header(name, String::new())),
        ("apikey", "cookie", _) if is_header(&name) => Ok(Proof::Cookie(name)),
        ("apikey", "query", _) if !name.is_empty() => Ok(Proof::Query(name)),
        _ => Err("a call sends a secret in a header, a cookie or the query: mend the scheme in the overlay"),
    }
}

impl Scheme {
    /// How the mapping says it, or what to do.
    pub fn help(&self) -> String {
        match &self.key {
            Key::Bearer => "`auth: {bearer: {env: …}}`".to_owned(),
            Key::Header(name) if name.eq_ignore_ascii_case("authorization") => {
                format!(
                    "`auth: {{header: {{name: {name}, env: …}}}}`, or `auth: {{bearer: {{env: …}}}}` if the key follows `Bearer `"
                )
            }
            Key::Header(name) => format!("`auth: {{header: {{name: {name}, env: …}}}}`"),
            Key::Prefixed(name, prefix, key) => {
                format!("`auth: {{header: {{name: {name}, prefix: '{prefix}', env: …}}}}`; {key}")
            }
            Key::Token => FETCHES_NONE.to_owned(),
            Key::No(help) => (*help).to_owned(),
        }
    }
}
