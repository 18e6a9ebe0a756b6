//! The keys a configuration has: names, defaults and bounds, each in one place.

use serde_json::{Map, Value, json};

use super::Defaults;

pub(super) const API_BASE: &str = "api_base";
pub(super) const API_KEY_ENV: &str = "api_key_env";
pub(super) const API_KEY_FILE: &str = "api_key_file";
pub(super) const MAX_CONCURRENT_SANDBOXES: &str = "max_concurrent_sandboxes";
pub(super) const DEFAULT_IDLE_TIMEOUT_SECS: &str = "default_idle_timeout_secs";
pub(super) const IMAGE_ALLOWLIST: &str = "image_allowlist";
pub(super) const IMAGES: &str = "images";
pub(super) const ALLOW_PROVIDER_IMAGES: &str = "allow_provider_images";
pub(super) const OWNER: &str = "owner";
pub(super) const REQUEST_TIMEOUT_SECS: &str = "request_timeout_secs";
pub(super) const READY_TIMEOUT_SECS: &str = "ready_timeout_secs";
pub(super) const DEFAULT_EXEC_TIMEOUT_SECS: &str = "default_exec_timeout_secs";
pub(super) const MAX_CONCURRENT_REQUESTS: &str = "max_concurrent_requests";
pub(super) const MAX_EXEC_PER_SANDBOX: &str = "max_exec_per_sandbox";
pub(super) const MAX_RESPONSE_BYTES: &str = "max_response_bytes";
pub(super) const MAX_OUTPUT_BYTES: &str = "max_output_bytes";
pub(super) const ALLOW_FOREIGN: &str = "allow_foreign";
pub(super) const FUNCTIONS: &str = "functions";

/// Owner tag of a worker that runs in no namespace of its own.
pub(super) const DEFAULT_OWNER: &str = "default";

/// What a whole-number key takes and what it is without the key.
pub(super) struct WholeNumber<T> {
    pub(super) default: T,
    pub(super) min: T,
    pub(super) max: T,
}

pub(super) const SANDBOXES: WholeNumber<u32> = WholeNumber {
    default: 10,
    min: 1,
    max: 10_000,
};

/// At most a year.
pub(super) const IDLE_SECS: WholeNumber<u64> = WholeNumber {
    default: 300,
    min: 1,
    max: 31_536_000,
};

/// Below the 300 s after which the family's router gives a call up, so that the worker answers first.
const MAX_TIMEOUT_SECS: u64 = 290;

pub(super) const REQUEST_SECS: WholeNumber<u64> = WholeNumber {
    default: 30,
    min: 1,
    max: MAX_TIMEOUT_SECS,
};

pub(super) const READY_SECS: WholeNumber<u64> = WholeNumber {
    default: 120,
    min: 1,
    max: MAX_TIMEOUT_SECS,
};

/// Of a program whose caller names no timeout: 2 minutes, at most a day.
pub(super) const EXEC_SECS: WholeNumber<u64> = WholeNumber {
    default: 120,
    min: 1,
    max: 86_400,
};

/// Enough for looks and removals beside the rest.
pub(super) const REQUESTS: WholeNumber<u32> = WholeNumber {
    default: 64,
    min: 16,
    max: 2 * SANDBOXES.max,
};

/// Without the key: room for a program in each sandbox, and for as many requests beside.
pub(super) fn requests_for(sandboxes: u32) -> u32 {
    (2 * sandboxes).max(REQUESTS.default)
}

/// Programs that callers of the adapter may have under way in one sandbox.
pub(super) const EXEC_PER_SANDBOX: WholeNumber<u32> = WholeNumber {
    default: 4,
    min: 1,
    max: 64,
};

/// 16 MiB. The engine takes no more than 64 MiB in one message.
pub(super) const RESPONSE_BYTES: WholeNumber<usize> = WholeNumber {
    default: 16 * 1024 * 1024,
    min: 64 * 1024,
    // What is made of it has to fit into a message of the engine's, which takes 64 MiB.
    max: 60 * 1024 * 1024,
};

/// 1 MiB of each of a program's streams, if an answer has room for that.
pub(super) const OUTPUT_BYTES: WholeNumber<usize> = WholeNumber {
    default: 1024 * 1024,
    min: 1,
    max: output_room(RESPONSE_BYTES.max),
};

/// About what providers say of one sandbox in a list.
pub(super) const LISTED_BYTES: usize = 1024;

/// The longest stream of which an answer of so many bytes holds two, whatever is in them: JSON writes a control
/// character in 6 bytes, and the answer has other fields too.
pub(super) const fn output_room(response_bytes: usize) -> usize {
    const OTHER_FIELDS: usize = 4096;
    (response_bytes - OTHER_FIELDS) / (2 * 6)
}

/// A key that a provider declares beyond those that every provider has.
#[derive(Clone, Copy, Debug)]
pub struct ExtraKey {
    /// As it is written in the file; none of the shared keys.
    pub name: &'static str,
    /// What it takes.
    pub kind: ExtraKind,
    /// Its default as JSON; without one the key is absent from `Config::extra` until it is set.
    pub default: Option<&'static str>,
    /// Whether a configuration without it is refused; then there is no default.
    pub required: bool,
}

/// What an [`ExtraKey`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraKind {
    /// Text that is not blank.
    String,
    /// A signed 64-bit whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
}

impl ExtraKey {
    pub(super) fn default_value(&self) -> Option<Value> {
        let value = serde_json::from_str(self.default?);
        Some(value.unwrap_or_else(|_| panic!("the default of `{}` is not JSON", self.name)))
    }
}

/// Every known key with its default, null if it has none, in the order of the documentation.
pub(super) fn defaults(shared: &Defaults, extra: &[ExtraKey]) -> Map<String, Value> {
    let shared = [
        (API_BASE, json!(shared.api_base)),
        (API_KEY_ENV, json!(shared.api_key_env)),
        (API_KEY_FILE, Value::Null),
        (MAX_CONCURRENT_SANDBOXES, json!(SANDBOXES.default)),
        (DEFAULT_IDLE_TIMEOUT_SECS, json!(IDLE_SECS.default)),
        (IMAGE_ALLOWLIST, json!([])),
        (IMAGES, json!({})),
        (ALLOW_PROVIDER_IMAGES, json!(false)),
        (OWNER, json!(DEFAULT_OWNER)),
        (REQUEST_TIMEOUT_SECS, json!(REQUEST_SECS.default)),
        (READY_TIMEOUT_SECS, json!(READY_SECS.default)),
        (DEFAULT_EXEC_TIMEOUT_SECS, json!(EXEC_SECS.default)),
        (MAX_CONCURRENT_REQUESTS, json!(requests_for(SANDBOXES.default))),
        (MAX_EXEC_PER_SANDBOX, json!(EXEC_PER_SANDBOX.default)),
        (MAX_RESPONSE_BYTES, json!(RESPONSE_BYTES.default)),
        (MAX_OUTPUT_BYTES, json!(OUTPUT_BYTES.default)),
        (ALLOW_FOREIGN, json!(false)),
        (FUNCTIONS, json!([])),
    ];
    let extra = extra
        .iter()
        .map(|key| (key.name, key.default_value().unwrap_or(Value::Null)));
    shared
        .into_iter()
        .chain(extra)
        .map(|(key, default)| (key.to_owned(), default))
        .collect()
}
