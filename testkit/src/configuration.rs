//! What a worker says of its configuration, and the example file that is made of it.

use std::path::Path;

use serde_json::{Map, Value};

use crate::engine::{ConfigurationWorker, Engine};
use crate::worker::{Worker, run_to_end};

const HEAD: &str = "\
# Every key is optional; what is commented out is its default. All of them may also stand under one `config:` key.
# The API key does not belong here: it is read from the environment variable that api_key_env names, or from api_key_file.
";

/// The longest line of a comment.
const WIDTH: usize = 126;

/// The keys of a worker's configuration.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Their JSON Schemas, as the worker registers them with a `configuration` worker, in their order.
    pub properties: Map<String, Value>,
    /// Their defaults, as the worker's manifest has them.
    pub defaults: Map<String, Value>,
}

impl Keys {
    /// Asks the built worker `binary`, whose package is `name`.
    pub async fn of(binary: impl AsRef<Path>, name: &str) -> Self {
        let engine = Engine::start().await;
        engine.has_configuration(ConfigurationWorker::Current);
        let binary = binary.as_ref();
        let worker = Worker::builder(binary).url(&engine.url()).spawn().await;
        let registration = engine.registered_entry(name).await.registration;
        drop(worker);
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = run_to_end(binary, &["--manifest"], &[], folder.path()).await.stdout;
        let manifest: Value = serde_json::from_str(&manifest).expect("a manifest");
        let object = |value: &Value| value.as_object().cloned().expect("an object");
        Self {
            properties: object(&registration["schema"]["properties"]),
            defaults: object(&manifest["default_config"]),
        }
    }

    /// The text of `config.example.yaml`: each key under what it means, commented out, with its default.
    pub fn example(&self) -> String {
        let keys = self.properties.iter().map(|(key, schema)| self.described(key, schema));
        [HEAD.to_owned()].into_iter().chain(keys).collect::<Vec<_>>().join("\n")
    }

    fn described(&self, key: &str, schema: &Value) -> String {
        let description = schema["description"].as_str().unwrap_or_default();
        let default = self.defaults.get(key).map(|default| format!(" {}", yaml(default)));
        format!("{}# {key}:{}\n", comment(description), default.unwrap_or_default())
    }
}

/// What is so short that JSON is YAML, but for the quotes around plain text.
fn yaml(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn comment(text: &str) -> String {
    let mut lines = vec!["#".to_owned()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one from the beginning");
        match last.chars().count() + 1 + word.chars().count() <= WIDTH {
            true => last.extend([" ", word]),
            false => lines.push(format!("# {word}")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
