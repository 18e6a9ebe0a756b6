//! Channels without an engine.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use iii_sdk::{channel::StreamChannelRef, helpers::ChannelDirection};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::super::channel::{Broken, Channels, Receiver, Sender};

/// As many as the engine keeps.
const BUFFER: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Bytes(Vec<u8>),
    Failed(String),
    Close,
}

#[derive(Default)]
pub(super) struct Memory {
    ends: Mutex<HashMap<String, mpsc::Receiver<Frame>>>,
    created: AtomicUsize,
    pub tasks: TaskTracker,
}

pub(super) struct Written(mpsc::Sender<Frame>);

pub(super) struct Read(Option<mpsc::Receiver<Frame>>);

impl Memory {
    /// A channel of a caller's own.
    pub fn open(&self) -> (mpsc::Sender<Frame>, StreamChannelRef) {
        let (sender, receiver) = mpsc::channel(BUFFER);
        let channel_id = format!("channel {}", self.created.fetch_add(1, Ordering::Relaxed));
        self.ends.lock().expect("no panic").insert(channel_id.clone(), receiver);
        let channel = StreamChannelRef {
            channel_id,
            access_key: "key".to_owned(),
            direction: ChannelDirection::Read,
        };
        (sender, channel)
    }

    pub fn created(&self) -> usize {
        self.created.load(Ordering::Relaxed)
    }

    /// The end that is read of the channel of an answer.
    pub fn end(&self, channel: &Value) -> mpsc::Receiver<Frame> {
        let name = channel["channel_id"].as_str().expect("a channel");
        self.ends.lock().expect("no panic").remove(name).expect("a channel")
    }

    /// All that comes through it, and how it ends; none if it breaks off.
    pub async fn all(&self, channel: &Value) -> (Vec<u8>, Option<Frame>) {
        let (mut end, mut bytes) = (self.end(channel), Vec::new());
        loop {
            match end.recv().await {
                Some(Frame::Bytes(frame)) => {
                    // Without a frame the SDK opens no channel that it could close.
                    let is_all = frame.is_empty() && bytes.is_empty();
                    assert!(is_all || (1..=64 * 1024).contains(&frame.len()), "{}", frame.len());
                    bytes.extend(frame);
                }
                end => return (bytes, end),
            }
        }
    }
}

impl Channels for Memory {
    type Sender = Written;
    type Receiver = Read;

    async fn create(&self) -> Result<(Written, StreamChannelRef), Broken> {
        let (sender, channel) = self.open();
        Ok((Written(sender), channel))
    }

    async fn receiver(&self, channel: &StreamChannelRef) -> Read {
        Read(self.ends.lock().expect("no panic").remove(&channel.channel_id))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

impl Written {
    async fn put(&self, frame: Frame) -> Result<(), Broken> {
        self.0.send(frame).await.map_err(|_| Broken)
    }
}

impl Sender for Written {
    async fn send(&self, frame: &[u8]) -> Result<(), Broken> {
        self.put(Frame::Bytes(frame.to_vec())).await
    }

    async fn fail(&self, why: &str) -> Result<(), Broken> {
        self.put(Frame::Failed(why.to_owned())).await
    }

    async fn close(&self) -> Result<(), Broken> {
        self.put(Frame::Close).await
    }
}

impl Receiver for Read {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        match self.0.as_mut().ok_or(Broken)?.recv().await {
            Some(Frame::Bytes(frame)) => Ok(Some(frame)),
            Some(Frame::Close) => Ok(None),
            Some(Frame::Failed(_)) | None => Err(Broken),
        }
    }
}
