//! What callers are told of directories.

use std::{fs, os::unix::fs::symlink};

use serde_json::json;

use super::{Operation, Stage, code};

#[tokio::test]
async fn what_is_looked_at_is_told_as_the_contract_has_it() {
    let stage = Stage::usual();
    let home = stage.sandbox.home();
    stage.sandbox.put("f", b"12345");
    stage.sandbox.set_mode("f", 0o640);
    fs::create_dir(home.join("d")).expect("a folder");
    stage.sandbox.set_mode("d", 0o2755);
    symlink("f", home.join("l")).expect("a link");
    let mut f = stage.call(Operation::Stat, json!({"path": "f"})).await.expect("a file");
    assert!(f["mtime"].take().as_i64() > Some(1_600_000_000));
    let entry = json!({"name": "f", "is_dir": false, "size": 5, "mode": "0640", "mtime": null, "is_symlink": false});
    assert_eq!(f, entry);
    let listed = stage
        .call(Operation::Ls, json!({"path": home}))
        .await
        .expect("a folder");
    let rows = listed["entries"].as_array().expect("rows");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["name"].as_str(),
                row["is_dir"].as_bool(),
                row["is_symlink"].as_bool(),
                row["mode"].as_str(),
            )
        })
        .collect();
    let expected = [
        ("d", true, false, "2755"),
        ("f", false, false, "0640"),
        ("l", false, true, "0777"),
    ];
    assert_eq!(
        rows,
        expected.map(|(name, is_dir, is_link, mode)| (Some(name), Some(is_dir), Some(is_link), Some(mode)))
    );
    for (path, name) in [("/", "/"), ("d/", "d"), ("d/..", "d/.."), ("./l", "l")] {
        let told = stage
            .call(Operation::Stat, json!({"path": path}))
            .await
            .expect("it is there");
        assert_eq!(told["name"], name, "{path}");
    }
}

#[tokio::test]
async fn what_is_changed_is_told_as_the_contract_has_it() {
    let stage = Stage::usual();
    for (operation, request, answer) in [
        (Operation::Mkdir, json!({"path": "d"}), json!({"created": true})),
        (
            Operation::Mkdir,
            json!({"path": "d", "parents": true}),
            json!({"created": false}),
        ),
        (
            Operation::Mkdir,
            json!({"path": "d/e", "mode": "700", "parents": null}),
            json!({"created": true}),
        ),
        (
            Operation::Chmod,
            json!({"path": "d", "mode": "0711", "recursive": true}),
            json!({"updated": 2}),
        ),
        (Operation::Mv, json!({"src": "d/e", "dst": "e"}), json!({"moved": true})),
        (Operation::Rm, json!({"path": "e"}), json!({"removed": true})),
    ] {
        assert_eq!(stage.call(operation, request.clone()).await, Ok(answer), "{request}");
    }
    assert_eq!(
        (stage.sandbox.names(), stage.sandbox.mode("d")),
        (vec!["d".to_owned()], 0o711)
    );
    assert_eq!(stage.sandbox.programs(), 6);
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let stage = Stage::usual();
    let home = stage.sandbox.home();
    fs::create_dir_all(home.join("d/e")).expect("a folder");
    stage.sandbox.put("f", b"");
    let parents = ("S211", json!({"parents": true}));
    for (operation, request, refusal) in [
        (Operation::Ls, json!({"path": "missing"}), code("S211")),
        (Operation::Ls, json!({"path": "f"}), code("S212")),
        (Operation::Stat, json!({"path": "missing"}), code("S211")),
        (Operation::Stat, json!({"path": "f/g"}), code("S212")),
        (Operation::Mkdir, json!({"path": "d"}), code("S213")),
        (Operation::Mkdir, json!({"path": "f", "parents": true}), code("S213")),
        (Operation::Mkdir, json!({"path": "a/b"}), parents),
        (Operation::Mkdir, json!({"path": "f/b"}), code("S212")),
        (
            Operation::Mkdir,
            json!({"path": "/proc/a/b", "parents": true}),
            code("S211"),
        ),
        (Operation::Rm, json!({"path": "missing"}), code("S211")),
        (Operation::Rm, json!({"path": "d"}), code("S214")),
        (Operation::Rm, json!({"path": "/"}), code("S210")),
        (Operation::Rm, json!({"path": "/", "recursive": true}), code("S210")),
        (
            Operation::Chmod,
            json!({"path": "missing", "mode": "0644"}),
            code("S211"),
        ),
        (Operation::Mv, json!({"src": "missing", "dst": "x"}), code("S211")),
        (Operation::Mv, json!({"src": "f", "dst": "x/y"}), code("S211")),
        (Operation::Mv, json!({"src": "f", "dst": "d"}), code("S213")),
        (
            Operation::Mv,
            json!({"src": "f", "dst": "d", "overwrite": true}),
            code("S212"),
        ),
        (Operation::Mv, json!({"src": "d", "dst": "d/e/f"}), code("S210")),
    ] {
        assert_eq!(stage.refused(operation, request.clone()).await, refusal, "{request}");
    }
    let told = stage
        .call(Operation::Mv, json!({"src": "missing", "dst": "x"}))
        .await
        .expect_err("it is refused");
    assert!(told.message().contains("`src`"), "{}", told.message());
}

#[tokio::test]
async fn what_the_user_of_the_sandbox_may_not_do_is_s215() {
    let stage = Stage::usual();
    stage.sandbox.put("f", b"x");
    stage.sandbox.set_mode("f", 0o600);
    if !stage.sandbox.as_stranger() {
        return;
    }
    for (operation, request) in [
        (Operation::Chmod, json!({"path": "f", "mode": "0644"})),
        (Operation::Read, json!({"path": "f"})),
        (Operation::Write, json!({"path": "f", "content": "y"})),
        (Operation::Write, json!({"path": "/etc/no such file", "content": "y"})),
        (
            Operation::Mkdir,
            json!({"path": "/etc/no such folder/d", "parents": true}),
        ),
    ] {
        assert_eq!(
            stage.refused(operation, request.clone()).await,
            code("S215"),
            "{request}"
        );
    }
    assert_eq!(stage.sandbox.file("f"), b"x");
}
