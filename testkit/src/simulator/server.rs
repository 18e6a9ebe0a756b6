//! From sockets to the router: recording, faults and rewrites around the real answer.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, Uri};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::fault::{Fault, Faults, Hit};
use super::impostor::impersonate;
use super::seen::Seen;
use super::spoil::{Answer, Cut, collected, spoil};
use super::traffic::Traffic;
use super::world::World;
use crate::watched::Watched;

/// What the routes of a simulator share.
pub(crate) struct Shared<W> {
    pub(crate) api_key: String,
    pub(crate) world: Watched<W>,
    pub(crate) traffic: Traffic,
}

impl<W> Shared<W> {
    pub(crate) fn new(world: W, api_key: String) -> Self {
        Self {
            api_key,
            world: Watched::new(world),
            traffic: Traffic::default(),
        }
    }
}

impl<W> fmt::Debug for Shared<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// The listening side. Dropping it closes the port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start<W: World>(port: u16, router: Router, shared: Arc<Shared<W>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap_or_else(|error| panic!("cannot listen on port {port}: {error}"));
        let address = listener.local_addr().expect("a listener has an address");
        Self {
            address,
            accepting: tokio::spawn(accept(listener, router, shared)),
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<W: World>(listener: TcpListener, router: Router, shared: Arc<Shared<W>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, router.clone(), Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve<W: World>(stream: TcpStream, router: Router, shared: Arc<Shared<W>>) {
    let is_used = AtomicBool::new(false);
    let service = service_fn(move |request| {
        let is_reused = is_used.swap(true, Ordering::SeqCst);
        answer(request, is_reused, router.clone(), Arc::clone(&shared))
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error here is a client that left, or a fault that did its work.
    let _ = connection.await;
}

async fn answer<W: World>(
    request: Request<Incoming>,
    is_reused: bool,
    router: Router,
    shared: Arc<Shared<W>>,
) -> Result<Response<Body>, Cut> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let seen = Seen::new(&parts, &body);
    let exchange = Exchange {
        method: seen.method.clone(),
        path: seen.path.clone(),
        router,
        shared,
    };
    exchange.shared.traffic.seen.update(|all| all.push(seen));
    if exchange.shared.world.read(|world| world.ids_in_any_case()) {
        parts.uri = in_lower_case(&parts.uri);
    }
    let latency = exchange.shared.traffic.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let (method, path) = (&exchange.method, &exchange.path);
    if let Some((refusal, after_effect)) = exchange
        .shared
        .traffic
        .limits
        .update(|limits| limits.meet(method, path))
    {
        if after_effect {
            exchange.perform(parts, body).await;
        }
        return exchange.spoil(&refusal, None);
    }
    let hit = exchange
        .shared
        .traffic
        .faults
        .update(|faults| faults.meet(method, path));
    match hit.filter(|hit| is_reused || hit.fault != Fault::CutIfReused) {
        None => Ok(exchange.respond(parts, body).await),
        Some(hit) => exchange.fail(hit, parts, body).await,
    }
}

/// Marks an answer whose body comes while something happens: it is passed on as it comes, unless a fault wants it whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streamed;

fn in_lower_case(uri: &Uri) -> Uri {
    uri.to_string()
        .to_ascii_lowercase()
        .parse()
        .expect("it is as good in lower case")
}

/// One request on its way.
struct Exchange<W> {
    method: String,
    path: String,
    router: Router,
    shared: Arc<Shared<W>>,
}

impl<W: World> Exchange<W> {
    /// The effect and the real answer.
    async fn respond(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let response = self.route(parts, body).await;
        match response.extensions().get::<Streamed>() {
            Some(Streamed) => response,
            None => self.rewritten(collected(response).await).into_response(),
        }
    }

    /// The effect and the real answer, whole.
    async fn perform(&self, parts: Parts, body: Bytes) -> Answer {
        self.rewritten(collected(self.route(parts, body).await).await)
    }

    async fn route(&self, parts: Parts, body: Bytes) -> Response<Body> {
        let request = Request::from_parts(parts, Body::from(body));
        let service = TowerToHyperService::new(self.router.clone());
        let Ok(response) = service.call(request).await;
        response
    }

    fn rewritten(&self, answer: Answer) -> Answer {
        match answer.status.is_success() {
            true => self.shared.traffic.edited(&self.method, &self.path, answer),
            false => answer,
        }
    }

    async fn fail(&self, hit: Hit, parts: Parts, body: Bytes) -> Result<Response<Body>, Cut> {
        if hit.fault.only_delays() {
            return Ok(self.delay(hit, parts, body).await.into_response());
        }
        let real = match hit.after_effect {
            true => Some(self.perform(parts, body).await),
            false => None,
        };
        let real = real.map(|answer| self.with_impostor(&hit.fault, answer));
        self.shared.traffic.faults.update(|faults| faults.count(&hit));
        self.spoil(&hit.fault, real)
    }

    fn spoil(&self, fault: &Fault, real: Option<Answer>) -> Result<Response<Body>, Cut> {
        spoil(fault, real, |status| {
            self.shared.world.read(|world| world.injected(status))
        })
    }

    fn with_impostor(&self, fault: &Fault, answer: Answer) -> Answer {
        let (Fault::Impostor(id), Ok(mut json)) = (fault, serde_json::from_slice(&answer.body)) else {
            return answer;
        };
        // What was asked for is replaced, what was acted on is not.
        let acted_on = if self.method == "GET" { "" } else { &self.path };
        let known = self.shared.world.read(World::known);
        impersonate(&mut json, acted_on, id, &known);
        answer.with_json(&json)
    }

    async fn delay(&self, hit: Hit, parts: Parts, body: Bytes) -> Answer {
        if hit.after_effect {
            let answer = self.perform(parts, body).await;
            self.wait_out(&hit).await;
            return answer;
        }
        self.wait_out(&hit).await;
        self.perform(parts, body).await
    }

    async fn wait_out(&self, hit: &Hit) {
        let released = self.shared.traffic.faults.update(|faults| {
            faults.count(hit);
            faults.releases()
        });
        match &hit.fault {
            Fault::Slow(by) => tokio::time::sleep(*by).await,
            _ => self.wait_for_release(released).await,
        }
    }

    async fn wait_for_release(&self, released: usize) {
        let forever = std::time::Duration::from_secs(24 * 3600);
        let later = |faults: &Faults| (faults.releases() > released).then_some(());
        self.shared.traffic.faults.wait(forever, later).await;
    }
}
