//! The routes, and nothing but the routes: reading requests is `body`, their effect is `world`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::body::{BranchBody, Call, ExecBody, ExposeBody, Metadata};
use super::body::{SnapshotBody, StartBody, TtlBody, WakeBody, refuse_zero};
use super::exec;
use super::refusal::Refusal;
use super::world::Shared;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;
type Gone = Result<StatusCode, Refusal>;

const LARGEST_PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/instance", get(list).post(start))
        .route("/instance/list", get(page))
        .route("/instance/{id}", get(show).delete(stop))
        .route("/instance/{id}/pause", post(pause))
        .route("/instance/{id}/resume", post(resume))
        .route("/instance/{id}/exec", post(exec))
        .route("/instance/{id}/snapshot", post(snapshot))
        .route("/instance/{id}/branch", post(branch))
        .route("/instance/{id}/http", post(expose))
        .route("/instance/{id}/http/{name}", delete(hide))
        .route("/instance/{id}/ttl", post(set_ttl))
        .route("/instance/{id}/metadata", post(set_metadata))
        .route("/instance/{id}/wake-on", post(set_wake))
        .route("/snapshot", get(list_snapshots))
        .route("/snapshot/{id}", snapshot_by_id())
        .route("/user/service/quota", get(quota))
}

/// Serves routes below `/api`, and nothing else.
pub(super) fn router(routes: Router<Arc<Shared>>, shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/api", routes)
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
        .with_state(shared)
}

fn snapshot_by_id() -> MethodRouter<Arc<Shared>> {
    get(show_snapshot).delete(delete_snapshot)
}

async fn start(State(sim): Sim, call: Call) -> Answer {
    let snapshot_id = call.only(&["snapshot_id"])?.required("snapshot_id")?;
    let wish: StartBody = call.optional_body()?;
    let started = sim.world.update(|world| world.start(snapshot_id, wish));
    started.map(Json)
}

async fn list(State(sim): Sim, call: Call) -> Answer {
    let filter = call.only(&["metadata"])?.without_body()?.filter();
    Ok(Json(sim.world.update(|world| world.list(&filter))))
}

async fn page(State(sim): Sim, call: Call) -> Answer {
    let filter = call.only(&["metadata", "page", "limit"])?.without_body()?.filter();
    let page = call.count("page", 1)?;
    let limit = call.count("limit", 20)?;
    if limit > LARGEST_PAGE {
        let message = "Input should be less than or equal to 100";
        return Err(Refusal::invalid(&["query", "limit"], message, "less_than_equal"));
    }
    Ok(Json(sim.world.update(|world| world.page(&filter, page, limit))))
}

async fn show(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.show(&id)).map(Json)
}

async fn stop(State(sim): Sim, Path(id): Path<String>, call: Call) -> Gone {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.stop(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn pause(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let keep = call.only(&["snapshot"])?.without_body()?.flag("snapshot")?;
    sim.world.update(|world| world.pause(&id, keep)).map(Json)
}

async fn resume(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.resume(&id)).map(Json)
}

async fn exec(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: ExecBody = call.only(&[])?.body()?;
    exec::run(sim, id, wish.line()?).await.map(Json)
}

async fn snapshot(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let digest = call.only(&["digest"])?.parameter("digest");
    let wish: SnapshotBody = call.optional_body()?;
    let made = sim.world.update(|world| world.make_snapshot(&id, digest, wish));
    made.map(Json)
}

async fn branch(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let count = call.only(&["count", "digest"])?.count("count", 1)?;
    let wish: BranchBody = call.optional_body()?;
    let digest = call.parameter("digest");
    let made = sim.world.update(|world| world.branch(&id, count, digest, wish));
    made.map(Json)
}

async fn expose(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: ExposeBody = call.only(&[])?.body()?;
    sim.world.update(|world| world.expose(&id, &wish)).map(Json)
}

async fn hide(State(sim): Sim, Path((id, name)): Path<(String, String)>, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.hide(&id, &name)).map(Json)
}

async fn set_ttl(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: TtlBody = call.only(&[])?.body()?;
    refuse_zero("ttl_seconds", wish.ttl_seconds)?;
    sim.world.update(|world| world.set_ttl(&id, &wish)).map(Json)
}

async fn set_metadata(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let metadata: Metadata = call.only(&[])?.body()?;
    let changed = sim.world.update(|world| world.set_metadata(&id, metadata));
    changed.map(Json)
}

async fn set_wake(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: WakeBody = call.only(&[])?.body()?;
    sim.world.update(|world| world.set_wake(&id, &wish)).map(Json)
}

async fn list_snapshots(State(sim): Sim, call: Call) -> Answer {
    let filter = call.only(&["metadata", "digest"])?.without_body()?.filter();
    let digest = call.parameter("digest");
    let listed = sim.world.update(|world| world.list_snapshots(&filter, digest));
    Ok(Json(listed))
}

async fn show_snapshot(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.show_snapshot(&id)).map(Json)
}

async fn delete_snapshot(State(sim): Sim, Path(id): Path<String>, call: Call) -> Gone {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.delete_snapshot(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn quota(State(sim): Sim, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    Ok(Json(sim.world.update(|world| world.quota())))
}
