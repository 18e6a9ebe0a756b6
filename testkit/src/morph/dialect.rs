//! The same world behind the API that the first hand-written worker assumed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::Value;

use super::body::{Call, ExecBody, Metadata, StartBody};
use super::exec;
use super::paging;
use super::refusal::Refusal;
use super::world::Shared;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;

const TOKEN: &str = "nextToken";
const NEXT_TOKEN: HeaderName = HeaderName::from_static("x-next-token");

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/instance", get(list).post(start))
        .route("/instance/{id}/stop", post(stop))
        .route("/instance/{id}/exec", post(run))
}

async fn start(State(sim): Sim, call: Call) -> Answer {
    let snapshot_id = call.only(&["snapshot_id"])?.required("snapshot_id")?;
    let wish: StartBody = call.optional_body()?;
    let started = sim.world.update(|world| world.start(snapshot_id, wish));
    started.map(translated).map(Json)
}

/// The token of the next page is in a header.
async fn list(State(sim): Sim, call: Call) -> Result<(HeaderMap, Json<Value>), Refusal> {
    let token = call.only(&[TOKEN])?.without_body()?.parameter(TOKEN);
    let mut listed = sim.world.update(|world| world.list(&Metadata::new()));
    let (items, next) = paging::by_token(&mut listed["data"], TOKEN, token)?;
    let next = next.and_then(|next| HeaderValue::from_str(&next).ok());
    let headers = next.into_iter().map(|next| (NEXT_TOKEN, next));
    Ok((headers.collect(), Json(items.into_iter().map(translated).collect())))
}

async fn stop(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.stop(&id))?;
    Ok(StatusCode::OK)
}

async fn run(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let wish: ExecBody = call.only(&[])?.body()?;
    exec::run(sim, id, wish.line()?).await.map(Json)
}

/// An instance as this dialect shows it.
fn translated(mut instance: Value) -> Value {
    let created = instance["created"].as_i64().unwrap_or_default();
    let created = Timestamp::from_second(created).unwrap_or_default();
    instance["createdAt"] = created.to_string().into();
    instance
}
