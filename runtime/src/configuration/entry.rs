//! The worker's entry at the `configuration` worker.

use std::{
    env,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::time::sleep;

use crate::{
    engine::{Caller, Unanswered},
    manifest::Package,
};

/// Set by `iii compose`, to the entry that it has made for this worker.
const NAME: &str = "III_CONFIG_NAME";

const LIMIT: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// What a `configuration` worker refuses with that knows no such entry, or has no value in it.
const NO_VALUE: [&str; 2] = ["NOT_FOUND", "NOT_REGISTERED"];

/// What it refuses with that does not take a value for the schema's sake.
const NOT_AS_THE_SCHEMA: &str = "SCHEMA_INVALID";

pub(super) struct Entry {
    caller: Caller,
    id: String,
    /// What it is registered with.
    description: Map<String, Value>,
    known: Mutex<Known>,
}

/// What the `configuration` worker has been told.
#[derive(Clone, Debug)]
struct Known {
    is_published: bool,
    /// What the entry is to say at first. It is said once: whoever takes it back means that.
    seed: Option<Value>,
}

/// Why an entry cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The engine has no `configuration` worker.
    NoWorker,
    /// It refuses, with this code.
    Refused(String),
    /// It does not answer.
    Silence,
    /// It answers something else than an entry.
    Unreadable,
}

impl From<Unanswered> for Trouble {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Silence => Self::Silence,
            refused if refused.is_unknown_function() => Self::NoWorker,
            Unanswered::Refused(code) => Self::Refused(code),
        }
    }
}

/// The id of a worker's entry.
pub(super) fn id(package: &Package) -> String {
    let named = env::var(NAME).unwrap_or_default();
    match named.trim() {
        "" => package.name.to_owned(),
        named => named.to_owned(),
    }
}

impl Entry {
    pub fn new(caller: Caller, package: &Package, schema: &Value, seed: Option<Value>) -> Self {
        let id = id(package);
        let description = json!({
            "id": id,
            "name": package.name,
            "description": package.description,
            "schema": schema,
            "metadata": {"ui_form": package.name},
        });
        let Value::Object(description) = description else {
            unreachable!("it is written as one");
        };
        Self {
            caller,
            id,
            description,
            known: Mutex::new(Known {
                is_published: false,
                seed,
            }),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it says, with all that is filled in; `None` if it has no value. If the `configuration` worker does not know it
    /// yet, it is told its schema and, once, its first value.
    ///
    /// # Errors
    /// It is not to be had.
    pub async fn value(&self) -> Result<Option<Value>, Trouble> {
        let Known { is_published, seed } = self.known();
        if !is_published {
            self.publish(seed.as_ref()).await?;
            self.knows(true);
        }
        let found = self.get(json!({"id": self.id})).await;
        if !matches!(found, Ok(Some(_))) {
            // It may be another one by now, which has forgotten.
            self.knows(false);
        }
        found
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn knows(&self, is_published: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_published = is_published;
        known.seed = known.seed.take().filter(|_| !is_published);
    }

    async fn publish(&self, seed: Option<&Value>) -> Result<(), Trouble> {
        match self.ensure(seed).await {
            Err(Trouble::Refused(code)) if code == NOT_AS_THE_SCHEMA && seed.is_some() => {
                tracing::warn!(
                    entry = self.id,
                    "the configuration worker does not take what the file says"
                );
                self.ensure(None).await
            }
            // It is there, and older than this function.
            Err(Trouble::NoWorker) => self.register(seed).await,
            done => done,
        }
    }

    async fn ensure(&self, seed: Option<&Value>) -> Result<(), Trouble> {
        self.call("configuration::ensure", self.described(seed)).await.map(drop)
    }

    /// A registration with a value would overwrite one that is there.
    async fn register(&self, seed: Option<&Value>) -> Result<(), Trouble> {
        let stored = self.get(json!({"id": self.id, "raw": true})).await?;
        let described = self.described(seed.filter(|_| stored.is_none()));
        self.call("configuration::register", described).await.map(drop)
    }

    fn described(&self, seed: Option<&Value>) -> Value {
        let mut described = self.description.clone();
        if let Some(seed) = seed {
            described.insert("initial_value".to_owned(), seed.clone());
        }
        Value::Object(described)
    }

    async fn get(&self, request: Value) -> Result<Option<Value>, Trouble> {
        match self.call("configuration::get", request).await {
            Ok(Value::Object(mut answer)) => match answer.remove("value") {
                Some(value) => Ok(Some(value).filter(|value| !value.is_null())),
                None => Err(Trouble::Unreadable),
            },
            Ok(_) => Err(Trouble::Unreadable),
            Err(Trouble::Refused(code)) if NO_VALUE.contains(&code.as_str()) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Calls the `configuration` worker, and again if it does not answer.
    async fn call(&self, function: &str, payload: Value) -> Result<Value, Trouble> {
        let mut tries = 1;
        loop {
            match self.caller.call(function, payload.clone(), LIMIT).await {
                Err(Unanswered::Silence) if tries < TRIES => sleep(PAUSE * tries).await,
                answered => return answered.map_err(Trouble::from),
            }
            tries += 1;
        }
    }
}
