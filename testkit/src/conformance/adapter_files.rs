//! Files of a sandbox, as callers of the contract read and write them, through the engine's router.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::adapting::{self, Fault, create, offered, script, stop, with};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::engine::{CallError, PendingCall, SANDBOX_OPERATIONS};

const MIB: usize = 1 << 20;

/// A name that a careless script takes for an option or for two.
const ODD: &str = "-n a\nb 'c' \"d\" $e *";

async fn begun(worker: DeploymentBuilder) -> (Deployment, String) {
    let deployment = adapting::started(worker).await;
    deployment.bind_adapter();
    let sandbox = create(&deployment, json!({})).await;
    (deployment, sandbox)
}

fn begin(deployment: &Deployment, sandbox: &str, operation: &str, fields: &Value) -> PendingCall {
    let payload = with(json!({"sandbox_id": sandbox}), fields.clone());
    deployment.engine.begin(&format!("sandbox::fs::{operation}"), payload)
}

async fn call(deployment: &Deployment, sandbox: &str, operation: &str, fields: &Value) -> Result<Value, CallError> {
    begin(deployment, sandbox, operation, fields).result().await
}

async fn fs(deployment: &Deployment, sandbox: &str, operation: &str, fields: Value) -> Value {
    let answer = call(deployment, sandbox, operation, &fields).await;
    answer.unwrap_or_else(|error| panic!("fs::{operation} of {fields} was refused: {error}"))
}

async fn fault(deployment: &Deployment, sandbox: &str, operation: &str, fields: Value) -> Fault {
    match call(deployment, sandbox, operation, &fields).await {
        Ok(answer) => panic!("fs::{operation} of {fields} was not refused but answered {answer}"),
        Err(error) => Fault::of(&error),
    }
}

/// How many entries a folder has, whatever they are called.
async fn entries(deployment: &Deployment, sandbox: &str, folder: &str) -> String {
    let count =
        format!("cd {folder} && set -- * .[!.]* && n=0 && for f; do [ ! -e \"$f\" ] || n=$((n+1)); done; echo $n");
    script(deployment, sandbox, &count).await.trim_end().to_owned()
}

async fn code(deployment: &Deployment, sandbox: &str, operation: &str, fields: Value) -> String {
    fault(deployment, sandbox, operation, fields).await.code
}

async fn write(deployment: &Deployment, sandbox: &str, path: &str, bytes: &[u8]) {
    let fields = json!({"path": path, "content_b64": STANDARD.encode(bytes)});
    let written = fs(deployment, sandbox, "write", fields).await;
    assert_eq!(written, json!({"bytes_written": bytes.len(), "path": path}));
}

/// The whole of a file, as it comes through the channel.
async fn read(deployment: &Deployment, sandbox: &str, path: &str) -> Vec<u8> {
    let answer = fs(deployment, sandbox, "read", json!({"path": path})).await;
    let received = deployment.engine.sink(&answer["content"]).read_to_end().await;
    received.expect("an end in good order").bytes
}

pub async fn all_that_the_router_forwards_is_there(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let offered = offered(&deployment);
    let missing: Vec<_> = SANDBOX_OPERATIONS
        .into_iter()
        .filter(|name| !offered.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

pub async fn every_byte_of_a_file_arrives(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    script(&deployment, &sandbox, "mkdir sub").await;
    for path in ["plain", ODD, "sub/é"] {
        for bytes in [&every_byte[..], b"", b"text\n"] {
            write(&deployment, &sandbox, path, bytes).await;
            assert!(read(&deployment, &sandbox, path).await == bytes, "{path}");
        }
    }
    deployment.engine.wait_channels(0).await;
    for (folder, count) in [(".", "3"), ("sub", "1")] {
        assert_eq!(
            entries(&deployment, &sandbox, folder).await,
            count,
            "nothing stays in {folder}"
        );
    }
}

pub async fn megabytes_go_through_channels(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let sent: Vec<u8> = (0..3 * MIB as u32 + 7)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let source = deployment.engine.source();
    let fields = json!({"path": "f", "content": source.reference()});
    let (written, ()) = tokio::join!(fs(&deployment, &sandbox, "write", fields), source.send_all(&sent));
    assert_eq!(written["bytes_written"], sent.len());
    let told = fs(&deployment, &sandbox, "read", json!({"path": "f"})).await;
    assert_eq!((told.get("body"), &told["size"]), (None, &json!(sent.len())));
    assert!(read(&deployment, &sandbox, "f").await == sent, "it has changed");
    assert_eq!(entries(&deployment, &sandbox, ".").await, "1");
}

/// What one sandbox gives goes to another without a detour; once it has been read, it is over.
pub async fn a_channel_of_one_sandbox_is_written_to_another(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let other = create(&deployment, json!({})).await;
    write(&deployment, &sandbox, "f", b"passed on").await;
    let given = fs(&deployment, &sandbox, "read", json!({"path": "f"})).await;
    let fields = json!({"path": "g", "content": given["content"]});
    fs(&deployment, &other, "write", fields.clone()).await;
    assert_eq!(read(&deployment, &other, "g").await, b"passed on");
    deployment.engine.wait_channels(0).await;
    let late = with(fields, json!({"path": "late"}));
    assert_eq!(code(&deployment, &other, "write", late).await, "S218");
    assert_eq!(code(&deployment, &other, "stat", json!({"path": "late"})).await, "S211");
}

pub async fn files_of_a_sandbox_that_has_ended_are_gone_with_it(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    write(&deployment, &sandbox, "f", b"").await;
    stop(&deployment, &sandbox).await;
    for operation in ["stat", "read", "ls"] {
        let gone = code(&deployment, &sandbox, operation, json!({"path": "f"})).await;
        assert_eq!(gone, "S004", "{operation}");
    }
}

/// What the worker of an IDE decodes an answer into.
#[derive(Debug, Deserialize)]
struct Read {
    content: Value,
    body: Option<String>,
    size: u64,
    mode: String,
    mtime: i64,
}

pub async fn a_short_text_is_in_the_answer_too(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    for (bytes, is_told) in [
        (b"".to_vec(), true),
        ("it's ünïcode\n".as_bytes().to_vec(), true),
        (vec![b'x'; MIB - 1], true),
        (vec![b'x'; MIB], false),
        (vec![0xff, 0xfe], false),
    ] {
        write(&deployment, &sandbox, "f", &bytes).await;
        let answer = fs(&deployment, &sandbox, "read", json!({"path": "f"})).await;
        let told: Read = serde_json::from_value(answer).expect("the answer that it knows");
        assert_eq!((told.size, told.mode.as_str()), (bytes.len() as u64, "0644"));
        assert!(told.mtime > 1_700_000_000, "{}", told.mtime);
        assert_eq!(told.body.is_some(), is_told, "{} bytes", bytes.len());
        assert!(told.body.is_none_or(|text| text.as_bytes() == bytes));
        let received = deployment.engine.sink(&told.content).read_to_end().await;
        assert!(received.expect("an end in good order").bytes == bytes);
    }
}

pub async fn a_file_is_written_in_three_ways(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    fs(
        &deployment,
        &sandbox,
        "write",
        json!({"path": "a", "content": "text é"}),
    )
    .await;
    fs(
        &deployment,
        &sandbox,
        "write",
        json!({"path": "b", "content_b64": STANDARD.encode("text é")}),
    )
    .await;
    let source = deployment.engine.source();
    let fields = json!({"path": "c", "content": source.reference(), "mode": "0750"});
    let writing = begin(&deployment, &sandbox, "write", &fields);
    source.send_all("text é".as_bytes()).await;
    assert_eq!(writing.await.expect("it is written")["bytes_written"], 7);
    assert_eq!(
        script(&deployment, &sandbox, "cat a b c; stat -c %a a c").await,
        "text étext étext é644\n750\n"
    );
    for wrong in [
        json!({"path": "d"}),
        json!({"path": "d", "content": "x", "content_b64": "eA=="}),
        json!({"path": "d", "content_b64": "no base64!"}),
        json!({"content": "x"}),
    ] {
        assert_eq!(
            code(&deployment, &sandbox, "write", wrong.clone()).await,
            "S001",
            "{wrong}"
        );
    }
    assert_eq!(
        code(
            &deployment,
            &sandbox,
            "write",
            json!({"path": "d", "content": "", "mode": "rw"})
        )
        .await,
        "S210"
    );
    script(&deployment, &sandbox, "[ ! -e d ]").await;
}

pub async fn a_source_that_breaks_off_leaves_what_was_there(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    write(&deployment, &sandbox, "f", b"before").await;
    for (how, bytes) in [
        ("another code", 300_000),
        ("another code", 10),
        ("an error and a close", 300_000),
        ("an error and a close", 0),
        ("no close", 300_000),
        ("no close", 0),
    ] {
        let source = deployment.engine.source();
        let fields = json!({"path": "f", "content": source.reference()});
        let writing = begin(&deployment, &sandbox, "write", &fields);
        source.send(&vec![b'x'; bytes]).await;
        match how {
            "another code" => source.break_off(1011, "the disk is full").await,
            "an error and a close" => {
                source.say("{\"error\": \"gone\"}").await;
                source.close().await;
            }
            _ => drop(source),
        }
        let fault = Fault::of(&writing.await.expect_err("it broke off"));
        assert_eq!(
            (fault.code.as_str(), fault.retryable),
            ("S218", true),
            "{how} {bytes}: {fault:?}"
        );
        assert_eq!(
            script(&deployment, &sandbox, "cat f; ls -A").await,
            "beforef\n",
            "{how} {bytes}"
        );
    }
    deployment.engine.wait_channels(0).await;
}

pub async fn entries_are_told_as_they_are(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    write(&deployment, &sandbox, ODD, b"12345").await;
    script(
        &deployment,
        &sandbox,
        "mkdir -m 750 dir; ln -s dir link; ln -s nowhere dangling; touch .hidden; chmod 4711 .hidden",
    )
    .await;
    let listed = fs(&deployment, &sandbox, "ls", json!({"path": "."})).await;
    let entries = listed["entries"].as_array().expect("entries");
    let named = |name: &str| {
        entries
            .iter()
            .find(|entry| entry["name"] == name)
            .unwrap_or_else(|| panic!("{name}: {listed}"))
    };
    assert_eq!(entries.len(), 5, "{listed}");
    let of = |name: &str| ["is_dir", "is_symlink", "mode"].map(|field| named(name)[field].clone());
    assert_eq!(of(ODD), [json!(false), json!(false), json!("0644")]);
    assert_eq!(of("dir"), [json!(true), json!(false), json!("0750")]);
    assert_eq!(of(".hidden"), [json!(false), json!(false), json!("4711")]);
    for link in ["link", "dangling"] {
        assert_eq!(of(link)[..2], [json!(false), json!(true)], "{link}");
    }
    assert_eq!(named(ODD)["size"], 5);
    for name in [ODD, "dir", "link", "dangling"] {
        assert_eq!(
            &fs(&deployment, &sandbox, "stat", json!({"path": name})).await,
            named(name)
        );
    }
    assert_eq!(code(&deployment, &sandbox, "ls", json!({"path": ODD})).await, "S212");
    assert_eq!(
        code(&deployment, &sandbox, "ls", json!({"path": "missing"})).await,
        "S211"
    );
    assert_eq!(
        code(&deployment, &sandbox, "stat", json!({"path": "missing"})).await,
        "S211"
    );
    assert_eq!(
        code(&deployment, &sandbox, "read", json!({"path": "dir"})).await,
        "S212"
    );
    assert_eq!(
        code(&deployment, &sandbox, "read", json!({"path": "missing"})).await,
        "S211"
    );
}

pub async fn directories_are_made_and_removed(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    let made = json!({"created": true});
    assert_eq!(
        fs(&deployment, &sandbox, "mkdir", json!({"path": "d", "mode": "0700"})).await,
        made
    );
    assert_eq!(
        fs(
            &deployment,
            &sandbox,
            "mkdir",
            json!({"path": "a/b/c", "parents": true})
        )
        .await,
        made
    );
    let again = fs(
        &deployment,
        &sandbox,
        "mkdir",
        json!({"path": "a/b/c", "parents": true}),
    )
    .await;
    assert_eq!(again, json!({"created": false}));
    assert_eq!(code(&deployment, &sandbox, "mkdir", json!({"path": "d"})).await, "S213");
    assert_eq!(
        code(&deployment, &sandbox, "mkdir", json!({"path": "x/y"})).await,
        "S211"
    );
    assert_eq!(
        code(&deployment, &sandbox, "mkdir", json!({"path": "x", "mode": "999"})).await,
        "S210"
    );
    assert_eq!(code(&deployment, &sandbox, "rm", json!({"path": "a"})).await, "S214");
    assert_eq!(code(&deployment, &sandbox, "rm", json!({"path": "x"})).await, "S211");
    script(&deployment, &sandbox, "echo kept > d/kept; ln -s d link").await;
    for path in ["a", "link"] {
        let removed = fs(&deployment, &sandbox, "rm", json!({"path": path, "recursive": true})).await;
        assert_eq!(removed, json!({"removed": true}));
    }
    assert_eq!(
        script(&deployment, &sandbox, "ls; cat d/kept; stat -c %a d").await,
        "d\nkept\n700\n"
    );
    let parentless = fault(&deployment, &sandbox, "write", json!({"path": "x/f", "content": "x"})).await;
    assert_eq!(parentless.code, "S211");
    let fix = Value::from(parentless.fix.expect("a fix"));
    assert_eq!(fix, json!({"parents": true}));
    fs(
        &deployment,
        &sandbox,
        "write",
        with(json!({"path": "x/f", "content": "x"}), fix),
    )
    .await;
    assert_eq!(script(&deployment, &sandbox, "cat x/f").await, "x");
}

pub async fn files_are_moved_and_their_modes_changed(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    script(&deployment, &sandbox, "echo a > a; echo b > b; mkdir d; touch d/1 d/2").await;
    assert_eq!(
        code(&deployment, &sandbox, "mv", json!({"src": "a", "dst": "b"})).await,
        "S213"
    );
    assert_eq!(
        code(&deployment, &sandbox, "mv", json!({"src": "x", "dst": "y"})).await,
        "S211"
    );
    assert_eq!(
        fs(&deployment, &sandbox, "mv", json!({"src": "a", "dst": ODD})).await,
        json!({"moved": true})
    );
    fs(
        &deployment,
        &sandbox,
        "mv",
        json!({"src": ODD, "dst": "b", "overwrite": true}),
    )
    .await;
    assert_eq!(script(&deployment, &sandbox, "ls; cat b").await, "b\nd\na\n");
    let changed = fs(
        &deployment,
        &sandbox,
        "chmod",
        json!({"path": "d", "mode": "0711", "recursive": true}),
    )
    .await;
    assert_eq!(changed, json!({"updated": 3}));
    let changed = fs(&deployment, &sandbox, "chmod", json!({"path": "b", "mode": "0600"})).await;
    assert_eq!(changed, json!({"updated": 1}));
    assert_eq!(
        script(&deployment, &sandbox, "stat -c %a d d/1 b").await,
        "711\n711\n600\n"
    );
    assert_eq!(
        code(&deployment, &sandbox, "chmod", json!({"path": "b", "mode": "u+x"})).await,
        "S210"
    );
    assert_eq!(
        code(&deployment, &sandbox, "chmod", json!({"path": "x", "mode": "0600"})).await,
        "S211"
    );
}

pub async fn lines_are_found_and_replaced(worker: DeploymentBuilder) {
    let (deployment, sandbox) = begun(worker).await;
    script(&deployment, &sandbox, "mkdir d; printf 'one 1\\nTwo 22\\n' > d/a.txt; printf 'three 333' > b.txt; printf 'one 1\\0' > binary; printf 'four 4\\n' > c.md").await;
    let grep = async |fields: Value| {
        let found = fs(&deployment, &sandbox, "grep", with(json!({"path": "."}), fields)).await;
        let mut lines: Vec<_> = found["matches"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| format!("{}:{}", row["line"], row["content"].as_str().expect("text")))
            .collect();
        lines.sort();
        (lines, found["truncated"] == true)
    };
    assert_eq!(
        grep(json!({"pattern": r"^\w+ \d{2,}$"})).await,
        (vec!["1:three 333".into(), "2:Two 22".into()], false)
    );
    assert_eq!(
        grep(json!({"pattern": "TWO", "ignore_case": true})).await.0,
        ["2:Two 22"]
    );
    assert_eq!(
        grep(json!({"pattern": r"\d", "include_glob": ["*.md"]})).await.0,
        ["1:four 4"]
    );
    assert_eq!(
        grep(json!({"pattern": r"\d", "exclude_glob": ["*.md", "d/*"]})).await.0,
        ["1:three 333"]
    );
    assert!(
        grep(json!({"pattern": r"\d", "max_matches": 1})).await.1,
        "more than are answered"
    );
    assert_eq!(
        code(&deployment, &sandbox, "grep", json!({"path": ".", "pattern": "("})).await,
        "S217"
    );
    assert_eq!(
        code(
            &deployment,
            &sandbox,
            "grep",
            json!({"path": ".", "pattern": "x", "recursive": false})
        )
        .await,
        "S210"
    );
    let sed = json!({"path": ".", "pattern": r"(\w+) (\d+)", "replacement": "$2 $1", "include_glob": ["*.txt"]});
    let replaced = fs(&deployment, &sandbox, "sed", sed).await;
    assert_eq!(replaced["total_replacements"], 3, "{replaced}");
    assert_eq!(
        script(&deployment, &sandbox, "cat d/a.txt b.txt c.md").await,
        "1 one\n22 Two\n333 threefour 4\n"
    );
    let files = json!({"files": ["c.md", "missing"], "pattern": "four", "replacement": "five", "regex": false});
    let rows = fs(&deployment, &sandbox, "sed", files).await;
    let told: Vec<_> = rows["results"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["success"] == true)
        .collect();
    assert_eq!(
        (told, &rows["total_replacements"]),
        (vec![true, false], &json!(1)),
        "{rows}"
    );
}
