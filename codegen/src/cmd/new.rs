use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::Args;
use provider_codegen::new::{self, Doing, Made, Refusal, Request};

use super::{Failure, print};

/// Make the worker of another provider: it builds and passes its own tests, and its mapping is stubbed from the document.
#[derive(Args)]
pub struct New {
    /// The provider's name: lower case letters, digits and `-`.
    name: String,
    /// The provider's OpenAPI documents. The first is that of its main API.
    #[arg(long = "document", value_name = "FILE", num_args = 1.., required = true)]
    documents: Vec<PathBuf>,
    /// The base URL of the main API, if not the one that the document names.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The folder to make; else `providers/NAME` in this workspace, or `sandbox-NAME` outside of it.
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

impl New {
    pub fn run(self) -> Result<(), Failure> {
        let request = Request {
            name: self.name,
            documents: self.documents,
            server: self.server,
            path: self.path,
        };
        let shown = io::stderr().is_terminal();
        let mut progress = |doing: Doing<'_>| {
            if shown {
                eprintln!("{}", said(doing));
            }
        };
        print(&told(&new::make(&request, &mut progress)?));
        Ok(())
    }
}

fn said(doing: Doing<'_>) -> String {
    match doing {
        Doing::Reading(document) => format!("reading {}", document.display()),
        Doing::Trying(function) => format!("trying {function} with the likeliest operations"),
        Doing::Writing(folder) => format!("writing {}", folder.display()),
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Request(text) => Self::Usage(text),
            Refusal::Folder(text) => Self::Refused(format!("error: {text}")),
            Refusal::Documents(report) => Self::Problems(report),
        }
    }
}

fn told(made: &Made) -> String {
    let folder = made.folder.display();
    let mut text = format!("{folder}: made\n  maps     {}\n", made.mapped.join(", "));
    if !made.stubbed.is_empty() {
        text.push_str(&format!(
            "  stubbed  {}: commented out in spec/mapping.yaml, each with what it lacks\n",
            made.stubbed.join(", ")
        ));
    }
    if !made.missing.is_empty() {
        let missing = made.missing.join(", ");
        text.push_str(&format!("  none     {missing}: no operation looks like it\n"));
    }
    if let Some(server) = &made.no_server {
        text.push_str(&format!(
            "  server   {server} is a stand-in, as the document names none that a worker could use: set it in spec/mapping.yaml, or say --server\n"
        ));
    }
    text + &format!("next: cd {folder} && cargo test\n")
}
