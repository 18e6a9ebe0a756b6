//! Programs whose output is a stream of events, in each encoding of one.
//!
//! Whatever is sent is cut at random, within events, lines and characters.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::body::Call;
use super::exec;
use super::refusal::Refusal;
use super::world::Shared;
use crate::simulator::Streamed;
use crate::simulator::connect::{END, envelope};

/// How streams of events end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Ending {
    /// As the program has ended.
    #[default]
    Told,
    /// In good order over HTTP, and no event tells of the end.
    Untold,
    /// The connection breaks half way.
    Broken,
    /// Half of it comes, and then nothing.
    Stalled,
    /// With an error in place of the end.
    Error,
    /// With an error that has this code, before anything else.
    Refused(&'static str),
    /// As it should, and compressed.
    Compressed,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Connect,
    Sse,
    Lines,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramBody {
    line: String,
}

/// Runs a program on an instance and answers with a stream of what it has written.
pub(super) async fn run(shared: Arc<Shared>, id: String, call: &Call, encoding: Encoding) -> Result<Response, Refusal> {
    let ProgramBody { line } = encoding.asked(call)?;
    let ending = shared.world.read(|world| world.options.ending);
    let time = call.header("connect-timeout-ms").and_then(|text| text.parse().ok());
    let time = Duration::from_millis(time.unwrap_or(60_000));
    let bytes = match timeout(time, exec::run(shared, id, line)).await {
        Ok(ended) => encoding.events(&ended?, ending),
        Err(_) => encoding.out_of_time(),
    };
    let body = cut(bytes, ending);
    let mut response = Response::new(body);
    let kind = encoding.media_type().parse().expect("a header value");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response.extensions_mut().insert(Streamed);
    Ok(response)
}

impl Encoding {
    fn media_type(self) -> &'static str {
        match self {
            Self::Connect => "application/connect+json",
            Self::Sse => "text/event-stream; charset=utf-8",
            Self::Lines => "application/x-ndjson",
        }
    }

    fn asked(self, call: &Call) -> Result<ProgramBody, Refusal> {
        let refused = |status, detail: &str| Refusal::new(status, detail);
        if self != Self::Connect {
            let wanted = self.media_type().split(';').next();
            if call.header("accept") != wanted {
                return Err(refused(StatusCode::NOT_ACCEPTABLE, "No stream is asked for"));
            }
            return call.only(&[])?.body();
        }
        if call.header("content-type") != Some(self.media_type())
            || call.header("connect-protocol-version") != Some("1")
        {
            return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "No Connect stream"));
        }
        let body = call.only(&[])?.bytes();
        let message = body.get(5..).filter(|message| *body == envelope(0, message));
        let message = message.and_then(|message| serde_json::from_slice(message).ok());
        message.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "Not one envelope"))
    }

    fn events(self, ended: &Value, ending: Ending) -> Vec<u8> {
        if let Ending::Refused(code) = ending {
            return self.error(code);
        }
        let flags = u8::from(ending == Ending::Compressed);
        let mut bytes = self.first();
        for name in ["stdout", "stderr"] {
            let text = ended[name].as_str().unwrap_or_default();
            for piece in self.pieces(text) {
                bytes.extend(self.piece(flags, name, &piece));
                bytes.extend(self.kept_alive());
            }
        }
        let code = ended["exit_code"].as_i64().unwrap_or_default();
        bytes.extend(match ending {
            Ending::Untold if self == Self::Connect => envelope(END, b"{}"),
            Ending::Untold => Vec::new(),
            Ending::Error => self.error("internal"),
            _ => self.end(code),
        });
        bytes
    }

    fn first(self) -> Vec<u8> {
        match self {
            Self::Connect => envelope(0, br#"{"event":{"start":{"pid":7}}}"#),
            Self::Sse => b": hello\n\n".to_vec(),
            Self::Lines => b"{\"command\":{\"exitCode\":null}}\n".to_vec(),
        }
    }

    fn kept_alive(self) -> Vec<u8> {
        match self {
            Self::Connect => envelope(0, br#"{ "event": {"keepalive": {}} }"#),
            Self::Sse => b": still here\r\n\r\nevent: ping\ndata: {}\n\n".to_vec(),
            Self::Lines => b"\r\n".to_vec(),
        }
    }

    /// Base64 is of bytes, and cut within characters.
    fn pieces(self, text: &str) -> Vec<Vec<u8>> {
        let longest = (text.len() / 30).max(4);
        let mut rest = text.as_bytes();
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let mut length = fastrand::usize(1..=longest).min(rest.len());
            while self != Self::Connect && std::str::from_utf8(&rest[..length]).is_err() {
                length += 1;
            }
            let (piece, after) = rest.split_at(length);
            pieces.push(piece.to_vec());
            rest = after;
        }
        pieces
    }

    fn piece(self, flags: u8, name: &str, piece: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(piece);
        match self {
            Self::Connect => {
                let event = json!({"event": {"data": {name: STANDARD.encode(piece)}}});
                envelope(flags, event.to_string().as_bytes())
            }
            Self::Sse => format!("event: {name}\ndata: {}\n\n", json!({"text": text})).into_bytes(),
            Self::Lines => format!("{}\n", json!({"stream": name, "data": text})).into_bytes(),
        }
    }

    /// Connect leaves zeros out.
    fn end(self, code: i64) -> Vec<u8> {
        match self {
            Self::Connect => {
                let mut end = json!({"exited": true, "status": format!("exit status {code}")});
                if code != 0 {
                    end["exitCode"] = json!(code);
                }
                let event = json!({"event": {"end": end}});
                [envelope(0, event.to_string().as_bytes()), envelope(END, b"{}")].concat()
            }
            Self::Sse => format!("event: exit\ndata: {{\"code\": {code}}}\n\n").into_bytes(),
            Self::Lines => format!("{{\"command\":{{\"exitCode\":{code}}}}}\n").into_bytes(),
        }
    }

    fn error(self, code: &str) -> Vec<u8> {
        let error = json!({"error": {"code": code, "message": "Instance not found, or worse"}}).to_string();
        match self {
            Self::Connect => envelope(END, error.as_bytes()),
            Self::Sse => format!("event: error\ndata: {error}\n\n").into_bytes(),
            Self::Lines => format!("{error}\n").into_bytes(),
        }
    }

    /// The program is ended, and what it wrote is known.
    fn out_of_time(self) -> Vec<u8> {
        [
            self.first(),
            self.piece(0, "stdout", b"so far"),
            self.error("deadline_exceeded"),
        ]
        .concat()
    }
}

/// A body that comes in chunks of any length.
fn cut(bytes: Vec<u8>, ending: Ending) -> Body {
    let whole = bytes.len();
    let sent = match ending {
        Ending::Broken | Ending::Stalled => whole / 2,
        _ => whole,
    };
    let longest = (whole / 40).max(7);
    let mut rest = Bytes::from(bytes).slice(..sent);
    let chunks = std::iter::from_fn(move || {
        let length = fastrand::usize(1..=longest).min(rest.len());
        let chunk = rest.split_to(length);
        (!chunk.is_empty()).then_some(Ok(chunk))
    });
    let chunks = stream::iter(chunks);
    match ending {
        Ending::Broken => {
            let broken = io::Error::from(io::ErrorKind::BrokenPipe);
            Body::from_stream(chunks.chain(stream::iter([Err(broken)])))
        }
        Ending::Stalled => Body::from_stream(chunks.chain(stream::pending())),
        _ => Body::from_stream(
            chunks.map(|chunk: Result<Bytes, io::Error>| Ok::<_, Infallible>(chunk.unwrap_or_default())),
        ),
    }
}
