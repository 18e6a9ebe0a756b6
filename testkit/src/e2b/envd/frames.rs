//! The sending side of a stream: envelopes, cut anywhere on their way.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fastrand::Rng;
use futures::stream::unfold;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::connect::{RpcError, STREAM};
use crate::simulator::{
    Streamed,
    connect::{END, envelope},
};

type Piece = Result<Bytes, Broken>;

/// The connection breaks, since what answered is gone.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the sandbox is gone")
    }
}

impl std::error::Error for Broken {}

/// Sends envelopes in pieces of any size, which need not end where an envelope does. What nobody listens to any more is
/// dropped.
#[derive(Debug)]
pub(super) struct Frames {
    pieces: mpsc::Sender<Piece>,
    /// The last bytes of what was to be sent, which go with the next.
    held: Vec<u8>,
    rng: Rng,
}

/// A stream, and its answer.
pub(super) fn stream() -> (Frames, Response) {
    let (pieces, receiver) = mpsc::channel::<Piece>(16);
    let received = unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let mut response = Body::from_stream(received).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, STREAM.parse().expect("a media type"));
    response.extensions_mut().insert(Streamed);
    let frames = Frames {
        pieces,
        held: Vec::new(),
        rng: Rng::new(),
    };
    (frames, response)
}

/// The answer to a call that fails before it has begun.
pub(super) async fn failed(error: &RpcError) -> Response {
    let (mut frames, response) = stream();
    let error = error.clone();
    tokio::spawn(async move { frames.end(Some(&error)).await });
    response
}

impl Frames {
    pub(super) async fn events(&mut self, event: Option<Value>) {
        if let Some(event) = event {
            self.send(0, &json!({"event": event})).await;
        }
    }

    /// The last envelope.
    pub(super) async fn end(&mut self, error: Option<&RpcError>) {
        let message = error.map_or_else(|| json!({}), |error| json!({"error": error.shown()}));
        self.send(END, &message).await;
    }

    /// The connection breaks in the middle of an answer.
    pub(super) async fn break_off(&mut self) {
        // Without a pause the error overtakes the bytes that are still in the server's buffer.
        tokio::task::yield_now().await;
        let _ = self.pieces.send(Err(Broken)).await;
    }

    async fn send(&mut self, flags: u8, message: &Value) {
        let envelope = envelope(flags, self.written(message).as_bytes());
        let mut rest = Bytes::from([std::mem::take(&mut self.held), envelope].concat());
        if flags != END && self.rng.bool() {
            let held = self.rng.usize(1..=7).min(rest.len());
            self.held = rest.split_off(rest.len() - held).to_vec();
        }
        while !rest.is_empty() {
            let cut = match self.rng.u8(..3) {
                0 => rest.len(),
                1 => self.rng.usize(1..=rest.len()),
                _ => self.rng.usize(1..=rest.len().min(9)),
            };
            if self.pieces.send(Ok(rest.split_to(cut))).await.is_err() {
                return;
            }
        }
    }

    /// As the service writes JSON: with a space here and there in one build, without in another.
    fn written(&mut self, message: &Value) -> String {
        match self.rng.bool() {
            true => message.to_string(),
            false => serde_json::to_string_pretty(message)
                .unwrap_or_default()
                .replace('\n', " "),
        }
    }
}
