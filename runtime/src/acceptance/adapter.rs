//! What the worker does as a sandbox adapter of the engine, by the names that callers of the engine's router know.
//!
//! Most of it is tried in the sandbox that is there already, which has a UUID, too. What only a new one shows takes two more,
//! one after the other.

mod files;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    IDLE_SECS, Trying,
    programs::{TIMEOUT, TORTURE, as_expected, refused},
    sandbox::{NO_IMAGE, UNKNOWN_IMAGE, UNKNOWN_SANDBOX, shown},
    table::Problem,
};
use crate::provider::Api;

/// The name of the image in the catalog.
pub(super) const IMAGE: &str = "tried";

/// How many sandboxes are started beside the one that is there.
pub(super) const OF_ADAPTER: u64 = 2;

/// What is tried, by the names that callers of the router know.
pub(super) const TRIED: [&str; 16] = [
    "sandbox::list",
    "sandbox::exec",
    "sandbox::fs::mkdir",
    "sandbox::fs::write",
    "sandbox::fs::read",
    "sandbox::fs::stat",
    "sandbox::fs::ls",
    "sandbox::fs::grep",
    "sandbox::fs::sed",
    "sandbox::fs::chmod",
    "sandbox::fs::mv",
    "sandbox::fs::rm",
    "sandbox::catalog::list",
    "sandbox::create",
    "sandbox::stop",
    "sandbox::run",
];

/// What is said of a sandbox that was there.
const STOPPED: &str = "S004";

/// What is said of a program that was killed after its time.
const KILLED: &str = "S200";

/// A text that no shell, and no program that works by lines, takes for itself.
const TEXT: &str = "first 'line'\nsecond $LINE \\n é\n\tthird line without an end";

impl<C: Api> Trying<C> {
    pub(super) async fn adapter(&self, sandbox: &str) {
        if !self.caller.adapts() {
            return;
        }
        let Some(uuid) = self.uuid_of(sandbox).await else {
            return;
        };
        self.adapted_programs(&uuid).await;
        self.adapted_files(&uuid).await;
        self.adapted_sandbox().await;
        self.adapted_run().await;
    }

    /// The id by which callers of the adapter know a sandbox.
    async fn uuid_of(&self, sandbox: &str) -> Option<String> {
        let listed = self.table.check("sandbox::list", "the sandbox, by a UUID", async {
            let listed = self.ask("sandbox::list", json!({})).await?;
            let mut rows = listed["sandboxes"].as_array().into_iter().flatten();
            let row = rows.find(|row| self.provided(&row["sandbox_id"]).as_deref() == Some(sandbox));
            let row = row.ok_or("the sandbox is not in it")?;
            as_expected(row, &[("image", json!(IMAGE)), ("stopped", json!(false))])?;
            Ok(row["sandbox_id"].as_str().unwrap_or_default().to_owned())
        });
        listed.await
    }

    /// The provider's id of a sandbox.
    fn provided(&self, uuid: &Value) -> Option<String> {
        let uuid = Uuid::try_parse(uuid.as_str()?).ok()?;
        let record = self.worker.records.find(self.worker.provider.name, uuid)?;
        Some(record.id)
    }

    async fn adapted_programs(&self, uuid: &str) {
        let script = "cat; printf '|%s|%s' \"$TRIED_WITH\" \"$(pwd)\"; exit 3";
        let program = json!({
            "sandbox_id": uuid, "cmd": "sh", "args": ["-c", script],
            "stdin": STANDARD.encode(TEXT), "env": {"TRIED_WITH": TORTURE[3]}, "workdir": "/",
        });
        let expected = [
            ("stdout", json!(format!("{TEXT}|{}|/", TORTURE[3]))),
            ("exit_code", json!(3)),
            ("success", json!(false)),
        ];
        self.expects("sandbox::exec", "what it is to read, and variables", program, &expected)
            .await;
        let program = json!({"sandbox_id": uuid, "cmd": "printf <%s> 'a  b' $HOME \"\""});
        let expected = [("stdout", json!("<a  b><$HOME><>")), ("success", json!(true))];
        self.expects("sandbox::exec", "a line, given to no shell", program, &expected)
            .await;
        let program = json!({"sandbox_id": uuid, "argv": ["sleep", "45"], "timeout_ms": TIMEOUT.as_millis()});
        self.refuses("sandbox::exec", "refused: its time is over", program, KILLED)
            .await;
    }

    async fn adapted_sandbox(&self) {
        let listed = self
            .table
            .check("sandbox::catalog::list", "the image, by its name", async {
                let listed = self.ask("sandbox::catalog::list", json!({})).await?;
                as_expected(&listed["images"][0], &[("name", json!(IMAGE))])
            });
        listed.await;
        let created = self.table.check("sandbox::create", "with a name and variables", async {
            let payload = json!({
                "image": IMAGE, "name": "tried", "env": {"TRIED_WITH": TORTURE[2]}, "idle_timeout_secs": IDLE_SECS,
            });
            let created = self.ask("sandbox::create", payload).await?;
            match self.provided(&created["sandbox_id"]) {
                Some(provided) => Ok((created["sandbox_id"].clone(), provided)),
                None => Err(format!("sandbox_id is {}", shown(&created["sandbox_id"]))),
            }
        });
        if let Some((uuid, provided)) = created.await {
            self.adapted_end(uuid, &provided).await;
        }
        let unknown = json!({"image": NO_IMAGE});
        self.refuses(
            "sandbox::create",
            "refused: there is no such image",
            unknown,
            UNKNOWN_IMAGE,
        )
        .await;
        let unknown = json!({"sandbox_id": Uuid::new_v4().to_string(), "argv": ["true"]});
        self.refuses("sandbox::exec", "refused: no such sandbox", unknown, UNKNOWN_SANDBOX)
            .await;
    }

    /// A sandbox that was started with variables, and its end.
    async fn adapted_end(&self, uuid: Value, provided: &str) {
        let program = |argv: &[&str]| json!({"sandbox_id": uuid, "argv": argv});
        let shows = program(&["sh", "-c", "printf %s \"$TRIED_WITH\""]);
        let expected = [("stdout", json!(TORTURE[2])), ("exit_code", json!(0))];
        self.expects("sandbox::exec", "the variables of the sandbox", shows, &expected)
            .await;
        let stop = json!({"sandbox_id": uuid});
        let expected = [("stopped", json!(true))];
        let stopped = self.expects("sandbox::stop", "until it is gone", stop.clone(), &expected);
        if stopped.await.is_none() {
            return;
        }
        self.has_ended(provided);
        self.refuses("sandbox::stop", "refused the next time", stop, UNKNOWN_SANDBOX)
            .await;
        self.refuses("sandbox::exec", "refused: it has stopped", program(&["true"]), STOPPED)
            .await;
    }

    async fn adapted_run(&self) {
        let ran = self.table.check("sandbox::run", "code with a file, and no sandbox left", async {
            let payload = json!({
                "image": IMAGE, "lang": "/bin/sh", "code": "cat /tmp/tried-beside/a; cat", "idle_timeout_secs": IDLE_SECS,
                "files": [{"path": "/tmp/tried-beside/a", "content": TEXT}], "stdin": STANDARD.encode(TEXT),
            });
            let ran = self.ask("sandbox::run", payload).await?;
            let expected = [("stdout", json!(format!("{TEXT}{TEXT}"))), ("exit_code", json!(0))];
            as_expected(&ran, &expected)?;
            let listed = self.ask("sandbox::list", json!({})).await?;
            match listed["sandboxes"].as_array().map_or(0, Vec::len) {
                0 | 1 => Ok(()),
                others => Err(format!("{} sandboxes run on", others - 1)),
            }
        });
        ran.await;
    }

    /// Tries whether an answer has these fields.
    async fn expects(
        &self,
        function: &'static str,
        what: &'static str,
        payload: Value,
        expected: &[(&str, Value)],
    ) -> Option<()> {
        let tried = async { as_expected(&self.ask(function, payload).await?, expected) };
        self.table.check(function, what, tried).await
    }

    /// Tries whether a request is refused with this code.
    async fn refuses(&self, function: &'static str, what: &'static str, payload: Value, code: &str) {
        let tried = async { refused(self.caller.call_routed(function, payload).await, code) };
        self.table.check(function, what, tried).await;
    }

    /// The answer of a function of the router, or what its caller is told.
    async fn ask(&self, function: &str, payload: Value) -> Result<Value, Problem> {
        let answer = self.caller.call_routed(function, payload).await;
        answer.map_err(|refused| refused.text)
    }
}
