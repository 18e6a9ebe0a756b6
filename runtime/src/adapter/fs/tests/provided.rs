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
        script::Files,
        tests::local::{Local, OUTPUT},
    },
};

/// The longest file that it takes.
const MOST: usize = 200_000;

/// A sandbox whose files the provider reads and writes.
struct Provided {
    sandbox: Local,
    calls: AtomicUsize,
    /// Whether its calls fail.
    is_broken: bool,
}

impl Provided {
    fn new(is_broken: bool) -> Stage<Self> {
        Stage::of(Self {
            sandbox: Local::usual(),
            calls: AtomicUsize::new(0),
            is_broken,
        })
    }

    fn call<T>(&self, done: std::io::Result<T>) -> Result<T, Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let failed = || Error::new(Code::S502, "no files");
        match self.is_broken {
            true => Err(failed()),
            false => done.map_err(|_| failed()),
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

    fn files(&self) -> Option<&dyn Files> {
        Some(self)
    }
}

impl Files for Provided {
    fn most(&self) -> usize {
        MOST
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        async move { self.call(fs::read(self.sandbox.home().join(path))) }.boxed()
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

#[tokio::test]
async fn what_is_short_takes_a_program_and_no_call() {
    let stage = Provided::new(true);
    let written = stage
        .call(Operation::Write, json!({"path": "f", "content": "short"}))
        .await;
    assert_eq!(written.map(|written| written["bytes_written"].clone()), Ok(json!(5)));
    let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
    assert_eq!(read["body"], "short");
    let sandbox = &stage.sandbox;
    assert_eq!(
        (sandbox.sandbox.programs(), sandbox.calls.load(Ordering::Relaxed)),
        (2, 0)
    );
}

#[tokio::test]
async fn what_is_long_goes_by_the_provider_and_is_put_in_its_place_by_programs() {
    let stage = Provided::new(false);
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
    let stage = Provided::new(true);
    stage.sandbox.sandbox.put("f", &bytes(5 * OUTPUT));
    let read = stage.call(Operation::Read, json!({"path": "f"})).await.expect("a file");
    assert_eq!(
        stage.channels.all(&read["content"]).await,
        (bytes(5 * OUTPUT), Some(Frame::Close))
    );
}

#[tokio::test]
async fn what_a_provider_does_not_store_leaves_nothing() {
    let stage = Provided::new(true);
    let request = json!({"path": "f", "content_b64": STANDARD.encode(bytes(50_000))});
    assert_eq!(stage.refused(Operation::Write, request).await, code("S216"));
    assert_eq!(stage.sandbox.sandbox.names(), <[&str; 0]>::default());
}
