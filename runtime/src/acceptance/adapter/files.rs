//! Files, as the adapter has them.

use serde_json::{Value, json};

use super::{
    super::{
        Trying,
        programs::{as_expected, refused},
    },
    TEXT,
};
use crate::provider::Api;

/// What is said of a path that is not there.
const NO_PATH: &str = "S211";

/// What requests are about: a directory that no other run has, and what a file in it is called, first and last; names that
/// have to be quoted.
struct Of<'u> {
    uuid: &'u str,
    folder: String,
    file: String,
    moved: String,
}

impl<'u> Of<'u> {
    fn new(uuid: &'u str) -> Self {
        let folder = format!("/tmp/tried 'by' {uuid}");
        Self {
            uuid,
            file: format!("{folder}/a file"),
            moved: format!("{folder}/-moved"),
            folder,
        }
    }

    fn with(&self, mut request: Value) -> Value {
        request["sandbox_id"] = self.uuid.into();
        request
    }

    fn file(&self) -> Value {
        self.with(json!({"path": self.file}))
    }

    fn folder(&self) -> Value {
        self.with(json!({"path": self.folder}))
    }
}

impl<C: Api> Trying<C> {
    pub(super) async fn adapted_files(&self, uuid: &str) {
        let of = Of::new(uuid);
        let mkdir = of.with(json!({"path": of.folder, "parents": true}));
        let made = self.expects("sandbox::fs::mkdir", "a directory", mkdir, &[("created", json!(true))]);
        if made.await.is_none() {
            return;
        }
        self.content(&of).await;
        self.entry(&of).await;
        self.lines(&of).await;
        self.paths(&of).await;
    }

    async fn content(&self, of: &Of<'_>) {
        let write = of.with(json!({"path": of.file, "content": TEXT, "mode": "0640"}));
        let expected = [("bytes_written", json!(TEXT.len()))];
        self.expects("sandbox::fs::write", "a text, with a mode", write, &expected)
            .await;
        let expected = [
            ("body", json!(TEXT)),
            ("size", json!(TEXT.len())),
            ("mode", json!("0640")),
        ];
        self.expects("sandbox::fs::read", "the same text", of.file(), &expected)
            .await;
    }

    async fn entry(&self, of: &Of<'_>) {
        let expected = [
            ("size", json!(TEXT.len())),
            ("mode", json!("0640")),
            ("is_dir", json!(false)),
            ("is_symlink", json!(false)),
        ];
        self.expects("sandbox::fs::stat", "size, mode and type", of.file(), &expected)
            .await;
        let listed = self.table.check("sandbox::fs::ls", "the file alone", async {
            let listed = self.ask("sandbox::fs::ls", of.folder()).await?;
            let entries: Vec<&Value> = listed["entries"].as_array().into_iter().flatten().collect();
            match entries[..] {
                [entry] => as_expected(entry, &[("name", json!("a file")), ("size", json!(TEXT.len()))]),
                _ => Err(format!("{} entries are there", entries.len())),
            }
        });
        listed.await;
    }

    async fn lines(&self, of: &Of<'_>) {
        let grep = of.with(json!({"path": of.folder, "pattern": r"^\tthird (\w+)"}));
        let line = TEXT.lines().last().unwrap_or_default();
        let expected = [
            ("matches", json!([{"path": of.file, "line": 3, "content": line}])),
            ("truncated", json!(false)),
        ];
        self.expects("sandbox::fs::grep", "the one line that matches", grep, &expected)
            .await;
        let replaced = self
            .table
            .check("sandbox::fs::sed", "a part of it, and nothing else", async {
                let sed = of.with(json!({"files": [of.file], "pattern": "(third) line", "replacement": "$1 row"}));
                as_expected(
                    &self.ask("sandbox::fs::sed", sed).await?,
                    &[("total_replacements", json!(1))],
                )?;
                let read = self.ask("sandbox::fs::read", of.file()).await?;
                as_expected(&read, &[("body", json!(TEXT.replace("third line", "third row")))])
            });
        replaced.await;
    }

    async fn paths(&self, of: &Of<'_>) {
        let chmod = of.with(json!({"path": of.file, "mode": "0600"}));
        self.expects("sandbox::fs::chmod", "of the file", chmod, &[("updated", json!(1))])
            .await;
        let mv = of.with(json!({"src": of.file, "dst": of.moved}));
        self.expects(
            "sandbox::fs::mv",
            "to a name with a dash",
            mv,
            &[("moved", json!(true))],
        )
        .await;
        self.refuses(
            "sandbox::fs::stat",
            "refused: there is no such path",
            of.file(),
            NO_PATH,
        )
        .await;
        let removed = self
            .table
            .check("sandbox::fs::rm", "the directory with all that is in it", async {
                let rm = of.with(json!({"path": of.folder, "recursive": true}));
                as_expected(&self.ask("sandbox::fs::rm", rm).await?, &[("removed", json!(true))])?;
                refused(self.caller.call_routed("sandbox::fs::stat", of.folder()).await, NO_PATH)
            });
        removed.await;
    }
}
