//! A configuration as an operator may see it: the keys in force, and none of its secrets.

use serde_json::{Map, Value, json};

use super::{CatalogImage, Config, keys};

impl Config {
    /// Every key with the value that is in force, in the order of the documentation. Of the API key it has where that comes
    /// from, and no more.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let file = self.api_key_file.as_ref();
        let shown = [
            (keys::API_BASE, json!(self.base_url())),
            (keys::API_KEY_ENV, json!(self.api_key_env)),
            (keys::API_KEY_FILE, json!(file.map(|file| file.path.to_string_lossy()))),
            (keys::MAX_CONCURRENT_SANDBOXES, json!(self.max_concurrent_sandboxes)),
            (keys::DEFAULT_IDLE_TIMEOUT_SECS, json!(self.default_idle_timeout_secs)),
            (keys::IMAGE_ALLOWLIST, json!(self.image_allowlist)),
            (keys::IMAGES, self.images.iter().map(image).collect()),
            (keys::ALLOW_PROVIDER_IMAGES, json!(self.allow_provider_images)),
            (keys::OWNER, json!(self.owner)),
            (keys::REQUEST_TIMEOUT_SECS, json!(self.request_timeout.as_secs())),
            (keys::READY_TIMEOUT_SECS, json!(self.ready_timeout.as_secs())),
            (keys::DEFAULT_EXEC_TIMEOUT_SECS, json!(self.default_exec_timeout_secs)),
            (keys::MAX_CONCURRENT_REQUESTS, json!(self.max_concurrent_requests)),
            (keys::MAX_EXEC_PER_SANDBOX, json!(self.max_exec_per_sandbox)),
            (keys::MAX_RESPONSE_BYTES, json!(self.max_response_bytes)),
            (keys::MAX_OUTPUT_BYTES, json!(self.max_output_bytes)),
            (keys::ALLOW_FOREIGN, json!(self.allow_foreign)),
            (keys::FUNCTIONS, json!(self.functions)),
        ];
        let shown = shown.into_iter().map(|(key, value)| (key.to_owned(), value));
        shown.chain(self.extra.clone()).collect()
    }
}

fn image((name, image): (&String, &CatalogImage)) -> (String, Value) {
    let shown = match image.max {
        None => json!(image.image),
        Some(max) => json!({"image": image.image, "max": max}),
    };
    (name.clone(), shown)
}
