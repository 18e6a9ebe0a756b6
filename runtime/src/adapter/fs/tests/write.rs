//! Files that are written.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Operation, Stage, code, memory::Frame};
use crate::guest::tests::{
    local::{Fate, LINE, Local, each_of},
    names::NAMES,
};

fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8)
        .collect()
}

async fn write(stage: &Stage, request: Value) -> Value {
    stage.call(Operation::Write, request).await.expect("it is written")
}

#[tokio::test]
async fn a_text_and_bytes_become_a_file_with_its_mode() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        let answer = write(&stage, json!({"path": "f", "content": "ü\n"})).await;
        assert_eq!(answer, json!({"bytes_written": 3, "path": "f"}));
        assert_eq!(
            (stage.sandbox.file("f"), stage.sandbox.mode("f")),
            ("ü\n".as_bytes().to_vec(), 0o644)
        );
        let sent = STANDARD.encode([0, 255]);
        write(&stage, json!({"path": "f", "content_b64": sent, "mode": "4755"})).await;
        assert_eq!(
            (stage.sandbox.file("f"), stage.sandbox.mode("f")),
            (vec![0, 255], 0o4755)
        );
        write(&stage, json!({"path": "f", "content": "", "mode": "0600"})).await;
        assert_eq!((stage.sandbox.file("f"), stage.sandbox.mode("f")), (Vec::new(), 0o600));
        assert_eq!(
            (stage.sandbox.names(), stage.sandbox.programs()),
            (vec!["f".to_owned()], 3)
        );
    }
}

#[tokio::test]
async fn what_is_longer_than_a_line_is_written_by_pieces() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        let bytes = bytes(70_001);
        let answer = write(
            &stage,
            json!({"path": "f", "content_b64": STANDARD.encode(&bytes), "mode": "0711"}),
        )
        .await;
        assert_eq!(answer["bytes_written"], 70_001);
        assert_eq!((stage.sandbox.file("f"), stage.sandbox.mode("f")), (bytes, 0o711));
        assert_eq!(stage.sandbox.names(), ["f"]);
        assert!(stage.sandbox.longest().0 <= LINE);
    }
}

#[tokio::test]
async fn any_name_can_be_written_and_read() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        for name in NAMES {
            let path = format!("a/-b/{name}");
            write(&stage, json!({"path": path, "content": name, "parents": true})).await;
            let read = stage
                .call(Operation::Read, json!({"path": path}))
                .await
                .expect("a file");
            assert_eq!(read["body"], name);
        }
        assert_eq!(stage.sandbox.names(), ["a"]);
    }
}

#[tokio::test]
async fn the_target_of_a_link_is_written() {
    let stage = Stage::usual();
    stage.sandbox.put("f", b"old");
    symlink("f", stage.sandbox.home().join("l")).expect("a link");
    write(&stage, json!({"path": "l", "content": "new"})).await;
    assert_eq!(stage.sandbox.file("f"), b"new");
    assert!(stage.sandbox.home().join("l").is_symlink());
}

#[tokio::test]
async fn what_cannot_be_written_has_its_code_and_leaves_nothing() {
    let parents = ("S211", json!({"parents": true}));
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        let home = stage.sandbox.home();
        fs::create_dir(home.join("d")).expect("a folder");
        stage.sandbox.put("f", b"old");
        symlink("round", home.join("round")).expect("a link");
        let (long, short) = (STANDARD.encode(bytes(40_000)), STANDARD.encode("x"));
        for content in [long, short] {
            for (path, made, refusal) in [
                ("missing/f", false, parents.clone()),
                ("missing/d/f", false, parents.clone()),
                ("/proc/missing/f", true, code("S211")),
                ("f/below", false, code("S212")),
                ("d", false, code("S212")),
                ("d/.", false, code("S212")),
                (".", false, code("S212")),
                ("/dev/null", false, code("S212")),
                ("f/", false, code("S210")),
                ("round", false, code("S211")),
            ] {
                let request = json!({"path": path, "content_b64": content, "parents": made});
                assert_eq!(stage.refused(Operation::Write, request).await, refusal, "{path}");
            }
        }
        assert_eq!(
            (stage.sandbox.names(), stage.sandbox.file("f")),
            (
                vec!["d".to_owned(), "f".to_owned(), "round".to_owned()],
                b"old".to_vec()
            )
        );
        let below = stage
            .refused(
                Operation::Write,
                json!({"path": "f/below/g", "content": "", "parents": true}),
            )
            .await
            .0;
        assert!(["S212", "S213"].contains(&below), "{below}");
    }
}

#[tokio::test]
async fn what_comes_through_a_channel_becomes_a_file() {
    for length in [0, 1, 5000, 90_001] {
        let stage = Stage::usual();
        let (sender, channel) = stage.channels.open();
        let bytes = bytes(length);
        let sent = bytes.clone();
        let sending = async move {
            for frame in sent.chunks(777) {
                sender.send(Frame::Bytes(frame.to_vec())).await.expect("it is taken");
            }
            sender.send(Frame::Close).await.expect("it is taken");
        };
        let (answer, ()) = tokio::join!(
            write(&stage, json!({"path": "d/f", "content": channel, "parents": true})),
            sending
        );
        assert_eq!(answer, json!({"bytes_written": length, "path": "d/f"}));
        assert_eq!(stage.sandbox.file("d/f"), bytes);
    }
}

/// So that the worker never holds more of it than the pieces that are under way.
#[tokio::test]
async fn a_hundred_mebibytes_are_taken_no_faster_than_they_are_stored() {
    const FRAME: usize = 64 * 1024;
    const FRAMES: usize = 1600;
    const PIECE: usize = 80_000;
    let sent = Arc::new(AtomicUsize::new(0));
    let (seen, ahead) = (sent.clone(), Arc::new(AtomicUsize::new(0)));
    let most = ahead.clone();
    let sandbox = Local::usual().with_line(120 * 1024).between(move |_, number| {
        let held = (seen.load(Ordering::Relaxed) * FRAME).saturating_sub(number * PIECE);
        most.fetch_max(held, Ordering::Relaxed);
    });
    let stage = Stage::of(sandbox);
    let (sender, channel) = stage.channels.open();
    let sending = async move {
        let frame = bytes(FRAME);
        for _ in 0..FRAMES {
            sender.send(Frame::Bytes(frame.clone())).await.expect("it is taken");
            sent.fetch_add(1, Ordering::Relaxed);
        }
        sender.send(Frame::Close).await.expect("it is taken");
    };
    let request = json!({"path": "f", "content": channel});
    let (answer, ()) = tokio::join!(write(&stage, request), sending);
    assert_eq!(answer["bytes_written"], FRAMES * FRAME);
    assert_eq!(
        (stage.sandbox.file("f").len(), stage.sandbox.names()),
        (FRAMES * FRAME, vec!["f".to_owned()])
    );
    let ahead = ahead.load(Ordering::Relaxed);
    assert!((1..12 << 20).contains(&ahead), "{ahead}");
}

/// Wherever it breaks off, with how much stored.
#[tokio::test]
async fn a_source_that_breaks_off_leaves_nothing() {
    for (length, end) in [
        (0, None),
        (100, None),
        (100, Some(Frame::Failed("S216".to_owned()))),
        (60_000, None),
        (60_000, Some(Frame::Failed("S216".to_owned()))),
    ] {
        let stage = Stage::usual();
        stage.sandbox.put("f", b"old");
        let (sender, channel) = stage.channels.open();
        let sending = async move {
            for frame in bytes(length).chunks(1000) {
                sender.send(Frame::Bytes(frame.to_vec())).await.expect("it is taken");
            }
            if let Some(end) = end {
                sender.send(end).await.expect("it is taken");
            }
        };
        let request = json!({"path": "f", "content": channel});
        let (refused, ()) = tokio::join!(stage.refused(Operation::Write, request), sending);
        assert_eq!(refused, code("S218"), "{length}");
        assert_eq!(
            (stage.sandbox.names(), stage.sandbox.file("f")),
            (vec!["f".to_owned()], b"old".to_vec())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_silent_is_given_up_and_leaves_nothing() {
    for length in [0, 60_000] {
        let stage = Stage::usual();
        let (sender, channel) = stage.channels.open();
        for frame in bytes(length).chunks(1000) {
            sender.send(Frame::Bytes(frame.to_vec())).await.expect("it is taken");
        }
        let begin = Instant::now();
        let refused = stage
            .call(Operation::Write, json!({"path": "f", "content": channel}))
            .await
            .expect_err("it is refused");
        assert_eq!(
            (refused.code().name(), &refused.payload()["retryable"]),
            ("S218", &json!(true))
        );
        assert_eq!(begin.elapsed(), Duration::from_secs(30), "{length}");
        assert_eq!(stage.sandbox.names(), <[&str; 0]>::default());
    }
}

#[tokio::test]
async fn a_channel_that_is_not_there_or_is_the_wrong_end_is_told() {
    let stage = Stage::usual();
    let nobodys = json!({"channel_id": "gone", "access_key": "k", "direction": "read"});
    assert_eq!(
        stage
            .refused(Operation::Write, json!({"path": "f", "content": nobodys}))
            .await,
        code("S218")
    );
    let wrong = json!({"channel_id": "gone", "access_key": "k", "direction": "write"});
    assert_eq!(
        stage
            .refused(Operation::Write, json!({"path": "f", "content": wrong}))
            .await,
        code("S001")
    );
    assert_eq!(stage.sandbox.names(), <[&str; 0]>::default());
}

/// Whichever program it is whose answer does not come, or that is never run.
#[tokio::test]
async fn a_write_that_loses_a_program_leaves_the_old_content_or_the_new_and_nothing_beside() {
    for length in [10, 30_000] {
        let sent = bytes(length);
        let request = json!({"path": "f", "content_b64": STANDARD.encode(&sent)});
        let stage = Stage::usual();
        write(&stage, request.clone()).await;
        let programs = stage.sandbox.programs();
        for fate in (0..programs).flat_map(|number| [Fate::Lost(number), Fate::Unsent(number)]) {
            let stage = Stage::of(Local::usual().with(fate));
            stage.sandbox.put("f", b"old");
            assert_eq!(
                stage.refused(Operation::Write, request.clone()).await,
                code("S216"),
                "{fate:?}"
            );
            assert_eq!(stage.sandbox.names(), ["f"], "{fate:?}");
            let left = stage.sandbox.file("f");
            assert!(left == b"old" || left == sent, "{fate:?}: {} bytes", left.len());
        }
    }
}

/// Whatever the bytes, and however they come.
#[test]
fn any_bytes_come_back_as_they_were() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let frames = vec(vec(any::<u8>(), 0..3000), 0..12);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
    let told = runner.run(&frames, |frames| {
        runtime.block_on(async {
            let stage = Stage::usual();
            let (sender, channel) = stage.channels.open();
            for frame in &frames {
                sender.send(Frame::Bytes(frame.clone())).await.expect("it is taken");
            }
            sender.send(Frame::Close).await.expect("it is taken");
            write(&stage, json!({"path": "f", "content": channel})).await;
            let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
            let came = stage.channels.all(&read["content"]).await;
            assert_eq!(came, (frames.concat(), Some(Frame::Close)));
        });
        Ok(())
    });
    told.expect("any bytes");
}
