//! Files that are read.

use std::{fs, os::unix::fs::symlink, process::Command};

use serde_json::{Value, json};

use super::{Operation, Stage, code, memory::Frame};
use crate::guest::tests::local::{Local, OUTPUT, each_of};

/// What no text has.
fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8)
        .collect()
}

async fn read(stage: &Stage, path: &str) -> Value {
    stage
        .call(Operation::Read, json!({"path": path}))
        .await
        .expect("a file")
}

#[tokio::test]
async fn a_short_text_is_in_the_answer_and_in_the_channel() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        stage.sandbox.put("f", "a ü\n".as_bytes());
        stage.sandbox.set_mode("f", 0o640);
        let answer = read(&stage, "f").await;
        assert_eq!(stage.sandbox.programs(), 1);
        assert_eq!(
            (&answer["body"], &answer["size"], &answer["mode"]),
            (&json!("a ü\n"), &json!(5), &json!("0640"))
        );
        assert!(answer["mtime"].as_i64() > Some(1_600_000_000));
        assert_eq!(answer["content"]["direction"], "read");
        let came = stage.channels.all(&answer["content"]).await;
        assert_eq!(came, ("a ü\n".as_bytes().to_vec(), Some(Frame::Close)));
    }
}

#[tokio::test]
async fn an_empty_file_is_an_empty_text() {
    let stage = Stage::usual();
    stage.sandbox.put("f", b"");
    let answer = read(&stage, "f").await;
    assert_eq!((&answer["body"], &answer["size"]), (&json!(""), &json!(0)));
    assert_eq!(
        stage.channels.all(&answer["content"]).await,
        (Vec::new(), Some(Frame::Close))
    );
}

#[tokio::test]
async fn what_is_no_text_comes_through_the_channel_alone() {
    for length in [1, OUTPUT, 70_001] {
        for sandbox in each_of() {
            let stage = Stage::of(sandbox);
            let bytes = [vec![0xff], bytes(length)].concat();
            stage.sandbox.put("f", &bytes);
            let answer = read(&stage, "f").await;
            assert_eq!((&answer["body"], &answer["size"]), (&Value::Null, &json!(bytes.len())));
            assert!(answer.get("body").is_none());
            assert_eq!(
                stage.channels.all(&answer["content"]).await,
                (bytes, Some(Frame::Close))
            );
        }
    }
}

/// Just below a mebibyte, and just not.
#[tokio::test]
async fn a_long_text_comes_through_the_channel_alone() {
    let stage = Stage::of(Local::usual().with_output(256 * 1024));
    for (length, is_told) in [((1 << 20) - 1, true), (1 << 20, false)] {
        stage.sandbox.put("f", &vec![b'x'; length]);
        let answer = read(&stage, "f").await;
        assert_eq!(answer["body"].is_string(), is_told, "{length}");
        let came = stage.channels.all(&answer["content"]).await;
        assert_eq!(came, (vec![b'x'; length], Some(Frame::Close)), "{length}");
    }
}

#[tokio::test]
async fn a_link_is_followed_and_what_is_no_file_is_refused_at_once() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        let home = stage.sandbox.home();
        stage.sandbox.put("f", b"x");
        fs::create_dir(home.join("d")).expect("a folder");
        symlink("f", home.join("l")).expect("a link");
        symlink("nowhere", home.join("to nothing")).expect("a link");
        symlink("round", home.join("round")).expect("a link");
        assert!(
            Command::new("mkfifo")
                .arg(home.join("fifo"))
                .status()
                .expect("mkfifo")
                .success()
        );
        assert_eq!(read(&stage, "l").await["body"], "x");
        for (path, refusal) in [
            ("missing", "S211"),
            ("to nothing", "S211"),
            ("f/below", "S212"),
            ("d", "S212"),
            ("fifo", "S212"),
            ("/dev/zero", "S212"),
            ("/", "S212"),
            ("round", "S210"),
        ] {
            assert_eq!(
                stage.refused(Operation::Read, json!({"path": path})).await,
                code(refusal),
                "{path}"
            );
        }
        assert_eq!(stage.channels.created(), 1);
    }
}

/// It says that it has no bytes.
#[tokio::test]
async fn a_file_that_is_made_while_it_is_read_is_read() {
    let stage = Stage::usual();
    let answer = read(&stage, "/proc/self/cmdline").await;
    assert!(answer["size"].as_u64() > Some(0), "{answer}");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_ends_in_an_error() {
    let length = 3 << 20;
    let changes = Local::usual().with_output(256 * 1024).between(move |home, number| {
        if number == 5 {
            fs::write(home.join("f"), vec![b'y'; length]).expect("a file");
        }
    });
    let stage = Stage::of(changes);
    stage.sandbox.put("f", &vec![b'x'; length]);
    let answer = read(&stage, "f").await;
    let (_, end) = stage.channels.all(&answer["content"]).await;
    assert!(
        matches!(&end, Some(Frame::Failed(why)) if why.starts_with("[S216] ")),
        "{end:?}"
    );
}

/// What is appended meanwhile is not a change of what was there.
#[tokio::test]
async fn a_log_that_grows_is_read_as_far_as_it_went() {
    let length = 2 << 20;
    let grows = Local::usual().with_output(256 * 1024).between(move |home, number| {
        if number > 0 {
            fs::write(home.join("f"), vec![b'x'; length + number]).expect("a file");
        }
    });
    let stage = Stage::of(grows);
    stage.sandbox.put("f", &vec![b'x'; length]);
    let answer = read(&stage, "f").await;
    let (bytes, end) = stage.channels.all(&answer["content"]).await;
    assert_eq!((bytes.len(), end), (length, Some(Frame::Close)));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_nobody_reads_is_given_up() {
    let stage = Stage::of(Local::usual().with_output(1 << 20));
    stage.sandbox.put("f", &bytes(8 << 20));
    let answer = read(&stage, "f").await;
    let _unread = stage.channels.end(&answer["content"]);
    stage.channels.tasks.close();
    let begin = tokio::time::Instant::now();
    stage.channels.tasks.wait().await;
    assert_eq!(begin.elapsed().as_secs(), 300);
}
