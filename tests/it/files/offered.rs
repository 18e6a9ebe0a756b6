//! Who offers them, and what callers are told.

use serde_json::json;
use testkit::Deployment;

use super::{Disk, worker};
use crate::WORKER;

#[tokio::test]
async fn they_are_there_if_the_configuration_lists_them_and_so_is_the_capability() {
    for (deployment, offered) in [(Deployment::builder(WORKER), false), (worker(), true)] {
        let deployment = deployment.start().await;
        let ids = deployment.engine.ids();
        for function in ["fs::read", "fs::write"] {
            assert_eq!(ids.contains(&deployment.id(function)), offered, "{function}");
        }
        let image = deployment.simulator().known_image();
        let created = deployment
            .call("create", json!({"image": image}))
            .await
            .expect("a sandbox");
        let capabilities = created["capabilities"].as_array().expect("a list");
        assert_eq!(capabilities.contains(&json!("fs")), offered, "{capabilities:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_field() {
    let disk = Disk::of(worker()).await;
    disk.script("mkdir folder; touch file").await;
    let of_path = |problem: &str| format!("[S001] bad input: `path` {problem}");
    for (path, problem) in [
        ("missing", "names a file that does not exist"),
        ("folder", "names something that is no file"),
    ] {
        assert_eq!(disk.read(path).await.expect_err("a refusal").message, of_path(problem));
    }
    for (path, problem) in [
        ("folder", "names something that is no file"),
        ("file/below", "is in a folder that cannot be made or written to"),
    ] {
        assert_eq!(
            disk.write(path, "aGk=").await.expect_err("a refusal").message,
            of_path(problem)
        );
    }
    let path = "x".repeat(4096);
    disk.programs();
    let refusal = disk.read(&path).await.expect_err("a refusal").message;
    assert_eq!(refusal, of_path("must be at most 4095 bytes long"));
    disk.write("file", "no base64").await.expect_err("a refusal");
    assert_eq!(disk.programs(), 0);
    assert_eq!(disk.script("ls -A").await, "file\nfolder\n");
}

#[tokio::test]
async fn a_file_beyond_what_the_worker_takes_is_not_read() {
    let disk = Disk::of(worker().config("max_response_bytes: 65536\nmax_output_bytes: 5000")).await;
    disk.script("head -c 49152 /dev/zero >most; head -c 49153 /dev/zero >more")
        .await;
    assert_eq!(disk.read("most").await.map(|bytes| bytes.len()), Ok(65536));
    let refusal = disk.read("more").await.expect_err("a refusal").message;
    assert_eq!(
        refusal,
        "[S502] provider unavailable: the file is larger than the worker takes"
    );
}

#[tokio::test]
async fn a_sandbox_that_lacks_a_command_says_so() {
    let disk = Disk::of(worker()).await;
    let usual = [
        "sh", "env", "head", "tail", "wc", "rm", "setsid", "timeout", "cat", "ls", "mv", "mkdir", "chmod",
    ];
    disk.deployment.morph().set_commands(&usual);
    let lacking =
        "[S502] provider unavailable: the sandbox lacks a command that files take, such as `base64` or `sha256sum`";
    assert_eq!(disk.write("f", "aGk=").await.expect_err("a refusal").message, lacking);
}

#[tokio::test]
async fn a_sandbox_of_somebody_else_has_no_files() {
    let disk = Disk::of(worker()).await;
    let foreign = disk.deployment.morph().add_instance(&[("iii-owner", "somebody")]);
    let payload = json!({"sandbox_id": foreign, "path": "f", "bytes_base64": "aGk="});
    let refusal = disk.deployment.refusal("fs::write", payload).await;
    assert_eq!(refusal, "[S002] no such sandbox");
    assert_eq!(disk.programs(), 0);
}
