//! Positioned keys and values become a checked [`Config`].
//!
//! Keys are taken in the order of the file, so the first mistake in the file is the one that is reported.

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use serde_json::Map;
use url::Url;

use super::document::{Entry, Node, Value, on_line, shown};
use super::keys::{self, WholeNumber};
use super::problem::Problem;
use super::values::{self, OWNER_RULE, is_owner, wanted};
use super::{Config, Defaults, ExtraKey, catalog, key_file};

const NAMESPACE: &str = "III_NAMESPACE";

/// In the name of an unknown key: somebody is about to write a secret into the file.
const SECRET_WORDS: [&str; 6] = ["key", "token", "secret", "password", "bearer", "credential"];

/// Checks what a configuration says, which leaves out what is to be as it is by default.
pub(super) fn read(entries: &[Entry], defaults: &Defaults, extra: &[ExtraKey]) -> Result<Config, Problem> {
    let known = keys::defaults(defaults, extra);
    let mut config = with_defaults(defaults, extra);
    for entry in entries {
        let problem = match known.contains_key(&entry.key) {
            true => set(&mut config, entry, defaults, extra).err(),
            false => Some(unknown(&entry.key, &known)),
        };
        if let Some(problem) = problem {
            return Err(problem.of_key(shown(&entry.key)).on_line(entry.line));
        }
    }
    one_source_of_the_key(entries)?;
    let is_missing = |key: &&ExtraKey| key.required && !config.extra.contains_key(key.name);
    config.missing = extra.iter().filter(is_missing).map(|key| key.name).collect();
    let names = |key: &str| entries.iter().any(|entry| entry.key == key);
    if !names(keys::MAX_CONCURRENT_REQUESTS) {
        config.max_concurrent_requests = keys::requests_for(config.max_concurrent_sandboxes);
    }
    if !names(keys::OWNER) {
        config.owner = owner_of(&env::var(NAMESPACE).unwrap_or_default())?;
    }
    config.max_output_bytes = output_bytes(&config, entries)?;
    Ok(config)
}

/// Whether a configuration has every key that the provider needs.
pub(super) fn complete(config: &Config) -> Result<(), Problem> {
    config.missing.first().map_or(Ok(()), |key| {
        Err(Problem::new("is missing: this provider needs it in the configuration").of_key(*key))
    })
}

/// Who names both may think that the other one counts.
fn one_source_of_the_key(entries: &[Entry]) -> Result<(), Problem> {
    let is_source = |entry: &&Entry| [keys::API_KEY_ENV, keys::API_KEY_FILE].contains(&entry.key.as_str());
    let sources: Vec<_> = entries.iter().filter(is_source).collect();
    let [first, second] = sources[..] else {
        return Ok(());
    };
    let text = format!(
        "cannot be set beside `{}`{}: the API key is in a file or in the environment",
        first.key,
        on_line(", which is", first.line)
    );
    Err(Problem::new(text).of_key(second.key.clone()).on_line(second.line))
}

/// What is configured must fit into an answer; a default is made to.
fn output_bytes(config: &Config, entries: &[Entry]) -> Result<usize, Problem> {
    let (bytes, room) = (config.max_output_bytes, keys::output_room(config.max_response_bytes));
    match entries.iter().find(|entry| entry.key == keys::MAX_OUTPUT_BYTES) {
        Some(entry) if bytes > room => {
            let (key, limit) = (keys::MAX_RESPONSE_BYTES, config.max_response_bytes);
            let text = format!(
                "must be at most {room}, got {bytes}: two streams have to fit into an answer, and {key} is {limit}"
            );
            Err(Problem::new(text).of_key(keys::MAX_OUTPUT_BYTES).on_line(entry.line))
        }
        _ => Ok(bytes.min(room)),
    }
}

/// The keys of a document, whether they stand at the top or under `config:`.
pub(super) fn entries(root: Node) -> Result<Vec<Entry>, Problem> {
    let mut entries = mapping(root)?;
    let Some(at) = entries.iter().position(|entry| entry.key == "config") else {
        return Ok(entries);
    };
    let wrapper = entries.remove(at);
    if let Some(stray) = entries.first() {
        let text = format!("must be under `config:`{}", on_line(", which is", wrapper.line));
        return Err(Problem::new(text).of_key(shown(&stray.key)).on_line(stray.line));
    }
    mapping(wrapper.value).map_err(|problem| problem.of_key("config"))
}

fn mapping(node: Node) -> Result<Vec<Entry>, Problem> {
    match node.value {
        Value::Mapping(entries) => Ok(entries),
        Value::Nothing => Ok(Vec::new()),
        other => Err(wanted("must be a mapping of keys to values", &other).on_line(node.line)),
    }
}

fn with_defaults(defaults: &Defaults, extra: &[ExtraKey]) -> Config {
    let extra = extra
        .iter()
        .filter_map(|key| Some((key.name.to_owned(), key.default_value()?)));
    Config {
        api_base: Url::parse(defaults.api_base).expect("the provider's own address"),
        api_key_env: vec![defaults.api_key_env.to_owned()],
        api_key_file: None,
        max_concurrent_sandboxes: keys::SANDBOXES.default,
        default_idle_timeout_secs: keys::IDLE_SECS.default,
        image_allowlist: Vec::new(),
        images: BTreeMap::new(),
        allow_provider_images: false,
        owner: keys::DEFAULT_OWNER.to_owned(),
        request_timeout: Duration::from_secs(keys::REQUEST_SECS.default),
        ready_timeout: Duration::from_secs(keys::READY_SECS.default),
        default_exec_timeout_secs: keys::EXEC_SECS.default,
        max_concurrent_requests: keys::requests_for(keys::SANDBOXES.default),
        max_exec_per_sandbox: keys::EXEC_PER_SANDBOX.default,
        max_response_bytes: keys::RESPONSE_BYTES.default,
        max_output_bytes: keys::OUTPUT_BYTES.default,
        allow_foreign: false,
        functions: Vec::new(),
        extra: extra.collect(),
        missing: Vec::new(),
    }
}

fn set(config: &mut Config, entry: &Entry, defaults: &Defaults, extra: &[ExtraKey]) -> Result<(), Problem> {
    let value = &entry.value.value;
    let seconds = |number: WholeNumber<u64>| number.read(value).map(Duration::from_secs);
    match entry.key.as_str() {
        keys::API_BASE => config.api_base = values::api_base(value)?,
        keys::API_KEY_ENV => config.api_key_env = values::variable_names(value)?,
        keys::API_KEY_FILE => config.api_key_file = Some(key_file::read(value)?),
        keys::MAX_CONCURRENT_SANDBOXES => {
            config.max_concurrent_sandboxes = keys::SANDBOXES.read(value)?;
        }
        keys::DEFAULT_IDLE_TIMEOUT_SECS => {
            config.default_idle_timeout_secs = keys::IDLE_SECS.read(value)?;
        }
        keys::IMAGE_ALLOWLIST => config.image_allowlist = values::images(value)?,
        keys::IMAGES => config.images = catalog::read(value)?,
        keys::ALLOW_PROVIDER_IMAGES => config.allow_provider_images = values::flag(value)?,
        keys::OWNER => config.owner = values::owner(value)?,
        keys::REQUEST_TIMEOUT_SECS => config.request_timeout = seconds(keys::REQUEST_SECS)?,
        keys::READY_TIMEOUT_SECS => config.ready_timeout = seconds(keys::READY_SECS)?,
        keys::DEFAULT_EXEC_TIMEOUT_SECS => {
            config.default_exec_timeout_secs = keys::EXEC_SECS.read(value)?;
        }
        keys::MAX_CONCURRENT_REQUESTS => config.max_concurrent_requests = keys::REQUESTS.read(value)?,
        keys::MAX_EXEC_PER_SANDBOX => config.max_exec_per_sandbox = keys::EXEC_PER_SANDBOX.read(value)?,
        keys::MAX_RESPONSE_BYTES => config.max_response_bytes = keys::RESPONSE_BYTES.read(value)?,
        keys::MAX_OUTPUT_BYTES => config.max_output_bytes = keys::OUTPUT_BYTES.read(value)?,
        keys::ALLOW_FOREIGN => config.allow_foreign = values::flag(value)?,
        keys::FUNCTIONS => config.functions = values::functions(value, defaults.optional)?,
        key => {
            if let Some(declared) = extra.iter().find(|declared| declared.name == key) {
                config.extra.insert(key.to_owned(), declared.read(value)?);
            }
        }
    }
    Ok(())
}

/// Deployments of one account are usually told apart by their namespace.
fn owner_of(namespace: &str) -> Result<String, Problem> {
    match namespace.trim() {
        "" => Ok(keys::DEFAULT_OWNER.to_owned()),
        owner if is_owner(owner) => Ok(owner.to_owned()),
        _ => {
            let text = format!("is {NAMESPACE} unless it is set, and {OWNER_RULE}");
            Err(Problem::new(text).of_key(keys::OWNER))
        }
    }
}

fn unknown(key: &str, known: &Map<String, serde_json::Value>) -> Problem {
    let lower = key.to_lowercase();
    if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
        return Problem::new(format!(
            "is not a known key; `{}` takes the NAME of the environment variable that holds the API key, and no key \
             belongs here",
            keys::API_KEY_ENV
        ));
    }
    let known: Vec<&str> = known.keys().map(String::as_str).collect();
    let similarity = |known: &str| strsim::jaro_winkler(known, &lower);
    let nearest = known
        .iter()
        .max_by(|a, b| similarity(a).total_cmp(&similarity(b)))
        .filter(|nearest| similarity(nearest) >= 0.82);
    match nearest {
        Some(nearest) => Problem::new(format!("is not a known key; did you mean `{nearest}`?")),
        None => Problem::new(format!("is not a known key; known are {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_owner_of_a_deployment_that_names_none() {
        for (namespace, owner) in [("", "default"), (" ", "default"), ("team-a", "team-a")] {
            assert_eq!(owner_of(namespace).expect("an owner"), owner);
        }
        let refusal = owner_of("team/a").expect_err("a refusal").within("environment");
        assert_eq!(
            refusal.to_string(),
            "environment: owner: is III_NAMESPACE unless it is set, and must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -"
        );
    }
}
