//! Values of an invocation: what generated code reads of the configuration and of the sandbox, and what it makes of values
//! whose type is not certain.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Call;
use crate::{error::Error, input::is_path_segment, provider::Api, value::Fits};

impl<C: Api> Call<C> {
    /// The tag of this deployment.
    pub fn owner(&self) -> &str {
        &self.config().owner
    }

    /// The URL of the provider's API.
    pub fn api_base(&self) -> &str {
        self.config().base_url()
    }

    /// The configuration key `default_idle_timeout_secs`.
    pub fn default_idle_timeout_secs(&self) -> u64 {
        self.config().default_idle_timeout_secs
    }

    /// The configuration key `max_concurrent_sandboxes`.
    pub fn max_concurrent_sandboxes(&self) -> u64 {
        self.config().max_concurrent_sandboxes.into()
    }

    /// The configuration key `request_timeout_secs`.
    pub fn request_timeout_secs(&self) -> u64 {
        self.config().request_timeout.as_secs()
    }

    /// The configuration key `ready_timeout_secs`.
    pub fn ready_timeout_secs(&self) -> u64 {
        self.config().ready_timeout.as_secs()
    }

    /// The configuration key `default_exec_timeout_secs`, unless no caller of the family runs the program.
    pub fn default_exec_timeout_secs(&self) -> u64 {
        let configured = self.config().default_exec_timeout_secs;
        self.allowance().map_or(configured, |allowed| allowed.time.as_secs())
    }

    /// How many milliseconds a program may run: as its caller has asked, else as it is configured.
    pub(crate) fn exec_timeout_ms(&self, asked: Option<u64>) -> u64 {
        asked.unwrap_or_else(|| self.default_exec_timeout_secs() * 1000)
    }

    /// The configuration key `max_output_bytes`, unless no caller of the family runs the program.
    pub fn max_output_bytes(&self) -> u64 {
        let configured = self.config().max_output_bytes;
        self.allowance().map_or(configured, |allowed| allowed.output_bytes) as u64
    }

    /// The value of a configuration key that the mapping declares, if it has one.
    pub fn declared<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.config().extra.get(key)?;
        T::deserialize(value).ok()
    }

    /// The optional functions that this worker has.
    pub fn capabilities(&self) -> Vec<String> {
        let worker = self.worker();
        let offered = worker.provider.capabilities.iter();
        offered
            .filter(|(_, functions)| functions.iter().all(|function| worker.offers(function)))
            .map(|(tag, _)| (*tag).to_owned())
            .collect()
    }

    /// What an operator makes of an input.
    ///
    /// # Errors
    /// S001: the input is in no notation that the operator reads.
    pub fn of_input<T>(&self, input: &str, operator: &str, made: Result<T, Error>) -> Result<T, Error> {
        made.map_err(|_| Error::bad_input(input, &format!("is nothing that `{operator}` can read")))
    }

    /// The path that an input makes.
    ///
    /// # Errors
    /// S001: a segment of it would be taken for something else.
    pub fn path_of_input<T>(&self, input: &str, made: Result<T, Error>) -> Result<T, Error> {
        let problem = "must be a path of up to 4096 bytes, without control characters and empty segments, `.` and `..`";
        made.map_err(|_| Error::bad_input(input, problem))
    }

    /// The id of the sandbox that the function acts on, as the provider spells it where it was looked at; empty where it acts
    /// on none.
    pub fn sandbox_id(&self) -> &str {
        self.sandbox().unwrap_or_default()
    }

    /// The status that a step was answered with, if it was made and its status is asked for.
    pub fn status(&self, step: &str) -> Option<i64> {
        self.statuses().get(step).map(|status| i64::from(*status))
    }

    /// What is kept of the sandbox that the function acts on; null where nothing is.
    pub fn fact(&self, name: &str) -> Value {
        self.facts().get(name).cloned().unwrap_or_default()
    }

    /// The sandboxes that an answer lists, where the client has no type for it. None at all is no list.
    pub fn items(&self, value: Value) -> Result<Vec<Value>, Error> {
        match value {
            Value::Array(items) => Ok(items),
            _ => Err(Error::unreadable("it gives no list of sandboxes")),
        }
    }

    /// A request's argument of the type that the client takes.
    pub fn give<T>(&self, name: &str, value: impl Fits<T>) -> Result<T, Error> {
        let unusable = || Error::unreadable(format_args!("there is no usable value for `{name}`"));
        value.fit().ok_or_else(unusable)
    }

    /// An id that becomes one segment of a path, and stays one.
    pub fn segment(&self, name: &str, value: impl Fits<String>) -> Result<String, Error> {
        let id = value.fit().filter(|text: &String| is_path_segment(text));
        id.ok_or_else(|| Error::unreadable(format_args!("`{name}` cannot be part of a path")))
    }

    /// A field of the function's answer.
    pub fn answer<T>(&self, name: &str, value: impl Fits<T>) -> Result<T, Error> {
        let unusable = || Error::unreadable(format_args!("it gives no usable `{name}`"));
        value.fit().ok_or_else(unusable)
    }

    /// The items of a list that has no type.
    pub fn list(&self, items: Value) -> Result<Vec<Value>, Error> {
        match items {
            Value::Array(items) => Ok(items),
            _ => Err(Error::unreadable("there is no list to go through")),
        }
    }
}
