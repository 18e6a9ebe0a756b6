//! What a program writes, as events in pieces of any size: neither lines nor characters keep together.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest piece.
const LARGEST: usize = 32 * 1024;

/// One of a program's streams.
#[derive(Debug)]
pub(super) struct Output<R> {
    name: &'static str,
    pipe: Option<R>,
    rng: Rng,
}

impl<R: AsyncRead + Unpin> Output<R> {
    pub(super) fn new(name: &'static str, pipe: Option<R>) -> Self {
        Self {
            name,
            pipe,
            rng: Rng::new(),
        }
    }

    /// Whether everybody who could write has closed it.
    pub(super) fn is_over(&self) -> bool {
        self.pipe.is_none()
    }

    /// What has not been read yet.
    pub(super) fn rest(self) -> Option<R> {
        self.pipe
    }

    /// The next piece as an event; never again after the end of the stream.
    pub(super) async fn next(&mut self) -> Option<Value> {
        let Some(pipe) = &mut self.pipe else {
            return std::future::pending().await;
        };
        let size = match self.rng.u8(..4) {
            0 => self.rng.usize(1..=7),
            _ => self.rng.usize(1..=LARGEST),
        };
        let mut piece = vec![0; size];
        match pipe.read(&mut piece).await {
            Ok(length @ 1..) => Some(json!({"data": {self.name: BASE64_STANDARD.encode(&piece[..length])}})),
            Ok(0) | Err(_) => {
                self.pipe = None;
                None
            }
        }
    }
}
