//! The configuration of a provider worker: a YAML file, or an entry of the `configuration` worker, in; checked values out.
//!
//! A file that is absent means defaults; a file that is there but wrong, in whatever way, is refused with one line that
//! says where and why, and an entry likewise. Both have to have every key that the provider needs; a file that was found
//! without being named may lack some, since an entry may follow. The API key does not stand in it: it names environment
//! variables or another file, and [`Config::api_key`] gives what is there.

mod api_key;
mod catalog;
mod checked;
mod document;
mod file;
mod json;
mod key_file;
mod keys;
mod problem;
mod schema;
mod shown;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::exposure;

pub use self::api_key::ApiKey;
pub use self::catalog::CatalogImage;
pub use self::key_file::KeyFile;
pub use self::keys::{ExtraKey, ExtraKind};
pub use self::problem::ConfigError;
use self::problem::Problem;
pub use self::schema::schema;

/// A name by which a configuration asks for functions, and these.
pub type Optional = (&'static str, &'static [&'static str]);

/// What differs from provider to provider.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Where the provider's API is.
    pub api_base: &'static str,
    /// Environment variable that holds the API key.
    pub api_key_env: &'static str,
    /// The functions that it has only if the configuration lists them.
    pub optional: &'static [Optional],
}

/// Checked configuration. Its only secret is the API key that a file holds, in a type that shows nothing of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Base URL of the provider's API: http or https, without user, query or fragment.
    pub api_base: Url,
    /// Names of environment variables, at least one: the first that holds something holds the API key.
    pub api_key_env: Vec<String>,
    /// The file that holds it instead.
    pub api_key_file: Option<KeyFile>,
    /// Sandboxes that may run at a time, 1 to 10,000.
    pub max_concurrent_sandboxes: u32,
    /// Lifetime in seconds of a sandbox whose caller gives none, 1 to a year.
    pub default_idle_timeout_secs: u64,
    /// Images that may be started; empty means all.
    pub image_allowlist: Vec<String>,
    /// The catalog of the adapter: the images that its callers may start, by the names that they call them.
    pub images: BTreeMap<String, CatalogImage>,
    /// Whether callers of the adapter may name images of the provider, too.
    pub allow_provider_images: bool,
    /// Tag of everything this deployment starts: 1 to 64 of `A-Z a-z 0-9 . _ ~ -`, so it needs no escaping in a query.
    pub owner: String,
    /// Limit for one request to the provider, 1 to 290 s.
    pub request_timeout: Duration,
    /// Limit for a sandbox to become ready, 1 to 290 s.
    pub ready_timeout: Duration,
    /// Time in seconds of a program whose caller names no timeout, 1 to a day.
    pub default_exec_timeout_secs: u64,
    /// Requests to the provider that may be under way at a time, 16 to 20,000.
    pub max_concurrent_requests: u32,
    /// Programs that callers of the adapter may have under way in one sandbox, 1 to 64.
    pub max_exec_per_sandbox: u32,
    /// The largest answer of the provider that is read, 64 KiB to 64 MiB.
    pub max_response_bytes: usize,
    /// How much of each of a program's streams is passed on; two of them fit into an answer, whatever is in them.
    pub max_output_bytes: usize,
    /// Whether calls may act on sandboxes that this deployment did not start.
    pub allow_foreign: bool,
    /// The names of the optional functions to offer.
    pub functions: Vec<String>,
    /// The provider's own keys; one without default that is not set is absent.
    pub extra: Map<String, Value>,
    /// Those of them that the provider cannot be called without, and that are absent.
    pub missing: Vec<&'static str>,
}

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked values.
    pub config: Config,
    /// The file that was read; `None` means defaults only.
    pub file: Option<PathBuf>,
    /// What it says, as JSON: the keys that it has, with their values.
    pub said: Map<String, Value>,
}

impl Config {
    /// Reads the file `named`, else `./config.yaml` if that exists, else nothing but defaults.
    ///
    /// # Errors
    /// The file cannot be read, is not YAML, or has an unknown key, a repeated key, or a value of a wrong type or out
    /// of range; or it is `named` and lacks a key that the provider needs.
    pub fn load(named: Option<&Path>, defaults: &Defaults, extra: &[ExtraKey]) -> Result<Loaded, ConfigError> {
        let found = file::find(named)?;
        let source = found.as_ref().map_or("environment", |found| &found.name);
        let text = found.as_ref().map_or("", |found| &found.text);
        let within = |problem: Problem| problem.within(source);
        let entries = document::parse(text).and_then(checked::entries).map_err(within)?;
        let config = checked::read(&entries, defaults, extra).map_err(within)?;
        if named.is_some() {
            checked::complete(&config).map_err(within)?;
        }
        Ok(Loaded {
            config,
            said: json::of_entries(&entries),
            file: found.map(|found| found.path),
        })
    }

    /// Checks what stands in the entry `name` of the `configuration` worker.
    ///
    /// # Errors
    /// Those of [`Config::load`] for a file that is named, without lines.
    pub fn of_entry(name: &str, value: &Value, defaults: &Defaults, extra: &[ExtraKey]) -> Result<Self, ConfigError> {
        checked::entries(json::document(value))
            .and_then(|entries| checked::read(&entries, defaults, extra))
            .and_then(|config| checked::complete(&config).map(|()| config))
            .map_err(|problem| problem.within(name))
    }

    /// The longest stream of a program that an answer of the provider can carry.
    pub(crate) fn output_room(&self) -> usize {
        keys::output_room(self.max_response_bytes)
    }

    /// The keys that have another value than in a configuration before this one, in the order of the documentation. A key
    /// file that holds another API key is one.
    pub(crate) fn changes(&self, before: &Self) -> Vec<String> {
        let (now, was) = (self.shown(), before.shown());
        let is_other = |key: &str| match key {
            keys::API_KEY_FILE => self.api_key_file != before.api_key_file,
            key => now.get(key) != was.get(key),
        };
        // A key of the provider that is not set any more is among the old ones alone.
        let gone = was.keys().filter(|key| !now.contains_key(key.as_str()));
        let known = now.keys().chain(gone);
        known.filter(|key| is_other(key)).cloned().collect()
    }

    /// The keys that the provider needs and that are absent, in words; `None` if there are none.
    pub(crate) fn lacks(&self) -> Option<String> {
        let missing: Vec<_> = self.missing.iter().map(|key| format!("`{key}`")).collect();
        (!missing.is_empty()).then(|| format!("the configuration lacks {}", missing.join(", ")))
    }

    /// [`Config::api_base`] without a slash at its end, to be followed by a path.
    pub fn base_url(&self) -> &str {
        self.api_base.as_str().trim_end_matches('/')
    }

    /// About how many bytes a list has in which as many sandboxes are as may run.
    pub fn longest_list_bytes(&self) -> usize {
        (self.max_concurrent_sandboxes as usize).saturating_mul(keys::LISTED_BYTES)
    }

    /// Whether the API key would cross a network unencrypted: http to anything else than this machine.
    pub fn sends_key_in_clear(&self) -> bool {
        exposure::sends_in_clear(&self.api_base)
    }

    /// Where the API key comes from, in one line whatever the name of the file holds.
    pub fn key_source(&self) -> String {
        match &self.api_key_file {
            Some(file) => file.path.to_string_lossy().escape_debug().to_string(),
            None => self.key_variables(),
        }
    }

    /// The environment variable that holds the API key; all that may where none does, in one line.
    pub(crate) fn key_variables(&self) -> String {
        match self.key_variable() {
            Some(variable) => variable.to_owned(),
            None => self.api_key_env.join(" or "),
        }
    }
}

/// Every key that has a default with it, as the manifest shows them. It does not depend on the environment.
pub fn default_config(defaults: &Defaults, extra: &[ExtraKey]) -> Map<String, Value> {
    let mut config = keys::defaults(defaults, extra);
    config.retain(|_, default| !default.is_null());
    config
}
