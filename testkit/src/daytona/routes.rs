//! The routes of the control API, and nothing but the routes: reading requests is `body`, their effect is `world`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, Uri};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::Value;

use super::body::{Call, CreateSandbox, CreateSandboxSnapshot, ForkSandbox, Labels};
use super::listing::Wanted;
use super::refusal::{Refusal, dashboard};
use super::toolbox;
use super::world::Shared;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;

fn api() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox", get(list).post(create))
        .route("/sandbox/{id}", get(show).delete(destroy))
        .route("/sandbox/{id}/start", post(start))
        .route("/sandbox/{id}/stop", post(stop))
        .route("/sandbox/{id}/labels", put(set_labels))
        .route("/sandbox/{id}/snapshot", post(save))
        .route("/sandbox/{id}/fork", post(fork))
        .route("/sandbox/{id}/forks", get(forks))
        .route("/sandbox/{id}/public/{is_public}", post(set_public))
        .route("/sandbox/{id}/last-activity", post(touch))
        .route("/sandbox/{id}/autostop/{interval}", post(set_auto_stop))
        .route("/sandbox/{id}/autodelete/{interval}", post(set_auto_delete))
        .route("/sandbox/{id}/ports/{port}/preview-url", get(preview))
        .route("/sandbox/{id}/ports/{port}/signed-preview-url", get(signed_preview))
        .route("/sandbox/{id}/toolbox-proxy-url", get(toolbox_url))
        .route("/snapshots", get(list_snapshots))
        .route("/snapshots/{id}", get(show_snapshot).delete(delete_snapshot))
}

/// Serves the control API below `/api`, every toolbox below `/proxy`, and the dashboard at every other path.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let api = api().fallback(no_such_route).method_not_allowed_fallback(no_such_route);
    Router::new()
        .nest("/api", api)
        .nest("/proxy/{toolbox}/{id}", toolbox::routes())
        .fallback(async || dashboard())
        .with_state(shared)
}

async fn no_such_route(method: Method, uri: Uri) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, &format!("Cannot {method} /api{}", uri.path()))
}

async fn create(State(sim): Sim, call: Call) -> Answer {
    let wish: CreateSandbox = call.only(&[], &[])?.json()?;
    sim.world.update(|world| world.create(wish)).map(Json)
}

async fn list(State(sim): Sim, call: Call) -> Answer {
    let wanted = Wanted::of(&call)?;
    Ok(Json(sim.world.update(|world| world.list(wanted))))
}

async fn show(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&["verbose"], &[])?.without_body()?.flag("verbose")?;
    sim.world.update(|world| world.show(&id)).map(Json)
}

async fn destroy(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    sim.world.update(|world| world.destroy(&id)).map(Json)
}

async fn start(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    sim.world.update(|world| world.start_again(&id)).map(Json)
}

async fn stop(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&["force"], &[])?.without_body()?.flag("force")?;
    sim.world.update(|world| world.stop(&id)).map(Json)
}

async fn set_labels(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: Labels = call.only(&[], &[])?.json()?;
    sim.world.update(|world| world.set_labels(&id, wish.labels)).map(Json)
}

async fn save(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: CreateSandboxSnapshot = call.only(&[], &[])?.json()?;
    sim.world.update(|world| world.save(&id, &wish)).map(Json)
}

async fn fork(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: ForkSandbox = call.only(&[], &[])?.json()?;
    sim.world.update(|world| world.fork(&id, &wish)).map(Json)
}

async fn forks(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&["includeDestroyed"], &[])?.flag("includeDestroyed")?;
    sim.world.update(|world| world.forks(&id)).map(Json)
}

async fn set_public(State(sim): Sim, Path((id, public)): Path<(String, String)>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    let public = public
        .parse()
        .map_err(|_| Refusal::invalid("isPublic must be a boolean value"))?;
    sim.world.update(|world| world.set_public(&id, public)).map(Json)
}

async fn touch(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    call.only(&[], &[])?.without_body()?;
    sim.world.update(|world| world.touch(&id))?;
    Ok(StatusCode::CREATED)
}

async fn set_auto_stop(State(sim): Sim, Path((id, minutes)): Path<(String, String)>, call: Call) -> Answer {
    let minutes = interval(&call, &minutes)?;
    sim.world.update(|world| world.set_auto_stop(&id, minutes)).map(Json)
}

async fn set_auto_delete(State(sim): Sim, Path((id, minutes)): Path<(String, String)>, call: Call) -> Answer {
    let minutes = interval(&call, &minutes)?;
    sim.world.update(|world| world.set_auto_delete(&id, minutes)).map(Json)
}

/// Minutes in a path.
fn interval(call: &Call, minutes: &str) -> Result<i64, Refusal> {
    call.only(&[], &[])?.without_body()?;
    minutes
        .parse()
        .map_err(|_| Refusal::bad("Validation failed (numeric string is expected)"))
}

async fn preview(State(sim): Sim, Path((id, number)): Path<(String, String)>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    let port = port(&number)?;
    sim.world.update(|world| world.preview(&id, port)).map(Json)
}

async fn signed_preview(State(sim): Sim, Path((id, number)): Path<(String, String)>, call: Call) -> Answer {
    call.only(&["expiresInSeconds"], &[])?.without_body()?;
    let port = port(&number)?;
    let secs = call.parameter("expiresInSeconds").map(str::parse).transpose();
    let secs = secs.map_err(|_| Refusal::bad("expiresInSeconds must be a number"))?;
    sim.world
        .update(|world| world.signed_preview(&id, port, secs))
        .map(Json)
}

fn port(number: &str) -> Result<u16, Refusal> {
    let port = number.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| Refusal::bad("Invalid port"))
}

async fn toolbox_url(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    let url = sim.world.update(|world| {
        world.sandbox(&id)?;
        Ok(world.toolbox())
    });
    url.map(|url| Json(serde_json::json!({"url": url})))
}

async fn list_snapshots(State(sim): Sim, call: Call) -> Answer {
    sim.world.update(|world| world.list_snapshots(&call)).map(Json)
}

async fn show_snapshot(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[], &[])?.without_body()?;
    sim.world.update(|world| world.show_snapshot(&id)).map(Json)
}

async fn delete_snapshot(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    call.only(&[], &[])?.without_body()?;
    sim.world.update(|world| world.delete_snapshot(&id))?;
    Ok(StatusCode::OK)
}
