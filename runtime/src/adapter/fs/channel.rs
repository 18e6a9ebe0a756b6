//! The engine's channels, which bytes come and go by beside requests and answers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use iii_sdk::{
    IIIClient,
    channel::{ChannelReader, ChannelWriter, StreamChannelRef},
    errors::Error,
    helpers::create_channel,
};
use serde_json::{Value, json};

use crate::{provider::Api, shutdown::Stage, telemetry::spans, worker::Worker};

/// How many frames the engine keeps of a channel that nobody reads.
const BUFFER: usize = 64;

/// A channel is not there, or has broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// Makes channels, and opens those of others.
pub(crate) trait Channels: Send + Sync {
    type Sender: Sender;
    type Receiver: Receiver;

    /// A new channel: the end that is written to, and how others open the end that is read.
    fn create(&self) -> impl Future<Output = Result<(Self::Sender, StreamChannelRef), Broken>> + Send;

    /// The end of another's channel that is read.
    fn receiver(&self, channel: &StreamChannelRef) -> impl Future<Output = Self::Receiver> + Send;

    /// Does something after the call has been answered. The end of the worker does not wait for it.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);
}

/// The end of a channel that is written to. One that is dropped before it is closed breaks off.
pub(crate) trait Sender: Send + Sync + 'static {
    /// Sends a frame; returns when the engine has room for it.
    fn send(&self, frame: &[u8]) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Tells the reader why there is no more.
    fn fail(&self, why: &str) -> impl Future<Output = Result<(), Broken>> + Send;

    fn close(&self) -> impl Future<Output = Result<(), Broken>> + Send;
}

/// The end of a channel that is read.
pub(crate) trait Receiver: Send {
    /// The next frame; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Broken>> + Send;
}

/// The engine that the worker is connected to.
pub(crate) struct EngineChannels<C: Api> {
    client: IIIClient,
    worker: Arc<Worker<C>>,
}

/// An end that is read, of a channel of the engine.
pub(crate) struct EngineReceiver {
    reader: ChannelReader,
    /// Whether the writer has said that there is no more because something failed.
    has_failed: Arc<AtomicBool>,
}

impl<C: Api> EngineChannels<C> {
    /// What goes on after a call of this worker ends with it.
    pub fn new(client: IIIClient, worker: Arc<Worker<C>>) -> Self {
        Self { client, worker }
    }
}

impl<C: Api> Channels for EngineChannels<C> {
    type Sender = ChannelWriter;
    type Receiver = EngineReceiver;

    async fn create(&self) -> Result<(ChannelWriter, StreamChannelRef), Broken> {
        let channel = create_channel(&self.client, Some(BUFFER)).await?;
        Ok((channel.writer, channel.reader_ref))
    }

    async fn receiver(&self, channel: &StreamChannelRef) -> EngineReceiver {
        let reader = ChannelReader::new(self.client.address(), channel);
        let has_failed = Arc::new(AtomicBool::new(false));
        let failed = has_failed.clone();
        let heard = move |message: String| {
            failed.store(
                failed.load(Ordering::Relaxed) || tells_failure(&message),
                Ordering::Relaxed,
            )
        };
        reader.on_message(heard).await;
        EngineReceiver { reader, has_failed }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ending = self.worker.shutdown.reached(Stage::Ending);
        self.worker.background.spawn(spans::following(async move {
            tokio::select! {
                () = task => {}
                () = ending => {}
            }
        }));
    }
}

impl Sender for ChannelWriter {
    async fn send(&self, frame: &[u8]) -> Result<(), Broken> {
        Ok(self.write(frame).await?)
    }

    async fn fail(&self, why: &str) -> Result<(), Broken> {
        Ok(self.send_message(&json!({"error": why}).to_string()).await?)
    }

    async fn close(&self) -> Result<(), Broken> {
        Ok(ChannelWriter::close(self).await?)
    }
}

impl Receiver for EngineReceiver {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let frame = self.reader.next_binary().await?;
        match self.has_failed.load(Ordering::Relaxed) {
            true => Err(Broken),
            false => Ok(frame),
        }
    }
}

/// As [`Sender::fail`] does, and as `fs::read` of other adapters does.
fn tells_failure(message: &str) -> bool {
    let message: Option<Value> = serde_json::from_str(message).ok();
    message.is_some_and(|message| message.get("error").is_some_and(|error| !error.is_null()))
}

/// What the SDK says of it may hold the key of the channel.
impl From<Error> for Broken {
    fn from(_: Error) -> Self {
        Self
    }
}
