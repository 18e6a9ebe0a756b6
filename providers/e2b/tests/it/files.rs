//! fs::read and fs::write: files, byte by byte.

use serde_json::json;
use testkit::{Deployment, E2b};

use crate::{configured, e2b, worker};

async fn write(worker: &Deployment, sandbox: &str, path: &str, base64: &str) {
    let payload = json!({"sandbox_id": sandbox, "path": path, "bytes_base64": base64});
    assert_eq!(worker.call("fs::write", payload).await, Ok(json!({})), "{path}");
}

#[tokio::test]
async fn what_the_name_of_a_file_says_of_its_type_changes_nothing() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    // `{"b" : 1}` and a line that is no JSON.
    for (path, base64) in [
        ("f.json", "eyJiIiA6IDF9Cg=="),
        ("g.json", "bm90IGpzb24="),
        ("h.txt", "/w=="),
        ("i.png", "AAE="),
    ] {
        write(&worker, &sandbox, path, base64).await;
        let read = worker
            .call("fs::read", json!({"sandbox_id": sandbox, "path": path}))
            .await;
        assert_eq!(read, Ok(json!({"bytes_base64": base64})), "{path}");
    }
    let sent = e2b(&worker).requests_to("POST", "/files");
    assert_eq!(sent[0].header("Content-Type"), Some("application/octet-stream"));
    assert_eq!(sent[0].header("X-API-Key"), None);
    assert_eq!(
        std::fs::read(e2b(&worker).home(&sandbox).join("f.json")).expect("a file"),
        b"{\"b\" : 1}\n"
    );
}

#[tokio::test]
async fn the_folders_above_a_file_are_made_and_its_mode_is_set_only_if_it_is_given() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    write(&worker, &sandbox, "a/b/c", "aGk=").await;
    assert_eq!(e2b(&worker).programs().len(), 0);
    let payload = json!({"sandbox_id": sandbox, "path": "-a/it's", "bytes_base64": "aGk=", "mode": 0o640});
    assert_eq!(worker.call("fs::write", payload).await, Ok(json!({})));
    let written = std::fs::metadata(e2b(&worker).home(&sandbox).join("-a/it's")).expect("a file");
    let mode = std::os::unix::fs::PermissionsExt::mode(&written.permissions());
    assert_eq!(mode & 0o7777, 0o640);
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_refused() {
    let worker = worker().simulator(E2b::builder().disk(10)).start().await;
    let sandbox = worker.sandbox().await;
    std::fs::create_dir(e2b(&worker).home(&sandbox).join("folder")).expect("a folder");
    for (path, code, words) in [("none", "S001", "there is no such file"), ("folder", "S001", "")] {
        let refusal = worker
            .refusal("fs::read", json!({"sandbox_id": sandbox, "path": path}))
            .await;
        assert!(
            refusal.starts_with(&format!("[{code}] ")) && refusal.contains(words),
            "{path}: {refusal}"
        );
    }
    let large = json!({"sandbox_id": sandbox, "path": "f", "bytes_base64": "YWJj".repeat(10)});
    let refusal = worker.refusal("fs::write", large).await;
    assert!(refusal.starts_with("[S502] ") && refusal.contains("disk"), "{refusal}");
    let no_base64 = json!({"sandbox_id": sandbox, "path": "f", "bytes_base64": "?"});
    assert!(worker.refusal("fs::write", no_base64).await.starts_with("[S001] "));
}

/// Programs tell how a file looks and put it in its place; what is in it goes by the calls that E2B has for files.
#[tokio::test]
async fn as_an_adapter_it_reads_and_writes_by_the_calls_that_there_are() {
    let worker = configured("images: {python: $known_image}").await;
    let created = worker
        .adapter("create", json!({"image": "python"}))
        .await
        .expect("a sandbox");
    let sandbox = &created["sandbox_id"];
    let running = worker.listed().await.sandboxes;
    let home = e2b(&worker).home(running.first().expect("it runs"));
    std::fs::write(home.join("f"), "what is in it").expect("a file");
    e2b(&worker).clear_requests();
    let read = worker
        .adapter("fs::read", json!({"sandbox_id": sandbox, "path": "f"}))
        .await;
    assert_eq!(read.expect("a file")["body"], "what is in it");
    assert_eq!(e2b(&worker).requests_to("GET", "/files").len(), 1);
    let programs = e2b(&worker).requests_to("POST", "/process.Process/Start");
    assert_eq!(programs.len(), 1, "how it looks");
    let content = "long".repeat(100_000);
    let fields = json!({"sandbox_id": sandbox, "path": "g", "content": content, "mode": "0640"});
    worker.adapter("fs::write", fields).await.expect("it is written");
    assert_eq!(std::fs::read_to_string(home.join("g")).expect("a file"), content);
    assert_ne!(e2b(&worker).requests_to("POST", "/files").len(), 0);
}

#[tokio::test]
async fn a_token_that_has_rotated_is_asked_for_again() {
    let worker = configured("").await;
    let sandbox = worker.sandbox().await;
    write(&worker, &sandbox, "f", "aGk=").await;
    e2b(&worker).rotate_token(&sandbox);
    let read = worker
        .call("fs::read", json!({"sandbox_id": sandbox, "path": "f"}))
        .await;
    assert_eq!(read, Ok(json!({"bytes_base64": "aGk="})));
    e2b(&worker).rotate_token(&sandbox);
    write(&worker, &sandbox, "f", "aGk=").await;
}
