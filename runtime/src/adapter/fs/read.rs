//! `fs::read`: a file through a channel, and in the answer too if it is a short text.
//!
//! One that is short, or that one call of the provider reads, is read before the answer, and is what it was at one moment.
//! The pieces of another are read while they are sent, after the answer; if it changes meanwhile, the channel ends in an error.

use std::{sync::Arc, time::Duration};

use iii_sdk::channel::StreamChannelRef;
use tokio::time::timeout;

use super::{
    super::fault::{Code, Fault, Outcome},
    answer::{self, octal},
    channel::{Broken, Channels, Sender},
    refused::{refused, told},
    request::{OfPath, path},
};
use crate::guest::{
    entries::Look,
    opening::{self, Opened},
    script::Exec,
};

/// A text that is shorter than this is in the answer.
const BODY: usize = 1 << 20;

/// How many bytes are sent at a time.
const FRAME: usize = 64 * 1024;

/// How long a channel may be full: who has not read for so long does not come any more.
const UNREAD: Duration = Duration::from_secs(5 * 60);

pub(super) async fn read<E, C>(exec: &Arc<E>, channels: &C, request: OfPath) -> Outcome<answer::Read>
where
    E: Exec + Send + 'static,
    C: Channels,
{
    let path = path("path", request.path)?;
    let opened = told("path", opening::open(exec, &path).await)?;
    if opened.size >= BODY && !opened.takes_one_call(exec) {
        return send_pieces(exec, channels, path, opened).await;
    }
    let (look, most) = (opened.look, opened.size.max(BODY));
    let (look, bytes) = match told("path", opened.all(exec, &path).await)? {
        Some(bytes) => (look, bytes),
        None => told("path", opening::whole(exec, &path, |size| size <= most).await)?,
    };
    let size = bytes.len();
    let body = (size < BODY).then(|| String::from_utf8(bytes.clone()).ok()).flatten();
    let (sender, content) = create(channels).await?;
    channels.spawn(async move {
        let _ = send(&sender, &bytes).await;
        close(&sender).await;
    });
    Ok(answer(content, body, size, look))
}

async fn send_pieces<E, C>(exec: &Arc<E>, channels: &C, path: String, opened: Opened) -> Outcome<answer::Read>
where
    E: Exec + Send + 'static,
    C: Channels,
{
    let (sender, content) = create(channels).await?;
    let (look, size, exec) = (opened.look, opened.size, exec.clone());
    channels.spawn(async move {
        let mut pieces = opened.pieces(&exec, &path);
        loop {
            match pieces.next().await {
                Ok(Some(piece)) if send(&sender, &piece).await.is_ok() => {}
                // Nobody reads it.
                Ok(Some(_)) => return,
                Ok(None) => return close(&sender).await,
                Err(failure) => {
                    let fault = refused("path", failure);
                    let _ = in_time(sender.fail(&fault.to_string())).await;
                    return close(&sender).await;
                }
            }
        }
    });
    Ok(answer(content, None, size, look))
}

/// Without a frame there is no channel that could be closed.
async fn send<S: Sender>(sender: &S, bytes: &[u8]) -> Result<(), Broken> {
    if bytes.is_empty() {
        return in_time(sender.send(bytes)).await;
    }
    for frame in bytes.chunks(FRAME) {
        in_time(sender.send(frame)).await?;
    }
    Ok(())
}

/// One that cannot be closed breaks off.
async fn close<S: Sender>(sender: &S) {
    let _ = in_time(sender.close()).await;
}

async fn in_time(sent: impl Future<Output = Result<(), Broken>>) -> Result<(), Broken> {
    timeout(UNREAD, sent).await.unwrap_or(Err(Broken))
}

fn answer(content: StreamChannelRef, body: Option<String>, size: usize, look: Look) -> answer::Read {
    answer::Read {
        content,
        body,
        size: size as u64,
        mode: octal(look),
        mtime: look.mtime,
    }
}

async fn create<C: Channels>(channels: &C) -> Outcome<(C::Sender, StreamChannelRef)> {
    let created = channels.create().await;
    created.map_err(|Broken| Fault::new(Code::S218, "the engine makes no channel for the content"))
}
