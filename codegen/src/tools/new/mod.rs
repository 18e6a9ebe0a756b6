//! A new provider's worker from its documents: builds and passes its own tests at once, with the contract's functions
//! stubbed from the likeliest operations.
//!
//! ```text
//! documents ─ guess ─▶ stubs ─ try each ─▶ mapping ─┐
//!           ─ what is refused ─▶ overlays           ├▶ files ─▶ folder
//! templates ────────────────────────────────────────┘      ─ explain ─▶ docs/functions.md
//! ```
//!
//! What stands active in the mapping has passed the whole pipeline. Nothing is written before everything is known, and
//! the folder appears at once.

mod answer;
mod documents;
mod dry_run;
mod filling;
mod folder;
mod function;
mod head;
mod inputs;
mod mapping;
mod output;
mod overlay;
mod package;
mod place;
mod ranking;
mod ready;
mod sandboxes;
mod scoring;
mod shared;
mod target;
mod text;
mod words;

use std::path::{Path, PathBuf};

use crate::diagnostic::Report;

use target::Target;

/// What is wanted.
pub struct Request {
    /// The provider's name, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// The first is that of the main API.
    pub documents: Vec<PathBuf>,
    /// The base URL of the main API.
    pub server: Option<String>,
    /// The folder to make.
    pub path: Option<PathBuf>,
}

/// What was made.
pub struct Made {
    pub folder: PathBuf,
    /// Functions that the worker offers at once.
    pub mapped: Vec<String>,
    /// Functions that stand commented out.
    pub stubbed: Vec<String>,
    /// Functions that no operation looks like.
    pub missing: Vec<String>,
    /// The base URL, where it is none that a worker could use.
    pub no_server: Option<String>,
}

/// What is being done, for whoever waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing<'a> {
    Reading(&'a Path),
    /// Trying a function of the contract with the likeliest operations.
    Trying(&'a str),
    Writing(&'a Path),
}

/// Why nothing was made.
pub enum Refusal {
    /// The request makes no sense.
    Request(String),
    /// The folder cannot be made.
    Folder(String),
    /// A document cannot be used at all.
    Documents(Report),
}

impl From<Report> for Refusal {
    fn from(report: Report) -> Self {
        Self::Documents(report)
    }
}

/// Makes the folder, or nothing. What takes its time is told before it begins.
pub fn make(request: &Request, tell: &mut dyn FnMut(Doing<'_>)) -> Result<Made, Refusal> {
    check(request)?;
    let target = Target::of(request)?;
    let documents = documents::read(request, tell)?;
    let mapping = mapping::mapping(request, &documents, tell)?;
    tell(Doing::Writing(&target.folder));
    let files = package::files(request, &target, &documents, &mapping)?;
    folder::write(&target, &files)?;
    Ok(Made {
        folder: target.folder,
        mapped: mapping.mapped,
        stubbed: mapping.stubbed,
        missing: mapping.missing,
        no_server: mapping.no_server,
    })
}

fn check(request: &Request) -> Result<(), Refusal> {
    let name = &request.name;
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(word) {
        let text = format!("`{name}` cannot name a provider: use lower case letters, digits and `-`, a letter first");
        return Err(Refusal::Request(text));
    }
    if request.documents.is_empty() {
        return Err(Refusal::Request("a provider needs a document".to_owned()));
    }
    let url = |server: &str| {
        let rest = server
            .strip_prefix("https://")
            .or_else(|| server.strip_prefix("http://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control()))
    };
    match &request.server {
        Some(server) if !url(server) => {
            let text = format!("`{server}` is not an http or https URL, such as https://api.example.com/v1");
            Err(Refusal::Request(text))
        }
        _ => Ok(()),
    }
}

/// The environment variable with the provider's API key.
fn key_variable(name: &str) -> String {
    format!("{}_API_KEY", name.to_uppercase().replace('-', "_"))
}
