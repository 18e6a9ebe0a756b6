//! Channels: what goes in at one end comes out at the other, each end a socket of its own.

use std::collections::HashMap;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use uuid::Uuid;

use super::Shared;
use super::socket::{Socket, say_goodbye};

const BUFFERED: usize = 64;
const MOST_BUFFERED: usize = 1024;

/// One thing on its way through a channel.
#[derive(Debug)]
pub(super) enum Item {
    /// A text or binary message.
    Message(Message),
    /// The writer's end, as the reader is told it.
    End(CloseFrame),
}

impl Item {
    pub(super) fn end(code: CloseCode, reason: &str) -> Self {
        let reason = reason.to_owned().into();
        Self::End(CloseFrame { code, reason })
    }

    pub(super) fn complete() -> Self {
        Self::end(CloseCode::Normal, "stream_complete")
    }

    pub(super) fn aborted() -> Self {
        Self::end(CloseCode::Error, "channel writer aborted: connection lost before close")
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Direction {
    Read,
    Write,
}

impl Direction {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// Which end of which channel a connection asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) channel_id: String,
    pub(super) access_key: String,
    pub(super) direction: Direction,
}

/// An end that nobody else has.
pub(super) enum End {
    Read(Receiver<Item>),
    Write(Sender<Item>),
}

#[derive(Debug)]
struct Channel {
    access_key: String,
    /// Each until its one connection comes.
    writer: Option<Sender<Item>>,
    reader: Option<Receiver<Item>>,
}

/// The channels that are not over.
#[derive(Debug, Default)]
pub(super) struct Channels {
    open: HashMap<String, Channel>,
    /// Dropped to cut every connection.
    line: watch::Sender<()>,
}

impl Channels {
    /// What `engine::channels::create` answers.
    pub(super) fn create(&mut self, request: &Value) -> Value {
        let asked = request["buffer_size"]
            .as_u64()
            .and_then(|size| usize::try_from(size).ok());
        let (writer, reader) = mpsc::channel(asked.unwrap_or(BUFFERED).clamp(1, MOST_BUFFERED));
        let (id, key) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let end = |direction| json!({"channel_id": id, "access_key": key, "direction": direction});
        let answer = json!({"writer": end("write"), "reader": end("read")});
        let channel = Channel {
            access_key: key,
            writer: Some(writer),
            reader: Some(reader),
        };
        self.open.insert(id, channel);
        answer
    }

    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    pub(super) fn knows(&self, wanted: &Wanted) -> bool {
        let channel = self.open.get(&wanted.channel_id);
        channel.is_some_and(|channel| channel.access_key == wanted.access_key)
    }

    /// `None`: there is no such channel, or somebody else has this end.
    pub(super) fn take(&mut self, wanted: &Wanted) -> Option<End> {
        let channel = self.open.get_mut(&wanted.channel_id)?;
        if channel.access_key != wanted.access_key {
            return None;
        }
        match wanted.direction {
            Direction::Read => channel.reader.take().map(End::Read),
            Direction::Write => channel.writer.take().map(End::Write),
        }
    }

    /// What a writer has sent waits for its reader; otherwise a channel is over when one end is.
    pub(super) fn ended(&mut self, wanted: &Wanted) {
        let awaits_reader = |channel: &Channel| channel.reader.is_some();
        if !self.open.get(&wanted.channel_id).is_some_and(awaits_reader) {
            self.open.remove(&wanted.channel_id);
        }
    }

    /// Ends the channels that lack a connection.
    pub(super) fn sweep(&mut self) {
        let has_both = |channel: &Channel| channel.writer.is_none() && channel.reader.is_none();
        self.open.retain(|_, channel| has_both(channel));
    }

    pub(super) fn cut(&mut self) {
        self.open.clear();
        self.line = watch::Sender::default();
    }
}

/// Serves the one connection of an end; another is closed.
pub(super) async fn serve(mut socket: Socket, wanted: Wanted, shared: &Shared) {
    let taken = shared.update(|state| {
        let end = state.channels.take(&wanted)?;
        Some((end, state.channels.line.subscribe()))
    });
    let Some((end, mut line)) = taken else {
        let _ = socket.close(None).await;
        return;
    };
    let serving = async {
        match end {
            End::Read(items) => send_all(socket, items).await,
            End::Write(items) => take_all(socket, items).await,
        }
    };
    tokio::select! {
        () = serving => {}
        // Dropping the socket is what cuts it.
        _ = line.changed() => {}
    }
    shared.update(|state| state.channels.ended(&wanted));
}

async fn send_all(mut socket: Socket, mut items: Receiver<Item>) {
    loop {
        tokio::select! {
            item = items.recv() => match item.unwrap_or_else(Item::aborted) {
                Item::Message(message) => if socket.send(message).await.is_err() {
                    return;
                },
                Item::End(close) => return say_goodbye(&mut socket, Some(close)).await,
            },
            incoming = socket.next() => match incoming {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn take_all(mut socket: Socket, items: Sender<Item>) {
    loop {
        let item = tokio::select! {
            () = items.closed() => return,
            incoming = socket.next() => match incoming {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => Item::Message(message),
                Some(Ok(Message::Close(close))) => ending(close),
                Some(Err(_)) | None => Item::aborted(),
                Some(Ok(_)) => continue,
            },
        };
        let last = matches!(item, Item::End(_));
        if items.send(item).await.is_err() || last {
            return;
        }
    }
}

/// A close without a code is as clean as one with code 1000.
fn ending(close: Option<CloseFrame>) -> Item {
    match close {
        None => Item::complete(),
        Some(close) if close.code == CloseCode::Normal => Item::complete(),
        Some(close) => Item::end(CloseCode::Error, &format!("channel writer aborted: {}", close.reason)),
    }
}
