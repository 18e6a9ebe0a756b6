//! `fs::write`: a text, bytes as base64, or what comes through a channel becomes a file, as a whole or not at all.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use iii_sdk::{channel::StreamChannelRef, helpers::ChannelDirection};
use tokio::time::timeout;

use super::{
    super::fault::{Code, Fault, Outcome},
    answer,
    channel::{Broken, Channels, Receiver},
    refused::parentless,
    request::{self, Content, mode, path},
};
use crate::guest::{
    placing::Placing,
    script::{Exec, Failure},
    upload::Source,
};

/// The permissions of a file that is written.
const FILE: &str = "0644";

/// How long a channel may say nothing.
const SILENT: Duration = Duration::from_secs(30);

pub(super) async fn write<E, C>(exec: &E, channels: &C, request: request::Write) -> Outcome<answer::Write>
where
    E: Exec,
    C: Channels,
{
    let path = path("path", request.path)?;
    if path.ends_with('/') {
        return Err(Fault::new(Code::S210, "`path` must name a file, and not end in `/`"));
    }
    let placing = Placing {
        path: &path,
        mode: Some(mode(request.mode.as_deref().unwrap_or(FILE))?),
        parents: request.parents.unwrap_or_default(),
        was: None,
    };
    let bytes_written = match content(request.content, request.content_b64)? {
        Given::Bytes(bytes) => placing.place(exec, &mut bytes.as_slice()).await,
        Given::Channel(channel) => {
            let receiver = channels.receiver(&channel).await;
            placing.place(exec, &mut Received::new(receiver)).await
        }
    };
    let bytes_written = bytes_written.map_err(|unwritten| unwritten.fault(placing.parents))?;
    Ok(answer::Write { bytes_written, path })
}

/// Makes bytes the content of a file, as a whole or not at all.
///
/// # Errors
/// The contract's for files.
pub(in super::super) async fn put<E: Exec>(
    exec: &E,
    path: &str,
    mode: u32,
    parents: bool,
    mut bytes: &[u8],
) -> Outcome<()> {
    let placing = Placing {
        path,
        mode: Some(mode),
        parents,
        was: None,
    };
    let written = placing.place(exec, &mut bytes).await;
    written
        .map(drop)
        .map_err(|unwritten: Unwritten| unwritten.fault(parents))
}

/// What is to be in the file.
enum Given {
    Bytes(Vec<u8>),
    Channel(StreamChannelRef),
}

fn content(content: Option<Content>, base64: Option<String>) -> Outcome<Given> {
    match (content, base64) {
        (Some(Content::Text(text)), None) => Ok(Given::Bytes(text.into_bytes())),
        (Some(Content::Channel(channel)), None) if matches!(channel.direction, ChannelDirection::Read) => {
            Ok(Given::Channel(channel))
        }
        (Some(Content::Channel(_)), None) => {
            Err(Fault::bad_input("content", "must be the end of a channel that is read"))
        }
        (None, Some(base64)) => match STANDARD.decode(base64) {
            Ok(bytes) => Ok(Given::Bytes(bytes)),
            Err(_) => Err(Fault::bad_input("content_b64", "must be base64")),
        },
        _ => Err(Fault::bad_input(
            "content",
            "or `content_b64` must be given, and not both",
        )),
    }
}

/// Why nothing was written.
enum Unwritten {
    Refused(Failure),
    /// The channel broke off, in a sentence.
    Aborted(&'static str),
}

impl Unwritten {
    /// The contract's code for it; `parents` is whether the directories above the file are made.
    fn fault(self, parents: bool) -> Fault {
        match self {
            Self::Refused(failure) => parentless(failure, parents),
            Self::Aborted(why) => Fault::new(Code::S218, why),
        }
    }
}

impl From<Failure> for Unwritten {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

/// What has come through a channel and is not taken yet.
struct Received<R> {
    receiver: R,
    bytes: Vec<u8>,
    has_ended: bool,
}

impl<R> Received<R> {
    fn new(receiver: R) -> Self {
        Self {
            receiver,
            bytes: Vec::new(),
            has_ended: false,
        }
    }
}

impl<R: Receiver> Source<Unwritten> for Received<R> {
    async fn take(&mut self, bytes: usize) -> Result<Vec<u8>, Unwritten> {
        while !self.has_ended && self.bytes.len() < bytes {
            match timeout(SILENT, self.receiver.next()).await {
                Ok(Ok(Some(frame))) => self.bytes.extend(frame),
                Ok(Ok(None)) => self.has_ended = true,
                Ok(Err(Broken)) => {
                    return Err(Unwritten::Aborted(
                        "the channel of `content` broke off: nothing was written",
                    ));
                }
                Err(_) => {
                    return Err(Unwritten::Aborted(
                        "the channel of `content` was silent for 30 s: nothing was written",
                    ));
                }
            }
        }
        let rest = self.bytes.split_off(bytes.min(self.bytes.len()));
        Ok(std::mem::replace(&mut self.bytes, rest))
    }
}
