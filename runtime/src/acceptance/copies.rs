//! What is saved, and what is started from that.

use serde_json::{Value, json};

use super::{COPIES, IDLE_SECS, Trying, table::Problem};
use crate::provider::Api;

/// A file that copies have, too.
const MARK: &str = "tried-with-copies";

impl<C: Api> Trying<C> {
    pub(super) async fn copies(&self, sandbox: &str) {
        let marks = self.caller.has("exec");
        let has = |function: &str| self.caller.has(function);
        if marks && (has("snapshot") || has("branch")) {
            let mark = self.script(sandbox, "echo \"$1\" > \"$1\" && sync", &[MARK]);
            if self
                .table
                .check("exec", "a file that copies will have", mark)
                .await
                .is_none()
            {
                return;
            }
        }
        if has("snapshot") {
            self.snapshot(sandbox).await;
        }
        if has("branch") {
            self.branch(sandbox).await;
        }
    }

    async fn snapshot(&self, sandbox: &str) {
        let saved = self.table.check("snapshot", "of the sandbox", async {
            let saved = self.call("snapshot", json!({"sandbox_id": sandbox})).await?;
            text(&saved["snapshot_id"])
        });
        let Some(snapshot) = saved.await else { return };
        let started = self.table.check("create", "from that snapshot, with its files", async {
            let payload = json!({"image": snapshot, "idle_timeout_secs": IDLE_SECS});
            let created = self.call("create", payload).await?;
            let copy = text(&created["sandbox_id"])?;
            self.is_marked(&copy).await?;
            self.end(&copy).await
        });
        started.await;
    }

    async fn branch(&self, sandbox: &str) {
        let branched = self.table.check("branch", "two copies, each with the files", async {
            let payload = json!({"sandbox_id": sandbox, "count": COPIES});
            let copies = self.call("branch", payload).await?;
            let copies = copies["sandbox_ids"].as_array().cloned().unwrap_or_default();
            if copies.len() as u64 != COPIES {
                return Err(format!("{} copies were answered", copies.len()));
            }
            for copy in &copies {
                self.is_marked(&text(copy)?).await?;
            }
            for copy in &copies {
                self.end(&text(copy)?).await?;
            }
            Ok(())
        });
        branched.await;
    }

    async fn is_marked(&self, copy: &str) -> Result<(), Problem> {
        if !self.caller.has("exec") {
            return Ok(());
        }
        let found = self.script(copy, "cat \"$1\"", &[MARK]).await;
        match found.map_err(|problem| format!("the copy: {problem}"))?.trim() {
            MARK => Ok(()),
            _ => Err("the copy has another content in its files".to_owned()),
        }
    }
}

fn text(id: &Value) -> Result<String, Problem> {
    let id = id.as_str().filter(|id| !id.is_empty());
    id.map(str::to_owned)
        .ok_or_else(|| "there is no id in the answer".to_owned())
}
