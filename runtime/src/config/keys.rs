//! The keys a configuration has: names, descriptions, defaults and bounds, each in one place.

use serde_json::{Map, Value, json};

use super::schema;
use super::{Defaults, Optional};

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
    /// What it means, in a sentence.
    pub description: &'static str,
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

/// A key that a configuration may have.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    /// What it means, for operators: in the schema, in the example file.
    pub(super) description: String,
    /// Null where it has none.
    pub(super) default: Value,
    /// Whether another one holds in some deployments, so that nobody is to write it down as the default.
    pub(super) varies: bool,
    /// JSON Schema of its value.
    pub(super) schema: Value,
    pub(super) required: bool,
}

impl Known {
    fn new(name: &'static str, default: Value, schema: Value, description: impl Into<String>) -> Self {
        Self {
            name,
            description: description.into(),
            default,
            varies: false,
            schema,
            required: false,
        }
    }

    fn varying(self) -> Self {
        Self { varies: true, ..self }
    }
}

/// Every key that a configuration may have, in the order of the documentation.
pub(super) fn known(shared: &Defaults, extra: &[ExtraKey]) -> Vec<Known> {
    let mut known = vec![
        Known::new(
            API_BASE,
            json!(shared.api_base),
            schema::url(),
            "Base URL of the API: http or https.",
        ),
        Known::new(
            API_KEY_ENV,
            json!(shared.api_key_env),
            schema::variable_names(),
            "NAME of the environment variable that holds the API key, or a list of names, of which the first counts that \
             holds something. Without a key the worker runs and answers calls with S503.",
        ),
        Known::new(
            API_KEY_FILE,
            Value::Null,
            schema::text(),
            "Instead of that: path of a file that holds the API key and nothing else. It is read whenever the \
             configuration is.",
        ),
        Known::new(
            MAX_CONCURRENT_SANDBOXES,
            json!(SANDBOXES.default),
            schema::whole(&SANDBOXES),
            "Sandboxes that may run at a time, 1 to 10000; create and branch answer S400 beyond. A lower number ends none.",
        ),
        Known::new(
            DEFAULT_IDLE_TIMEOUT_SECS,
            json!(IDLE_SECS.default),
            schema::whole(&IDLE_SECS),
            "Idle lifetime in seconds of a sandbox created without idle_timeout_secs, 1 to 31536000.",
        ),
        Known::new(
            IMAGE_ALLOWLIST,
            json!([]),
            schema::texts(),
            "Images that create may start; with an empty list all of them.",
        ),
        Known::new(
            IMAGES,
            json!({}),
            schema::catalog(),
            "Catalog of the sandbox adapter: the names that its callers know, each with the id of an image, or with `image` \
             and `max`, the sandboxes of it that may run at a time.",
        ),
        Known::new(
            ALLOW_PROVIDER_IMAGES,
            json!(false),
            schema::flag(),
            "true lets callers of the sandbox adapter name images of the provider, too.",
        ),
        Known::new(
            OWNER,
            json!(DEFAULT_OWNER),
            schema::owner(),
            "Tag of everything this deployment starts; it sees nothing else. Default: the worker's namespace, else \
             \"default\".",
        )
        .varying(),
        Known::new(
            REQUEST_TIMEOUT_SECS,
            json!(REQUEST_SECS.default),
            schema::whole(&REQUEST_SECS),
            "Limit in seconds for one request to the API, 1 to 290.",
        ),
        Known::new(
            READY_TIMEOUT_SECS,
            json!(READY_SECS.default),
            schema::whole(&READY_SECS),
            "Limit in seconds for a new sandbox to become ready, 1 to 290.",
        ),
    ];
    known.extend(limits());
    known.push(Known::new(
        ALLOW_FOREIGN,
        json!(false),
        schema::flag(),
        "true lets calls act on sandboxes that this deployment did not start; they are neither listed nor counted.",
    ));
    known.push(Known::new(
        FUNCTIONS,
        json!([]),
        schema::functions(shared.optional),
        optional(shared.optional),
    ));
    known.extend(extra.iter().map(of_provider));
    known
}

fn limits() -> [Known; 5] {
    [
        Known::new(
            DEFAULT_EXEC_TIMEOUT_SECS,
            json!(EXEC_SECS.default),
            schema::whole(&EXEC_SECS),
            "Time in seconds of a program whose caller names no timeout_ms, 1 to 86400; then it is killed in the sandbox.",
        ),
        Known::new(
            MAX_CONCURRENT_REQUESTS,
            json!(requests_for(SANDBOXES.default)),
            schema::whole(&REQUESTS),
            "Requests to the API that are under way at a time, 16 to 20000; the rest wait. Default: twice \
             max_concurrent_sandboxes, at least 64.",
        )
        .varying(),
        Known::new(
            MAX_EXEC_PER_SANDBOX,
            json!(EXEC_PER_SANDBOX.default),
            schema::whole(&EXEC_PER_SANDBOX),
            "Programs that callers of the sandbox adapter may have under way in one sandbox, 1 to 64.",
        ),
        Known::new(
            MAX_RESPONSE_BYTES,
            json!(RESPONSE_BYTES.default),
            schema::whole(&RESPONSE_BYTES),
            "The largest answer of the API that is read, in bytes, 65536 to 62914560.",
        ),
        Known::new(
            MAX_OUTPUT_BYTES,
            json!(OUTPUT_BYTES.default),
            schema::whole(&OUTPUT_BYTES),
            "How much of each of a program's streams is answered, in bytes, from 1 to what max_response_bytes can carry \
             (5242538 at most); of a longer one the first and the last half. Without the key it is never more than \
             max_response_bytes can carry.",
        )
        .varying(),
    ]
}

fn of_provider(key: &ExtraKey) -> Known {
    let schema = match key.kind {
        ExtraKind::String => schema::text(),
        ExtraKind::Integer => schema::integer(),
        ExtraKind::Boolean => schema::flag(),
    };
    let default = key.default_value().unwrap_or(Value::Null);
    Known {
        required: key.required,
        ..Known::new(key.name, default, schema, key.description)
    }
}

/// What the key `functions` says: the names that it takes, and what they stand for.
fn optional(optional: &[Optional]) -> String {
    let offered = optional.iter().map(|(name, functions)| match functions {
        [function] if function == name => (*name).to_owned(),
        functions => format!("{name}, which is {}", functions.join(" and ")),
    });
    let offered: Vec<String> = offered.collect();
    match offered.is_empty() {
        true => "The optional functions to offer, of which this worker has none.".to_owned(),
        false => format!("The optional functions to offer: {}.", offered.join("; ")),
    }
}

/// Every known key with its default, null if it has none, in the order of the documentation.
pub(super) fn defaults(shared: &Defaults, extra: &[ExtraKey]) -> Map<String, Value> {
    let known = known(shared, extra).into_iter();
    known.map(|key| (key.name.to_owned(), key.default)).collect()
}
