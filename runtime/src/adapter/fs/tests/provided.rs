//! Sandboxes of a provider that has calls for files.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt, future::BoxFuture};
use serde_json::json;

use super::{Operation, Stage, code, memory::Frame};
use crate::{
    error::{Code, Error},
    guest::{
        Exec, Program, Ran,
        script::{Reader, Writer},
        tests::local::{Local, OUTPUT},
    },
};

/// The longest file that it takes.
const MOST: usize = 200_000;

/// A sandbox whose files the provider reads and writes.
struct Provided {
    sandbox: Local,
    calls: AtomicUsize,
    /// How many of its calls succeed.
    good: usize,
    /// What its calls read, if that is not what programs see.
    sees: Option<&'static [u8]>,
}

impl Provided {
    fn sound() -> Self {
        Self {
            sandbox: Local::usual(),
            calls: AtomicUsize::new(0),
            good: usize::MAX,
            sees: None,
        }
    }

    fn failing_after(good: usize) -> Self {
        Self { good, ..Self::sound() }
    }

    /// How many programs have run, and how many calls were made.
    fn counts(&self) -> (usize, usize) {
        (self.sandbox.programs(), self.calls.load(Ordering::Relaxed))
    }

    fn call<T>(&self, done: std::io::Result<T>) -> Result<T, Error> {
        let failed = || Error::new(Code::S502, "no files");
        match self.calls.fetch_add(1, Ordering::Relaxed) < self.good {
            true => done.map_err(|_| failed()),
            false => Err(failed()),
        }
    }
}

impl Exec for Provided {
    fn run(&self, program: Program) -> impl Future<Output = Result<Ran, Error>> + Send {
        self.sandbox.run(program)
    }

    fn output_bytes(&self) -> usize {
        self.sandbox.output_bytes()
    }

    fn line_bytes(&self) -> usize {
        self.sandbox.line_bytes()
    }

    fn reader(&self) -> Option<&dyn Reader> {
        Some(self)
    }

    fn writer(&self) -> Option<&dyn Writer> {
        Some(self)
    }
}

impl Reader for Provided {
    fn most(&self) -> usize {
        MOST
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let seen = match self.sees {
            Some(bytes) => Ok(bytes.to_vec()),
            None => fs::read(self.sandbox.home().join(path)),
        };
        async move { self.call(seen) }.boxed()
    }
}

impl Writer for Provided {
    fn most(&self) -> usize {
        MOST
    }

    fn write(&self, path: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        assert!(bytes.len() <= MOST, "{}", bytes.len());
        async move { self.call(fs::write(path, bytes)) }.boxed()
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8)
        .collect()
}

/// No call of a provider puts a file in its place with its mode, as a whole or not at all: a program does, and what is short
/// comes with it.
#[tokio::test]
async fn to_write_what_is_short_takes_a_program_and_no_call() {
    let stage = Stage::of(Provided::failing_after(0));
    let written = stage
        .call(Operation::Write, json!({"path": "f", "content": "short"}))
        .await;
    assert_eq!(written.map(|written| written["bytes_written"].clone()), Ok(json!(5)));
    assert_eq!(stage.sandbox.counts(), (1, 0));
}

#[tokio::test]
async fn whatever_is_read_comes_by_a_call_and_a_program_tells_how_it_looks() {
    let stage = Stage::of(Provided::sound());
    for content in ["", "short"] {
        stage.sandbox.sandbox.put("f", content.as_bytes());
        let (programs, calls) = stage.sandbox.counts();
        let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
        assert_eq!((&read["body"], &read["size"]), (&json!(content), &json!(content.len())));
        assert_eq!(stage.sandbox.counts(), (programs + 1, calls + 1));
    }
}

/// What a call answers may be another file of that name, or one that was written meanwhile.
#[tokio::test]
async fn what_a_call_answers_counts_only_if_it_is_what_the_program_has_seen() {
    let stage = Stage::of(Provided {
        sees: Some(b"other"),
        ..Provided::sound()
    });
    stage.sandbox.sandbox.put("f", b"right");
    let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
    assert_eq!(read["body"], "right");
    assert_eq!(stage.sandbox.calls.load(Ordering::Relaxed), 1);
}

/// One call holds all that it answers in memory.
#[tokio::test]
async fn what_is_longer_than_a_call_takes_is_read_by_programs_piece_by_piece() {
    let stage = Stage::of(Provided::sound());
    stage.sandbox.sandbox.put("f", &bytes(MOST + 1));
    let request = json!({"path": "f"});
    let read = stage.call(Operation::Read, request).await.expect("a file");
    assert_eq!(
        stage.channels.all(&read["content"]).await,
        (bytes(MOST + 1), Some(Frame::Close))
    );
    assert_eq!(stage.sandbox.calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_is_long_goes_by_the_provider_and_is_put_in_its_place_by_programs() {
    let stage = Stage::of(Provided::sound());
    for length in [50_000, 700_000] {
        let sent = bytes(length);
        let request = json!({"path": "d/f", "content_b64": STANDARD.encode(&sent), "parents": true, "mode": "0700"});
        stage.call(Operation::Write, request).await.expect("it is written");
        assert_eq!(
            (stage.sandbox.sandbox.file("d/f"), stage.sandbox.sandbox.mode("d/f")),
            (sent, 0o700)
        );
        let left = fs::read_dir(stage.sandbox.sandbox.home().join("d"))
            .expect("a folder")
            .count();
        assert_eq!(left, 1);
    }
    assert_eq!(stage.sandbox.sandbox.programs(), 4);
    let programs = stage.sandbox.sandbox.programs();
    stage.sandbox.sandbox.put("g", &bytes(MOST));
    let read = stage.call(Operation::Read, json!({"path": "g"})).await.expect("a file");
    assert_eq!(
        stage.channels.all(&read["content"]).await,
        (bytes(MOST), Some(Frame::Close))
    );
    assert_eq!(stage.sandbox.sandbox.programs(), programs + 1);
}

/// It may see other files than programs do.
#[tokio::test]
async fn what_a_provider_cannot_read_is_read_by_programs() {
    let stage = Stage::of(Provided::failing_after(0));
    stage.sandbox.sandbox.put("f", &bytes(5 * OUTPUT));
    let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
    assert_eq!(
        stage.channels.all(&read["content"]).await,
        (bytes(5 * OUTPUT), Some(Frame::Close))
    );
}

#[tokio::test]
async fn what_a_provider_does_not_store_is_stored_by_programs() {
    let stage = Stage::of(Provided::failing_after(0));
    let sent = bytes(50_000);
    let request = json!({"path": "f", "content_b64": STANDARD.encode(&sent)});
    stage.call(Operation::Write, request).await.expect("it is written");
    assert_eq!(stage.sandbox.sandbox.file("f"), sent);
    assert_eq!(stage.sandbox.sandbox.names(), ["f"]);
    assert_eq!(stage.sandbox.calls.load(Ordering::Relaxed), 1, "it is not asked again");
}

#[tokio::test]
async fn what_a_provider_fails_to_store_in_the_middle_leaves_nothing() {
    let stage = Stage::of(Provided::failing_after(2));
    let request = json!({"path": "f", "content_b64": STANDARD.encode(bytes(700_000))});
    assert_eq!(stage.refused(Operation::Write, request).await, code("S216"));
    assert_eq!(stage.sandbox.sandbox.names(), <[&str; 0]>::default());
}
