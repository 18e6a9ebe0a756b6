//! The beginning of the mapping: provider, APIs, codes.

use crate::{
    document::{Document, Key, Server},
    scalar::{quoted, scalar},
};

use super::{
    Request,
    documents::{self, Vendored},
    key_variable,
    ranking::Candidates,
    shared::Shared,
    text::comment,
    words::words,
};

/// Where a document names no server.
const PLACEHOLDER: &str = "https://api.example.com";

const CODES: &str = "\
# The first rule that matches decides; a call's own outcomes come before these.
codes:
  - {status: [401, 403], code: S503}
  - {status: 402, code: S501}
  - {status: 429, code: S500, retry: true}  # nothing was done: sent again, as `Retry-After` says
  - {status: any, code: S502}
";

/// The main API's base URL.
pub fn server(request: &Request, main: &Vendored) -> String {
    let given = request.server.clone();
    let server = given.or_else(|| documents::server(&main.document));
    let server = server.unwrap_or_else(|| format!("{PLACEHOLDER}{}", path(&main.document)));
    server.trim_end_matches('/').to_owned()
}

/// The base URL that stands there, where it is none that a worker could use.
pub fn no_server(request: &Request, main: &Vendored) -> Option<String> {
    let document = &main.document;
    let is_named = documents::names_server(document) || documents::server_by_defaults(document).is_some();
    (request.server.is_none() && !is_named).then(|| server(request, main))
}

/// Of a server that is nothing else.
fn path(document: &Document) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    let servers = document.servers(None);
    let path = servers.into_iter().find_map(|server| match server {
        Server::Path(path) if path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain) => Some(path),
        _ => None,
    });
    path.unwrap_or_default()
}

/// The further APIs whose documents name no whole server: a call of theirs would go nowhere, or astray.
pub fn unplaced(documents: &[Vendored]) -> Vec<&str> {
    let without = documents
        .iter()
        .filter(|vendored| !documents::names_server(&vendored.document));
    without.filter_map(|vendored| vendored.api.as_deref()).collect()
}

/// `facts`: what is known of a sandbox, by name.
pub fn head(request: &Request, documents: &[Vendored], candidates: &Candidates<'_>, facts: &[String]) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=mapping.schema.json\n\
         # {} as a provider of the family. The format is documented in spec/README.md of the repository that\n\
         # provider-codegen is from.\n\
         provider: {}\n\n",
        request.name,
        scalar(&request.name),
    );
    text.push_str(&main(request, &documents[0], candidates));
    let mut further = documents.iter().peekable();
    further.next();
    if further.peek().is_some() {
        text.push_str("\napis:\n");
    }
    let key = key(&documents[0], candidates);
    let mut config: String = candidates.shared.iter().map(Shared::config).collect();
    for vendored in further {
        let auth = Auth::of(vendored, key.as_ref(), facts);
        text.push_str(&api(vendored, facts, &auth));
        config.extend(auth.config);
    }
    if !config.is_empty() {
        config.insert_str(0, "\nconfig:\n");
    }
    format!("{text}{config}\n{CODES}")
}

/// What the main API asks for.
fn key(main: &Vendored, candidates: &Candidates<'_>) -> Option<Key> {
    let likely = candidates.of("create").best.filter(|operation| operation.api.is_none());
    documents::key(&main.document, likely)
}

fn main(request: &Request, vendored: &Vendored, candidates: &Candidates<'_>) -> String {
    let server = server(request, vendored);
    let note = match request.server {
        Some(_) => "",
        None => &doubt(&vendored.document),
    };
    let env = format!(
        "env: {{config: api_key_env, default: {}}}",
        scalar(&key_variable(&request.name))
    );
    let auth = match key(vendored, candidates) {
        Some(Key::Bearer) => format!("auth: {{bearer: {{{env}}}}}"),
        Some(Key::Header(name)) if name.eq_ignore_ascii_case("authorization") => {
            let bearer = "or `bearer: {env: …}`, if the key follows `Bearer `";
            format!("auth: {{header: {{name: {}, {env}}}}}  # {bearer}", quoted(&name))
        }
        Some(Key::Header(name)) => format!("auth: {{header: {{name: {}, {env}}}}}", quoted(&name)),
        Some(Key::Prefixed(name, prefix, key)) => {
            let (name, prefix) = (quoted(&name), quoted(&prefix));
            format!("auth: {{header: {{name: {name}, prefix: {prefix}, {env}}}}}  # {key}")
        }
        Some(Key::Token | Key::No(_)) | None => {
            format!("auth: {{bearer: {{{env}}}}}  # a guess: {}", no_key(&vendored.document))
        }
    };
    format!(
        "api:\n  document: {}\n  overlay: {}\n  server: {{config: api_base, default: {}}}{note}\n  {auth}\n{}",
        vendored.file,
        vendored.overlay,
        quoted(&server),
        Shared::lines(&candidates.shared),
    )
}

/// Why none of the document's keys is sent.
fn no_key(document: &Document) -> String {
    let schemes = document.schemes();
    let said = schemes
        .iter()
        .map(|scheme| format!("{} ({}): {}", scheme.name, scheme.what, scheme.help()));
    match schemes.is_empty() {
        true => "the document names no key in a header".to_owned(),
        false => comment(&said.collect::<Vec<_>>().join("; ")),
    }
}

/// How a further API is told who calls.
struct Auth {
    line: String,
    /// A line of the configuration that it reads.
    config: Option<String>,
}

impl Auth {
    /// As the document says it: by the key, if that travels alike, else by a secret of its own.
    fn of(vendored: &Vendored, main: Option<&Key>, facts: &[String]) -> Self {
        let alone = |line: String| Self { line, config: None };
        let Some(scheme) = documents::scheme(&vendored.document, None) else {
            return alone(match vendored.document.schemes().is_empty() {
                true => "auth: none  # or `same`: the API key goes there too".to_owned(),
                false => format!("auth: none  # a guess: {}", no_key(&vendored.document)),
            });
        };
        if main.and_then(place) == place(&scheme.key) {
            let asked = comment(&scheme.what);
            return alone(format!(
                "auth: same  # the document asks for {asked}, as the main one does"
            ));
        }
        let name = vendored.api.as_deref().unwrap_or_default();
        let key = format!("{}_token", name.replace('-', "_"));
        let is_token = |fact: &&String| words(fact).iter().any(|word| word == "token");
        let told = match facts.iter().find(is_token) {
            Some(fact) => format!("likely `$sandbox.{fact}`, once `sandboxes.facts` below stands"),
            None => {
                "or `$sandbox.token`, with `token` among `sandboxes.facts`, where each sandbox has its own".to_owned()
            }
        };
        Self {
            line: format!(
                "auth: {{scheme: {}, value: $config.{key}}}  # {told}",
                quoted(&scheme.name)
            ),
            config: Some(format!(
                "  {key}: {{type: string}}  # {}, of the API `{name}`\n",
                comment(&scheme.what)
            )),
        }
    }
}

/// The header in which a key travels.
fn place(key: &Key) -> Option<String> {
    match key {
        Key::Bearer => Some("authorization".to_owned()),
        Key::Header(name) | Key::Prefixed(name, ..) => Some(name.to_lowercase()),
        Key::Token | Key::No(_) => None,
    }
}

fn api(vendored: &Vendored, facts: &[String], auth: &Auth) -> String {
    let name = vendored.api.as_deref().unwrap_or_default();
    let elsewhere = match told_by(facts, name) {
        Some(fact) => format!("# Likely `$sandbox.{fact}`, once `sandboxes.facts` below stands: each sandbox tells its own."),
        None => "# If it differs from sandbox to sandbox: {template: '{$sandbox.url}/…'}, with `url` among `sandboxes.facts`."
            .to_owned(),
    };
    let named = documents::server(&vendored.document);
    let server = named.unwrap_or_else(|| "https://sandbox.example.com".to_owned());
    let server = server.trim_end_matches('/');
    format!(
        "  {}:\n    document: {}\n    overlay: {}\n    {elsewhere}\n    \
         server: {}{}\n    {}\n",
        scalar(name),
        vendored.file,
        vendored.overlay,
        quoted(server),
        doubt(&vendored.document),
        auth.line,
    )
}

/// The fact that is called after the API, or the one that is an address.
fn told_by<'f>(facts: &'f [String], api: &str) -> Option<&'f String> {
    let is_url = |fact: &&String| words(fact).iter().any(|word| word == "url");
    let urls: Vec<&String> = facts.iter().filter(is_url).collect();
    let named = urls.iter().find(|fact| words(fact).iter().any(|word| word == api));
    match (named, urls.as_slice()) {
        (Some(fact), _) => Some(fact),
        (None, [sole]) => Some(sole),
        _ => None,
    }
}

/// What is doubtful in the server that a document names.
fn doubt(document: &Document) -> String {
    let servers = document.servers(None);
    let said = servers.iter().find_map(Server::help).unwrap_or_default();
    match documents::server(document) {
        Some(url) if documents::is_local(&url) => "  # set it: the document names a developer's machine".to_owned(),
        Some(_) if documents::names_server(document) => String::new(),
        Some(_) if documents::server_by_defaults(document).is_some() => {
            "  # by the defaults of the document's template: set it, if yours are others".to_owned()
        }
        None if servers.is_empty() => "  # set it: the document names none".to_owned(),
        _ => format!("  # set it: {}", comment(&said)),
    }
}
