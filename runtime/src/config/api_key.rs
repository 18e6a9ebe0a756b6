//! The API key: from the environment, or from a file that was read with the configuration.

use std::env::{self, VarError};

use secrecy::SecretString;

use super::Config;

/// What the first of the environment variables named by `api_key_env` holds that holds something, or the file named by
/// `api_key_file`.
#[derive(Debug)]
pub enum ApiKey {
    /// A key, without the blanks and line ends around it.
    Present(SecretString),
    /// The variables are absent or blank.
    Missing,
    /// It cannot be a key: control characters or anything but ASCII within.
    Malformed,
}

impl Config {
    /// The API key. A worker runs without one too, and answers calls with S503.
    pub fn api_key(&self) -> ApiKey {
        match &self.api_key_file {
            Some(file) => ApiKey::Present(file.key.clone()),
            None => self.key_in_environment(),
        }
    }

    /// What the variables hold, whether they are asked or not.
    pub(crate) fn key_in_environment(&self) -> ApiKey {
        match self.key_variable() {
            Some(variable) => held_by(variable),
            None => ApiKey::Missing,
        }
    }

    /// The variable that counts: the first that holds something.
    pub(crate) fn key_variable(&self) -> Option<&str> {
        let mut variables = self.api_key_env.iter();
        let is_set = |variable: &&String| !matches!(held_by(variable), ApiKey::Missing);
        variables.find(is_set).map(String::as_str)
    }
}

fn held_by(variable: &str) -> ApiKey {
    match env::var(variable) {
        Ok(value) => SecretString::from(value).into(),
        Err(VarError::NotPresent) => ApiKey::Missing,
        Err(VarError::NotUnicode(_)) => ApiKey::Malformed,
    }
}

impl From<SecretString> for ApiKey {
    fn from(value: SecretString) -> Self {
        use secrecy::ExposeSecret;

        // Files mounted as secrets end in a line end more often than not.
        let key = value.expose_secret().trim();
        if key.is_empty() {
            return ApiKey::Missing;
        }
        if key.chars().any(|c| !c.is_ascii() || c.is_ascii_control()) {
            return ApiKey::Malformed;
        }
        ApiKey::Present(SecretString::from(key))
    }
}
