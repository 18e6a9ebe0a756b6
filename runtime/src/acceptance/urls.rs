//! The URL of a port: whoever has it reaches what listens there.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{Trying, sandbox::shown, table::Problem};
use crate::provider::Api;

const SERVE: &str = include_str!("serve.sh");

/// The exit code of [`SERVE`] where the image has nothing that can serve.
const NOTHING_SERVES: i64 = 3;

/// A text that no other page has.
const PAGE: &str = "this page is served by a sandbox that is being tried";

/// Ports that every provider can expose.
const PORTS: std::ops::Range<u16> = 3000..10_000;

/// How long the way to a port may take to open.
const SERVED_WITHIN: Duration = Duration::from_secs(20);

const AGAIN_AFTER: Duration = Duration::from_millis(500);

impl<C: Api> Trying<C> {
    pub(super) async fn url(&self, sandbox: &str) {
        if !self.caller.has("expose_port") {
            return;
        }
        let port = fastrand::u16(PORTS);
        let exposed = self
            .table
            .check("expose_port", "a URL that answers, the same twice", async {
                let serves = self.serve(sandbox, port).await?;
                let payload = json!({"sandbox_id": sandbox, "port": port});
                let url = self.call("expose_port", payload.clone()).await?["url"].clone();
                let again = self.call("expose_port", payload).await?["url"].clone();
                if again != url {
                    return Err(format!("it is {}, and asked again {}", shown(&url), shown(&again)));
                }
                let url = url.as_str().unwrap_or_default();
                match serves {
                    true => self.url_answers(url).await,
                    false => {
                        self.table
                            .remark("the image has nothing that could serve, so the URL was not requested");
                        Ok(())
                    }
                }
            });
        exposed.await;
    }

    /// Whether something listens at the port of the sandbox now.
    async fn serve(&self, sandbox: &str, port: u16) -> Result<bool, Problem> {
        if !self.caller.has("exec") {
            return Ok(false);
        }
        let args = ["-c", SERVE, "sh", PAGE, &port.to_string()];
        let ran = self.exec(sandbox, json!({"cmd": "sh", "args": args})).await?;
        match ran["exit_code"].as_i64() {
            Some(0) => Ok(true),
            Some(NOTHING_SERVES) => Ok(false),
            _ => Err(format!(
                "a server could not be started in the sandbox: exit code {}",
                ran["exit_code"]
            )),
        }
    }

    async fn url_answers(&self, url: &str) -> Result<(), Problem> {
        let began = Instant::now();
        loop {
            let found = self.page(url).await;
            if found.is_ok() || began.elapsed() > SERVED_WITHIN {
                return found;
            }
            sleep(AGAIN_AFTER).await;
        }
    }

    /// Asks as anybody would, without the key.
    async fn page(&self, url: &str) -> Result<(), Problem> {
        let asked = self.worker.http().get(url).timeout(SERVED_WITHIN).send().await;
        let mut answer = asked.map_err(|error| match error.is_builder() {
            true => "the URL is none".to_owned(),
            false => "the URL does not answer".to_owned(),
        })?;
        let status = answer.status().as_u16();
        // What the page begins with is enough, whatever follows.
        let begin = answer.chunk().await.ok().flatten().unwrap_or_default();
        match begin.starts_with(PAGE.as_bytes()) {
            true => Ok(()),
            false => Err(format!("the URL answers {status}, and not what the sandbox serves")),
        }
    }
}
