//! Positioned keys and values become a checked [`Config`].
//!
//! Keys are taken in the order of the file, so the first mistake in the file is the one that is reported.

use std::env;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, json};
use url::Url;

use super::document::{self, Entry, Node, Value, shown};
use super::key_file;
use super::keys::{self, WholeNumber};
use super::problem::Problem;
use super::{Config, Defaults, ExtraKey, ExtraKind, Optional};

const URL_RULE: &str = "must be an http or https URL with a host and without user, query or fragment";
const ENV_RULE: &str = "must be the NAME of an environment variable (A-Z, 0-9 and _), never the key itself";
const ALLOWLIST_RULE: &str = "must be a list of image names";
const TEXT_RULE: &str = "must be text that is not blank";
const OWNER_RULE: &str = "must be text of 1 to 64 of A-Z a-z 0-9 . _ ~ -";
const NAMESPACE: &str = "III_NAMESPACE";

/// In the name of an unknown key: somebody is about to write a secret into the file.
const SECRET_WORDS: [&str; 6] = ["key", "token", "secret", "password", "bearer", "credential"];

pub(super) fn read(text: &str, defaults: &Defaults, extra: &[ExtraKey]) -> Result<Config, Problem> {
    let entries = unwrap(document::parse(text)?)?;
    let known = keys::defaults(defaults, extra);
    let mut config = with_defaults(defaults, extra);
    for entry in &entries {
        let problem = match known.contains_key(&entry.key) {
            true => set(&mut config, entry, defaults, extra).err(),
            false => Some(unknown(&entry.key, &known)),
        };
        if let Some(problem) = problem {
            return Err(problem.of_key(shown(&entry.key)).on_line(entry.line));
        }
    }
    one_source_of_the_key(&entries)?;
    for key in extra.iter().filter(|key| key.required) {
        key.is_given(&config)?;
    }
    let names = |key: &str| entries.iter().any(|entry| entry.key == key);
    if !names(keys::MAX_CONCURRENT_REQUESTS) {
        config.max_concurrent_requests = keys::requests_for(config.max_concurrent_sandboxes);
    }
    if !names(keys::OWNER) {
        config.owner = owner_of(&env::var(NAMESPACE).unwrap_or_default())?;
    }
    config.max_output_bytes = output_bytes(&config, &entries)?;
    Ok(config)
}

/// Who names both may think that the other one counts.
fn one_source_of_the_key(entries: &[Entry]) -> Result<(), Problem> {
    let is_source = |entry: &&Entry| [keys::API_KEY_ENV, keys::API_KEY_FILE].contains(&entry.key.as_str());
    let sources: Vec<_> = entries.iter().filter(is_source).collect();
    let [first, second] = sources[..] else {
        return Ok(());
    };
    let text = format!(
        "cannot be set beside `{}`, which is on line {}: the API key is in a file or in the environment",
        first.key, first.line
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

/// The keys, whether they stand at the top or under `config:`.
fn unwrap(root: Node) -> Result<Vec<Entry>, Problem> {
    let mut entries = mapping(root)?;
    let Some(at) = entries.iter().position(|entry| entry.key == "config") else {
        return Ok(entries);
    };
    let wrapper = entries.remove(at);
    if let Some(stray) = entries.first() {
        let text = format!("must be under `config:`, which is on line {}", wrapper.line);
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
        api_key_env: defaults.api_key_env.to_owned(),
        api_key_file: None,
        max_concurrent_sandboxes: keys::SANDBOXES.default,
        default_idle_timeout_secs: keys::IDLE_SECS.default,
        image_allowlist: Vec::new(),
        owner: keys::DEFAULT_OWNER.to_owned(),
        request_timeout: Duration::from_secs(keys::REQUEST_SECS.default),
        ready_timeout: Duration::from_secs(keys::READY_SECS.default),
        default_exec_timeout_secs: keys::EXEC_SECS.default,
        max_concurrent_requests: keys::requests_for(keys::SANDBOXES.default),
        max_response_bytes: keys::RESPONSE_BYTES.default,
        max_output_bytes: keys::OUTPUT_BYTES.default,
        allow_foreign: false,
        functions: Vec::new(),
        extra: extra.collect(),
    }
}

fn set(config: &mut Config, entry: &Entry, defaults: &Defaults, extra: &[ExtraKey]) -> Result<(), Problem> {
    let value = &entry.value.value;
    let seconds = |number: WholeNumber<u64>| number.read(value).map(Duration::from_secs);
    match entry.key.as_str() {
        keys::API_BASE => config.api_base = api_base(value)?,
        keys::API_KEY_ENV => config.api_key_env = variable_name(value)?,
        keys::API_KEY_FILE => config.api_key_file = Some(key_file::read(value)?),
        keys::MAX_CONCURRENT_SANDBOXES => {
            config.max_concurrent_sandboxes = keys::SANDBOXES.read(value)?;
        }
        keys::DEFAULT_IDLE_TIMEOUT_SECS => {
            config.default_idle_timeout_secs = keys::IDLE_SECS.read(value)?;
        }
        keys::IMAGE_ALLOWLIST => config.image_allowlist = images(value)?,
        keys::OWNER => config.owner = owner(value)?,
        keys::REQUEST_TIMEOUT_SECS => config.request_timeout = seconds(keys::REQUEST_SECS)?,
        keys::READY_TIMEOUT_SECS => config.ready_timeout = seconds(keys::READY_SECS)?,
        keys::DEFAULT_EXEC_TIMEOUT_SECS => {
            config.default_exec_timeout_secs = keys::EXEC_SECS.read(value)?;
        }
        keys::MAX_CONCURRENT_REQUESTS => config.max_concurrent_requests = keys::REQUESTS.read(value)?,
        keys::MAX_RESPONSE_BYTES => config.max_response_bytes = keys::RESPONSE_BYTES.read(value)?,
        keys::MAX_OUTPUT_BYTES => config.max_output_bytes = keys::OUTPUT_BYTES.read(value)?,
        keys::ALLOW_FOREIGN => config.allow_foreign = flag(value)?,
        keys::FUNCTIONS => config.functions = functions(value, defaults.optional)?,
        key => {
            if let Some(declared) = extra.iter().find(|declared| declared.name == key) {
                config.extra.insert(key.to_owned(), declared.read(value)?);
            }
        }
    }
    Ok(())
}

fn wanted(rule: &str, found: &Value) -> Problem {
    Problem::new(format!("{rule}, got {}", found.describe()))
}

fn whole<T: FromStr>(value: &Value) -> Option<T> {
    match value {
        Value::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

impl<T: FromStr + PartialOrd + Display> WholeNumber<T> {
    fn read(&self, value: &Value) -> Result<T, Problem> {
        let is_allowed = |number: &T| *number >= self.min && *number <= self.max;
        whole(value).filter(is_allowed).ok_or_else(|| {
            let rule = format!("must be a whole number from {} to {}", self.min, self.max);
            wanted(&rule, value)
        })
    }
}

impl ExtraKey {
    fn is_given(&self, config: &Config) -> Result<(), Problem> {
        match config.extra.contains_key(self.name) {
            true => Ok(()),
            false => Err(Problem::new("is missing: this provider needs it in the configuration").of_key(self.name)),
        }
    }

    fn read(&self, value: &Value) -> Result<serde_json::Value, Problem> {
        let read = match (self.kind, value) {
            (ExtraKind::String, Value::Text(text)) if !text.trim().is_empty() => Some(json!(text)),
            (ExtraKind::Integer, _) => whole::<i64>(value).map(|number| json!(number)),
            (ExtraKind::Boolean, _) => return flag(value).map(|flag| json!(flag)),
            _ => None,
        };
        read.ok_or_else(|| wanted(self.kind.rule(), value))
    }
}

fn flag(value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Boolean(flag) => Ok(*flag),
        other => Err(wanted(ExtraKind::Boolean.rule(), other)),
    }
}

impl ExtraKind {
    fn rule(self) -> &'static str {
        match self {
            Self::String => TEXT_RULE,
            Self::Integer => "must be a whole number",
            Self::Boolean => "must be true or false",
        }
    }
}

fn api_base(value: &Value) -> Result<Url, Problem> {
    let Value::Text(text) = value else {
        return Err(wanted(URL_RULE, value));
    };
    // The parser mends what a browser would; an address that needs mending is a mistake here.
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let has_authority = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    let acceptable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Some(text)
        .filter(|_| is_plain && has_authority)
        .and_then(|text| Url::parse(text).ok())
        .filter(acceptable)
        .ok_or_else(|| Problem::new(URL_RULE))
}

/// Capitals only, though an environment takes more: it is what tells a name from a key pasted in its place, and the
/// name appears in messages.
fn variable_name(value: &Value) -> Result<String, Problem> {
    let Value::Text(text) = value else {
        return Err(wanted(ENV_RULE, value));
    };
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins_well = !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit());
    if begins_well && text.len() <= 64 && text.chars().all(is_allowed) {
        return Ok(text.clone());
    }
    Err(Problem::new(ENV_RULE))
}

fn images(value: &Value) -> Result<Vec<String>, Problem> {
    let Value::List(items) = value else {
        return Err(wanted(ALLOWLIST_RULE, value));
    };
    let image = |(index, item): (usize, &Node)| match &item.value {
        Value::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        other => {
            let rule = format!("item {} {TEXT_RULE}", index + 1);
            Err(wanted(&rule, other).on_line(item.line))
        }
    };
    items.iter().enumerate().map(image).collect()
}

/// Which of the optional functions are offered.
fn functions(value: &Value, optional: &[Optional]) -> Result<Vec<String>, Problem> {
    let names: Vec<&str> = optional.iter().map(|(name, _)| *name).collect();
    let rule = match names.as_slice() {
        [] => "must be an empty list: this worker has no optional functions".to_owned(),
        names => format!("must be a list of optional functions, which are {}", names.join(", ")),
    };
    let Value::List(items) = value else {
        return Err(wanted(&rule, value));
    };
    let function = |(index, item): (usize, &Node)| match &item.value {
        Value::Text(name) if names.contains(&name.as_str()) => Ok(name.clone()),
        _ => Err(Problem::new(format!("{rule}; item {} is none", index + 1)).on_line(item.line)),
    };
    items.iter().enumerate().map(function).collect()
}

fn owner(value: &Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) if is_owner(text) => Ok(text.clone()),
        Value::Text(_) => Err(Problem::new(OWNER_RULE)),
        other => Err(wanted(OWNER_RULE, other)),
    }
}

fn is_owner(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-');
    (1..=64).contains(&text.len()) && text.chars().all(is_allowed)
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
             belongs into this file",
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
