//! Ends of channels in a test's own hands, for what a worker reads from or writes to.

use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::channels::{Direction, End, Item, Wanted};
use super::{Engine, Shared};
use crate::watched::DEADLINE;

/// The largest message of an SDK.
const MESSAGE: usize = 64 << 10;

/// The writing end of a channel that a worker is given to read from. It is silent as long as the test is, and breaks off,
/// as a writer whose connection is lost, when it is dropped.
#[derive(Debug)]
pub struct ChannelSource {
    reference: Value,
    items: Sender<Item>,
}

/// The reading end of a channel that a worker writes to. What the test does not read stands in the channel's buffer
/// until that is full; when the end is dropped, the channel is over for the worker.
#[derive(Debug)]
pub struct ChannelSink {
    items: Receiver<Item>,
    wanted: Wanted,
    shared: Shared,
}

impl Drop for ChannelSink {
    fn drop(&mut self) {
        self.shared.update(|state| state.channels.ended(&self.wanted));
    }
}

/// How a channel ended before its writer had closed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrokenOff {
    /// The close code, never 1000.
    pub code: u16,
    /// The text beside it.
    pub reason: String,
}

/// The whole content of a channel that was closed in good order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Received {
    /// The binary messages, joined.
    pub bytes: Vec<u8>,
    /// The text messages.
    pub texts: Vec<String>,
}

impl ChannelSource {
    /// What stands for the channel in a payload: `{channel_id, access_key, direction: "read"}`.
    pub fn reference(&self) -> Value {
        self.reference.clone()
    }

    /// Sends bytes, in messages of at most 64 KiB, as fast as they are taken. `false`: nobody takes them any more.
    pub async fn send(&self, bytes: &[u8]) -> bool {
        for part in bytes.chunks(MESSAGE) {
            let message = Message::binary(part.to_vec());
            if self.items.send(Item::Message(message)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Sends a text message.
    pub async fn say(&self, text: &str) -> bool {
        let message = Message::text(text.to_owned());
        self.items.send(Item::Message(message)).await.is_ok()
    }

    /// Closes the channel in good order, with code 1000.
    pub async fn close(self) {
        // Fails when the reader has gone, which its owner knows.
        let _ = self.items.send(Item::complete()).await;
    }

    /// Ends the channel with another code and this reason.
    pub async fn break_off(self, code: u16, reason: &str) {
        let _ = self.items.send(Item::end(CloseCode::from(code), reason)).await;
    }

    /// Sends all of it and closes the channel in good order.
    pub async fn send_all(self, bytes: &[u8]) {
        if self.send(bytes).await {
            self.close().await;
        }
    }
}

impl ChannelSink {
    /// The next message, text or binary; `None` at an end in good order. Panics after 20 s without either.
    ///
    /// # Errors
    /// The channel ended otherwise.
    pub async fn next(&mut self) -> Result<Option<Message>, BrokenOff> {
        let item = timeout(DEADLINE, self.items.recv()).await;
        let item = item.unwrap_or_else(|_| panic!("nothing came through the channel within {DEADLINE:?}"));
        match item.unwrap_or_else(Item::aborted) {
            Item::Message(message) => Ok(Some(message)),
            Item::End(close) if close.code == CloseCode::Normal => Ok(None),
            Item::End(close) => Err(BrokenOff {
                code: close.code.into(),
                reason: close.reason.to_string(),
            }),
        }
    }

    /// All there is, to the end. Panics after 20 s without a message.
    ///
    /// # Errors
    /// The channel ended otherwise than in good order.
    pub async fn read_to_end(mut self) -> Result<Received, BrokenOff> {
        let mut received = Received::default();
        while let Some(message) = self.next().await? {
            match message {
                Message::Text(text) => received.texts.push(text.to_string()),
                message => received.bytes.extend_from_slice(&message.into_data()),
            }
        }
        Ok(received)
    }
}

impl Engine {
    /// A new channel that the test writes to.
    pub fn source(&self) -> ChannelSource {
        self.shared.update(|state| {
            let mut made = state.channels.create(&Value::Null);
            let writer = wanted(&made["writer"]).expect("a reference of our own");
            let Some(End::Write(items)) = state.channels.take(&writer) else {
                unreachable!("a new channel has both its ends")
            };
            let reference = made["reader"].take();
            ChannelSource { reference, items }
        })
    }

    /// The reading end that a worker's `reference` stands for. Panics if there is no such channel, or if somebody else
    /// reads it.
    pub fn sink(&self, reference: &Value) -> ChannelSink {
        let wanted = wanted(reference).filter(|wanted| wanted.direction == Direction::Read);
        let wanted = wanted.unwrap_or_else(|| panic!("no channel to read from: {reference}"));
        match self.shared.update(|state| state.channels.take(&wanted)) {
            Some(End::Read(items)) => ChannelSink {
                items,
                wanted,
                shared: self.shared.clone(),
            },
            _ => panic!("no channel to read from: {reference}"),
        }
    }

    /// How many channels are not over.
    pub fn channels(&self) -> usize {
        self.shared.read(|state| state.channels.count())
    }

    /// Waits until exactly `count` channels are not over. Panics after 20 s.
    pub async fn wait_channels(&self, count: usize) {
        self.until(&format!("{count} open channel(s)"), |state| {
            (state.channels.count() == count).then_some(())
        })
        .await;
    }

    /// Does what the engine does five minutes after a channel was made: ends those that lack a connection.
    pub fn sweep_channels(&self) {
        self.shared.update(|state| state.channels.sweep());
    }
}

fn wanted(reference: &Value) -> Option<Wanted> {
    let text = |field: &str| reference[field].as_str().map(str::to_owned);
    Some(Wanted {
        channel_id: text("channel_id")?,
        access_key: text("access_key")?,
        direction: Direction::named(&text("direction")?)?,
    })
}
