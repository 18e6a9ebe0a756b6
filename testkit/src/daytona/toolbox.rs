//! What runs at every sandbox: commands, sessions and files, behind an address of their own and the same key.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::body::Call;
use super::exec::{self, Execute};
use super::files;
use super::refusal::ToolboxRefusal;
use super::session::{self, CreateSession, SessionExecute};
use super::world::{Shared, World};
use crate::simulator::World as _;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, ToolboxRefusal>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/process/execute", post(execute))
        .route("/process/session", post(open))
        .route("/process/session/{session}", get(show).delete(close))
        .route("/process/session/{session}/exec", post(execute_in))
        .route("/files/download", get(download))
        .route("/files/upload", post(upload))
        .route("/files/bulk-upload", post(upload_several))
        .route("/files/permissions", post(permit))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_route)
}

/// A request to the toolbox of a sandbox that runs.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) id: String,
    session: String,
    call: Call,
}

impl FromRequest<Arc<Shared>> for Inside {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let named = Path::<BTreeMap<String, String>>::from_request_parts(&mut parts, shared).await;
        let mut named = named.map(|Path(named)| named).unwrap_or_default();
        let mut part = |name: &str| named.remove(name).unwrap_or_default();
        let (toolbox, id, session) = (part("toolbox"), part("id"), part("session"));
        let call = Call::read(Request::from_parts(parts, body)).await;
        if !call.has_key(&shared.api_key) {
            let refusal = ToolboxRefusal::new(StatusCode::UNAUTHORIZED, "authentication failed");
            return Err(refusal.into_response());
        }
        let runs = shared.world.update(|world| world.enter(&toolbox, &id));
        runs.map_err(IntoResponse::into_response)?;
        Ok(Self { id, session, call })
    }
}

impl Inside {
    /// Refuses query parameters other than these.
    fn only(&self, known: &[&str]) -> Result<&Self, ToolboxRefusal> {
        let known = self.call.only(known, &[]);
        known.map_err(|_| ToolboxRefusal::bad("unknown query parameter"))?;
        Ok(self)
    }

    fn required(&self, name: &str) -> Result<&str, ToolboxRefusal> {
        let value = self.call.parameter(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| ToolboxRefusal::bad(&format!("{name} is required")))
    }

    fn without_body(&self) -> Result<&Self, ToolboxRefusal> {
        let empty = self.call.without_body();
        empty.map_err(|_| ToolboxRefusal::bad("no body is expected"))?;
        Ok(self)
    }

    fn json<T: DeserializeOwned>(&self) -> Result<T, ToolboxRefusal> {
        self.only(&[])?;
        let parsed = self.call.json();
        parsed.map_err(|refusal| ToolboxRefusal::bad(&refusal.json()["message"].to_string()))
    }
}

impl World {
    /// The proxy before the toolboxes knows those that run. Every request through it shows that the sandbox is not idle.
    fn enter(&mut self, toolbox: &str, id: &str) -> Result<(), ToolboxRefusal> {
        let now = self.settle();
        if toolbox != self.toolbox_segment() {
            return Err(ToolboxRefusal::new(StatusCode::NOT_FOUND, "sandbox not found"));
        }
        let sandbox = self.sandboxes.iter_mut().find(|sandbox| sandbox.id == id);
        let sandbox = sandbox.ok_or_else(|| ToolboxRefusal::new(StatusCode::NOT_FOUND, "sandbox not found"))?;
        match sandbox.state(now) {
            "started" | "snapshotting" | "forking" => {
                sandbox.active_at = now;
                Ok(())
            }
            _ => Err(ToolboxRefusal::new(
                StatusCode::BAD_GATEWAY,
                "sandbox not found at its runner",
            )),
        }
    }
}

async fn no_such_route(_: Inside) -> ToolboxRefusal {
    ToolboxRefusal::new(StatusCode::NOT_FOUND, "page not found")
}

async fn execute(State(sim): Sim, inside: Inside) -> Answer {
    let wish: Execute = inside.json()?;
    exec::run(sim, inside.id, wish).await.map(Json)
}

async fn open(State(sim): Sim, inside: Inside) -> Result<StatusCode, ToolboxRefusal> {
    let wish: CreateSession = inside.json()?;
    sim.world.update(|world| session::open(world, &inside.id, wish))?;
    Ok(StatusCode::CREATED)
}

async fn show(State(sim): Sim, inside: Inside) -> Answer {
    inside.only(&[])?.without_body()?;
    let shown = sim
        .world
        .update(|world| session::show(world, &inside.id, &inside.session));
    shown.map(Json)
}

async fn close(State(sim): Sim, inside: Inside) -> Result<StatusCode, ToolboxRefusal> {
    inside.only(&[])?.without_body()?;
    sim.world
        .update(|world| session::close(world, &inside.id, &inside.session))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn execute_in(State(sim): Sim, inside: Inside) -> Answer {
    let wish: SessionExecute = inside.json()?;
    let version = inside.call.header("x-daytona-sdk-version").map(str::to_owned);
    session::run(sim, &inside.id, &inside.session, wish, version.as_deref())
        .await
        .map(Json)
}

async fn download(State(sim): Sim, inside: Inside) -> Result<Response, ToolboxRefusal> {
    let path = inside.only(&["path"])?.without_body()?.required("path")?;
    let bytes = sim.world.update(|world| files::read(world, &inside.id, path))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], Bytes::from(bytes)).into_response())
}

async fn upload(State(sim): Sim, inside: Inside) -> Result<StatusCode, ToolboxRefusal> {
    let path = inside.only(&["path"])?.required("path")?;
    let file = files::uploaded(&inside.call)?;
    sim.world.update(|world| files::write(world, &inside.id, path, &file))?;
    Ok(StatusCode::OK)
}

async fn upload_several(State(sim): Sim, inside: Inside) -> Result<StatusCode, ToolboxRefusal> {
    inside.only(&[])?;
    for (path, file) in files::uploaded_several(&inside.call)? {
        sim.world
            .update(|world| files::write(world, &inside.id, &path, &file))?;
    }
    Ok(StatusCode::OK)
}

async fn permit(State(sim): Sim, inside: Inside) -> Result<StatusCode, ToolboxRefusal> {
    let call = inside.only(&["path", "owner", "group", "mode"])?.without_body()?;
    let (path, mode) = (call.required("path")?, inside.call.parameter("mode"));
    sim.world.update(|world| files::permit(world, &inside.id, path, mode))?;
    Ok(StatusCode::OK)
}
