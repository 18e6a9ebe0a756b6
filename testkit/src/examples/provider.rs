//! The provider of an example: HTTP on loopback around its script.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::arrived::Arrived;
use super::sample::{Known, plain};
use super::script::Script;
use super::stream;
use super::written::{Answer, Exchange, Form};
use crate::watched::Watched;

/// More than any example sends.
const LARGEST: usize = 64 << 20;

/// A listening provider. Dropping it closes the port.
#[derive(Debug)]
pub(super) struct Provider {
    script: Arc<Watched<Script>>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Provider {
    pub(super) async fn start(mut script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        script.known.server = origin(address);
        let script = Arc::new(Watched::new(script));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let serving = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, routes).await;
        });
        Self {
            script,
            address,
            serving,
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub(super) fn url(&self) -> String {
        origin(self.address)
    }

    pub(super) fn script<R>(&self, look: impl FnOnce(&Script) -> R) -> R {
        self.script.read(look)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn origin(address: SocketAddr) -> String {
    format!("http://{address}")
}

async fn answer(State(script): State<Arc<Watched<Script>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return bare(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let arrived = Arrived::new(&parts, body);
    let found = script.update(|script| Ok((script.answer(&arrived)?, script.known.clone())));
    match found {
        Ok((exchange, known)) => answered(&exchange, &known),
        Err(status) => bare(status),
    }
}

fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn answered(exchange: &Exchange, known: &Known) -> Response<Body> {
    let mut response = bare(StatusCode::from_u16(exchange.status).expect("a status that the check takes"));
    let headers = response.headers_mut();
    let kind = match &exchange.answer {
        Answer::Nothing => None,
        Answer::Whole { media_type, .. } | Answer::Events { media_type, .. } => Some(media_type),
    };
    let kind = kind.and_then(|kind| kind.parse().ok());
    headers.extend(kind.map(|kind| (CONTENT_TYPE, kind)));
    for (name, value) in &exchange.answer_header {
        let name = HeaderName::try_from(name.as_str()).expect("the name of a header");
        let value = plain(&known.value(value)).parse().expect("the value of a header");
        headers.insert(name, value);
    }
    *response.body_mut() = body(&exchange.answer, known).into();
    response
}

fn body(answer: &Answer, known: &Known) -> Vec<u8> {
    match answer {
        Answer::Nothing => Vec::new(),
        Answer::Whole { form, body, .. } => {
            let value = known.value(body);
            match form {
                Form::Json | Form::Parts => value.to_string().into_bytes(),
                Form::Text => plain(&value).into_bytes(),
                Form::Bytes => STANDARD.decode(plain(&value)).expect("base64, as the check has it"),
            }
        }
        Answer::Events { framing, events, .. } => {
            let events: Vec<_> = events.iter().map(|event| known.value(event)).collect();
            stream::of(*framing, &events)
        }
    }
}
