//! The beginning of the mapping: provider, APIs, codes.

use crate::scalar::{quoted, scalar};

use super::{
    Request,
    documents::{self, Key, Vendored},
    key_variable,
    likely::Guesses,
};

/// Where a document names no server.
const PLACEHOLDER: &str = "https://api.example.com";

const CODES: &str = "\
# The first rule that matches decides; a call's own outcomes come before these.
codes:
  - {status: [401, 403], code: S503}
  - {status: 402, code: S501}
  - {status: 429, code: S500}
  - {status: any, code: S502}
";

/// The main API's base URL.
pub fn server<'r>(request: &'r Request, main: &'r Vendored) -> &'r str {
    let given = request.server.as_deref();
    let server = given.or_else(|| documents::server(&main.document));
    server.unwrap_or(PLACEHOLDER).trim_end_matches('/')
}

/// The further APIs whose documents name no server: a call of theirs would go nowhere, or astray.
pub fn unplaced(documents: &[Vendored]) -> Vec<&str> {
    let without = documents
        .iter()
        .filter(|vendored| documents::server(&vendored.document).is_none());
    without.filter_map(|vendored| vendored.api.as_deref()).collect()
}

pub fn head(request: &Request, documents: &[Vendored], guesses: &Guesses<'_>) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=mapping.schema.json\n\
         # {} as a provider of the family. The format is documented in spec/README.md of the repository that\n\
         # provider-codegen is from.\n\
         provider: {}\n\n",
        request.name,
        scalar(&request.name),
    );
    text.push_str(&main(request, &documents[0], guesses));
    let mut further = documents.iter().peekable();
    further.next();
    if further.peek().is_some() {
        text.push_str("\napis:\n");
    }
    for vendored in further {
        text.push_str(&api(vendored));
    }
    format!("{text}\n{CODES}")
}

fn main(request: &Request, vendored: &Vendored, guesses: &Guesses<'_>) -> String {
    let server = server(request, vendored);
    let note = match request.server {
        Some(_) => "",
        None => doubt(documents::server(&vendored.document)),
    };
    let env = format!(
        "env: {{config: api_key_env, default: {}}}",
        scalar(&key_variable(&request.name))
    );
    let likely = guesses.of("create").best.filter(|operation| operation.api.is_none());
    let auth = match documents::key(&vendored.document, likely) {
        Some(Key::Bearer) => format!("auth: {{bearer: {{{env}}}}}"),
        Some(Key::Header(name)) => format!("auth: {{header: {{name: {}, {env}}}}}", quoted(&name)),
        None => format!("auth: {{bearer: {{{env}}}}}  # a guess: the document names no key in a header"),
    };
    format!(
        "api:\n  document: {}\n  overlay: {}\n  server: {{config: api_base, default: {}}}{note}\n  {auth}\n",
        vendored.file,
        vendored.overlay,
        quoted(server),
    )
}

fn api(vendored: &Vendored) -> String {
    let name = vendored.api.as_deref().unwrap_or_default();
    let named = documents::server(&vendored.document);
    let server = named.unwrap_or("https://sandbox.example.com").trim_end_matches('/');
    format!(
        "  {}:\n    document: {}\n    overlay: {}\n    \
         # If it differs from sandbox to sandbox: {{template: '{{$sandbox.url}}/…'}}, with `url` among `sandboxes.facts`.\n    \
         server: {}{}\n    auth: none  # or `same`: the API key goes there too\n",
        scalar(name),
        vendored.file,
        vendored.overlay,
        quoted(server),
        doubt(named),
    )
}

/// What is doubtful in the server that a document names.
fn doubt(named: Option<&str>) -> &'static str {
    match named {
        None => "  # set it: the document names none",
        Some(url) if ["//localhost", "//127.0.0.1"].iter().any(|host| url.contains(host)) => {
            "  # set it: the document names a developer's machine"
        }
        Some(_) => "",
    }
}
