//! Sockets: accepting upgrades, moving frames between a connection and the state.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};
use uuid::Uuid;

use super::Shared;
use super::channels::{self, Direction, Wanted};
use super::protocol;
use super::state::Outgoing;

const MESSAGE_LIMIT: usize = 64 << 20;
const GOODBYE: Duration = Duration::from_secs(2);

/// Tells a worker that this end sends small frames at once, so that the worker may too: with only one end doing so,
/// each call could wait 40 ms for a delayed acknowledgement.
const CAPABILITIES: &str = "x-iii-capabilities";
const SENDS_AT_ONCE: &str = "tcp-nodelay";

pub(super) type Socket = WebSocketStream<TcpStream>;

pub(super) async fn accept(listener: TcpListener, shared: Shared) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Shared) {
    // Fails only if the connection has ended already.
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LIMIT))
        .max_frame_size(Some(MESSAGE_LIMIT));
    let mut target = None;
    let route = Route {
        shared: &shared,
        target: &mut target,
    };
    let Ok(socket) = accept_hdr_async_with_config(stream, route, Some(config)).await else {
        return;
    };
    match target {
        Some(Target::Worker) => serve_worker(socket, &shared).await,
        Some(Target::Telemetry) => collect_telemetry(socket, &shared).await,
        Some(Target::Channel(wanted)) => channels::serve(socket, wanted, &shared).await,
        None => {}
    }
}

/// What a connection is for.
enum Target {
    Worker,
    Telemetry,
    Channel(Wanted),
}

impl Target {
    fn of(uri: &Uri) -> Option<Self> {
        match uri.path() {
            "/" => Some(Self::Worker),
            "/otel" => Some(Self::Telemetry),
            path => Some(Self::Channel(Wanted {
                channel_id: path.strip_prefix("/ws/channels/")?.to_owned(),
                access_key: parameter(uri, "key")?,
                direction: Direction::named(&parameter(uri, "dir")?)?,
            })),
        }
    }
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    Some(value.into_owned())
}

/// Finds out in a handshake what the connection is for, refuses what there is not, and says what the engine can.
struct Route<'a> {
    shared: &'a Shared,
    target: &'a mut Option<Target>,
}

impl Route<'_> {
    fn is_known(&self, target: &Target) -> bool {
        match target {
            Target::Channel(wanted) => self.shared.read(|state| state.channels.knows(wanted)),
            Target::Worker | Target::Telemetry => true,
        }
    }
}

impl Callback for Route<'_> {
    fn on_request(self, request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        if let Some(status) = self.shared.read(|state| state.refuses) {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status;
            return Err(refusal);
        }
        if let Some(target) = Target::of(request.uri()).filter(|target| self.is_known(target)) {
            *self.target = Some(target);
            let capabilities = HeaderValue::from_static(SENDS_AT_ONCE);
            response.headers_mut().insert(CAPABILITIES, capabilities);
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::NOT_FOUND;
        Err(refusal)
    }
}

async fn collect_telemetry(mut socket: Socket, shared: &Shared) {
    while let Some(Ok(message)) = socket.next().await {
        if message.is_binary() || message.is_text() {
            shared.update(|state| state.telemetry.push(message.into_data().to_vec()));
        }
    }
}

async fn serve_worker(mut socket: Socket, shared: &Shared) {
    let worker_id = Uuid::new_v4().to_string();
    let (outgoing, frames) = mpsc::unbounded_channel();
    shared.update(|state| state.join(&worker_id, outgoing));
    exchange(&mut socket, &worker_id, frames, shared).await;
    shared.update(|state| state.retire(&worker_id));
}

/// Returns when either side is done; dropping the socket afterwards is what cuts it.
async fn exchange(socket: &mut Socket, worker_id: &str, mut frames: UnboundedReceiver<Outgoing>, shared: &Shared) {
    let mut deaf = false;
    loop {
        tokio::select! {
            outgoing = frames.recv() => match outgoing {
                Some(Outgoing::Deaf(now)) => deaf = now,
                Some(Outgoing::Frame(text)) => {
                    if socket.send(Message::text(text)).await.is_err() {
                        return;
                    }
                }
                Some(Outgoing::Goodbye) => return say_goodbye(socket, None).await,
                None => return,
            },
            incoming = socket.next(), if !deaf => match incoming {
                Some(Ok(Message::Text(text))) => {
                    let frame = protocol::read(&text);
                    shared.update(|state| protocol::receive(state, worker_id, frame));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}

/// Closes in good order: a cut with unread input could destroy the last frames on their way out.
pub(super) async fn say_goodbye(socket: &mut Socket, close: Option<CloseFrame>) {
    let _ = socket.close(close).await;
    let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = socket.next().await {} }).await;
}
