//! A worker without an engine, which calls itself: nobody is there who could open a channel.

use iii_sdk::{channel::StreamChannelRef, helpers::ChannelDirection};

use super::channel::{Broken, Channels, Receiver, Sender};

/// Channels that take everything and give nothing.
pub(super) struct NoChannels;

impl Channels for NoChannels {
    type Sender = Self;
    type Receiver = Self;

    async fn create(&self) -> Result<(Self, StreamChannelRef), Broken> {
        let nowhere = StreamChannelRef {
            channel_id: String::new(),
            access_key: String::new(),
            direction: ChannelDirection::Read,
        };
        Ok((Self, nowhere))
    }

    async fn receiver(&self, _: &StreamChannelRef) -> Self {
        Self
    }

    /// Nobody reads what would be sent.
    fn spawn(&self, _: impl Future<Output = ()> + Send + 'static) {}
}

impl Sender for NoChannels {
    async fn send(&self, _: &[u8]) -> Result<(), Broken> {
        Ok(())
    }

    async fn fail(&self, _: &str) -> Result<(), Broken> {
        Ok(())
    }

    async fn close(&self) -> Result<(), Broken> {
        Ok(())
    }
}

impl Receiver for NoChannels {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        Err(Broken)
    }
}
