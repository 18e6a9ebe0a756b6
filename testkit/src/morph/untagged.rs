//! The same world behind an API that keeps no tags and has no list.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Call, StartBody, TtlAction};
use super::exec;
use super::refusal::Refusal;
use super::world::Shared;

/// What machines belong to.
const PROJECT: &str = "tests";

type Sim = State<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/machines", post(start))
        .route("/machines/{id}", get(show).delete(end))
        .route("/machines/{id}/exec", post(run))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MachineBody {
    image: String,
    project: String,
    lifetime: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineBody {
    line: String,
}

async fn start(State(sim): Sim, call: Call) -> Result<(StatusCode, Json<Value>), Refusal> {
    let MachineBody {
        image,
        project,
        lifetime,
    } = call.only(&[])?.body()?;
    if project != PROJECT {
        return Err(Refusal::invalid(
            &["body", "project"],
            "there is no such project",
            "value_error",
        ));
    }
    let wish = StartBody {
        ttl_seconds: lifetime,
        ttl_action: lifetime.map(|_| TtlAction::Stop),
        ..StartBody::default()
    };
    let started = sim.world.update(|world| {
        // Machines run at once.
        world.options.ready_after = Duration::ZERO;
        world.start(&image, wish)
    });
    Ok((StatusCode::CREATED, Json(shown(&started?))))
}

async fn show(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<Json<Value>, Refusal> {
    call.only(&[])?.without_body()?;
    let mut machine = match sim.world.update(|world| world.show(&id)) {
        Ok(instance) => shown(&instance),
        // One that has ended is still known.
        Err(_) if id.starts_with("morphvm_") => json!({"id": id, "image": "none", "state": "ended"}),
        Err(refusal) => return Err(refusal),
    };
    if machine["state"].is_null() {
        machine["state"] = "running".into();
    }
    Ok(Json(json!({"machine": machine})))
}

async fn end(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.stop(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn run(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<Json<Value>, Refusal> {
    let LineBody { line } = call.only(&[])?.body()?;
    exec::run(sim, id, line).await.map(Json)
}

/// An instance as this API shows it.
fn shown(instance: &Value) -> Value {
    json!({"id": instance["id"], "image": instance["refs"]["snapshot_id"]})
}
