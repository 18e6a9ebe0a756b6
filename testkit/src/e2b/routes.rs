//! The routes of the control API, and nothing but the routes: what they do is `world`, `making` and `template`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::call::Call;
use super::envd;
use super::listing::{Page, Wanted};
use super::refusal::Refusal;
use super::template::take_time;
use super::wish::{Connect, Fork, NewSandbox, Pause, Refresh, Save, Timeout};
use super::{Shared, listing};

pub(super) type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;
type Made = Result<(StatusCode, Json<Value>), Refusal>;
type Done = Result<StatusCode, Refusal>;

const NEXT_TOKEN: HeaderName = HeaderName::from_static("x-next-token");
const TOTAL_RUNNING: HeaderName = HeaderName::from_static("x-total-running");

/// The control API below `/api`, and beside it what runs in sandboxes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/health", get(async || "Health check successful"))
        .route("/sandboxes", get(list_running).post(start))
        .route("/v2/sandboxes", get(list))
        .route("/sandboxes/{id}", get(show).delete(end))
        .route("/sandboxes/{id}/timeout", post(set_timeout))
        .route("/sandboxes/{id}/refreshes", post(refresh))
        .route("/sandboxes/{id}/pause", post(pause))
        .route("/sandboxes/{id}/connect", post(connect))
        .route("/sandboxes/{id}/fork", post(fork))
        .route("/sandboxes/{id}/snapshots", post(save))
        .route("/snapshots", get(list_snapshots))
        .route("/templates/{id}", delete(delete_template));
    Router::new()
        .nest("/api", control)
        .merge(envd::routes())
        .fallback(envd::unknown)
        .method_not_allowed_fallback(async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"))
        .with_state(shared)
}

async fn start(State(sim): Sim, call: Call) -> Made {
    let wish: NewSandbox = call.only(&[])?.body()?;
    take_time(sim.world.read(|world| world.options.making)).await;
    let made = sim.world.update(|world| world.start(wish))?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn list_running(State(sim): Sim, call: Call) -> Answer {
    let wanted = Wanted::running(call.only(&["metadata"])?.without_body()?)?;
    let page = sim.world.update(|world| world.list(&wanted));
    Ok(Json(Value::Array(page.items)))
}

async fn list(State(sim): Sim, call: Call) -> Result<Response, Refusal> {
    let wanted = Wanted::paged(call.only(&listing::PARAMETERS)?.without_body()?)?;
    let page = sim.world.update(|world| world.list(&wanted));
    Ok(paged(page))
}

/// Where the next page begins is in a header; the last page has none.
fn paged(page: Page) -> Response {
    let mut response = Json(Value::Array(page.items)).into_response();
    let headers = response.headers_mut();
    headers.insert(TOTAL_RUNNING, HeaderValue::from(page.running));
    if let Some(next) = page.next {
        headers.insert(NEXT_TOKEN, HeaderValue::try_from(next).expect("a token is visible"));
    }
    response
}

async fn show(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.show(&id)).map(Json)
}

async fn end(State(sim): Sim, Path(id): Path<String>, call: Call) -> Done {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.end_one(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_timeout(State(sim): Sim, Path(id): Path<String>, call: Call) -> Done {
    let wish: Timeout = call.only(&[])?.body()?;
    sim.world.update(|world| world.set_timeout(&id, wish.timeout))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refresh(State(sim): Sim, Path(id): Path<String>, call: Call) -> Done {
    let wish: Refresh = call.only(&[])?.optional_body()?;
    sim.world.update(|world| world.refresh(&id, wish.duration))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn pause(State(sim): Sim, Path(id): Path<String>, call: Call) -> Done {
    let _: Pause = call.only(&[])?.optional_body()?;
    sim.world.update(|world| world.pause(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn connect(State(sim): Sim, Path(id): Path<String>, call: Call) -> Made {
    let wish: Connect = call.only(&[])?.body()?;
    let (was_paused, made) = sim.world.update(|world| world.connect(&id, wish.timeout))?;
    let status = if was_paused {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(made)))
}

async fn fork(State(sim): Sim, Path(id): Path<String>, call: Call) -> Made {
    let wish: Fork = call.only(&[])?.optional_body()?;
    take_time(sim.world.read(|world| world.options.making)).await;
    let results = sim.world.update(|world| world.fork(&id, wish))?;
    Ok((StatusCode::CREATED, Json(results)))
}

async fn save(State(sim): Sim, Path(id): Path<String>, call: Call) -> Made {
    let wish: Save = call.only(&[])?.body()?;
    take_time(sim.world.read(|world| world.options.saving)).await;
    let saved = sim.world.update(|world| world.save(&id, wish.name))?;
    Ok((StatusCode::CREATED, Json(saved)))
}

async fn list_snapshots(State(sim): Sim, call: Call) -> Result<Response, Refusal> {
    let of = call.only(&["sandboxID", "limit", "nextToken"])?.without_body()?;
    let all = sim.world.update(|world| world.snapshots_of(of.parameter("sandboxID")));
    listing::cut(all, of).map(paged)
}

async fn delete_template(State(sim): Sim, Path(id): Path<String>, call: Call) -> Done {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.delete_template(&id))?;
    Ok(StatusCode::NO_CONTENT)
}
