//! The command line that every provider worker has.
//!
//! `--help`, `--version` and usage errors are clap's: exit 0, 0 and 2. What clap cannot judge, the engine address,
//! is checked by [`Cli::engine_url`], whose error is a startup error.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser};
use url::Url;

use crate::manifest::Package;

const DEFAULT_URL: &str = "ws://127.0.0.1:49134";

/// Set by older releases of `iii compose`, to the file that they have written for this worker.
const CONFIG_VARIABLE: &str = "III_CONFIG";

/// What the operator asked for. Name, version and description come from [`Package`], not from this crate.
#[derive(Clone, Debug, Parser)]
pub struct Cli {
    /// Configuration file [default: ./config.yaml if it exists] [env: III_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    // The value stays out of --help: an address may carry a token.
    /// Address of the engine, ws:// or wss:// [default: ws://127.0.0.1:49134]
    #[arg(long, env = "III_URL", hide_env_values = true, value_name = "URL")]
    url: Option<String>,

    /// Print the manifest as JSON and exit
    #[arg(long, conflicts_with = "check")]
    pub manifest: bool,

    /// Check the configuration and exit
    #[arg(long)]
    pub check: bool,

    /// Try every function at the provider, which may cost something, remove what that made, and exit
    #[arg(long = "try", conflicts_with_all = ["check", "manifest"])]
    pub trial: bool,

    /// What --try starts sandboxes from [default: the first image that the configuration names]
    #[arg(long, value_name = "IMAGE", requires = "trial")]
    pub image: Option<String>,

    /// Let --try begin without asking
    #[arg(long, requires = "trial")]
    pub yes: bool,
}

impl Cli {
    /// Parses `args`, the first of which is the program.
    ///
    /// # Errors
    /// Help, version and usage errors, ready to be printed.
    pub fn parse_from<I>(package: &Package, args: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator,
        I::Item: Into<OsString> + Clone,
    {
        let mut command = Self::command()
            .name(package.name)
            .bin_name(package.name)
            .version(package.version)
            .about(package.description);
        let matches = command.try_get_matches_from_mut(args)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// The configuration file that is named: by `--config`, else by III_CONFIG. A blank variable counts as absent.
    pub fn config_file(&self) -> Option<NamedFile> {
        let (path, variable) = match &self.config {
            Some(path) => (path.clone(), None),
            None => (env::var_os(CONFIG_VARIABLE)?.into(), Some(CONFIG_VARIABLE)),
        };
        let is_blank = path.to_string_lossy().trim().is_empty();
        (!is_blank || variable.is_none()).then_some(NamedFile { path, variable })
    }

    /// The engine's address. A blank one counts as absent, as shells and compose files leave it.
    ///
    /// # Errors
    /// The address is not one of a WebSocket server.
    pub fn engine_url(&self) -> Result<Url, BadUrl> {
        let given = self.url.as_deref().map(str::trim);
        let text = given.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_URL);
        let url = Url::parse(text).map_err(|_| BadUrl)?;
        let is_web_socket = matches!(url.scheme(), "ws" | "wss") && url.has_host();
        // The SDK sends neither a user nor a fragment, so either would be dropped in silence.
        let is_complete = url.username().is_empty() && url.password().is_none();
        (is_web_socket && is_complete && url.fragment().is_none())
            .then_some(url)
            .ok_or(BadUrl)
    }
}

/// A configuration file that the operator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Where it is, relative to the working directory.
    pub path: PathBuf,
    /// The environment variable that names it; without one `--config` does.
    pub variable: Option<&'static str>,
}

/// The engine address cannot be used. It is not shown: it may hold a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadUrl;

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "--url (or III_URL): must be a ws:// or wss:// URL with a host and without user or fragment \
             (a token goes into III_TOKEN)",
        )
    }
}

impl std::error::Error for BadUrl {}
