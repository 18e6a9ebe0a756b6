//! The same world behind the API of a document that says things in odd ways.
//!
//! A jar with an image is an instance. One with a label is only described, and what is in a jar is not kept.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Call, Metadata, StartBody};
use super::paging;
use super::refusal::Refusal;
use super::streamed::{self, Encoding};
use super::world::Shared;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/jars", get(list).post(make))
        .route("/jars/made", get(made))
        .route("/jars/{jar}", delete(end))
        .route("/jars/{jar}/label", patch(relabel))
        .route("/jars/{jar}/note", put(note))
        .route("/jars/{jar}/files/{*path}", put(keep))
        .route("/jars/{jar}/run", post(run))
        .route("/jars/{jar}/watch", post(watch))
        .route("/jars/{jar}/tail", post(tail))
        .route("/jars/{jar}/items/{number}/{weight}/{ripe}", get(items))
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum JarBody {
    Filled {
        image: String,
        owner: String,
        attempt: String,
    },
    Labelled {
        label: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBody {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    text: String,
    mode: i64,
    tags: String,
    until: String,
}

async fn make(State(sim): Sim, call: Call) -> Result<(StatusCode, Json<Value>), Refusal> {
    let jar = match call.only(&[])?.body()? {
        JarBody::Labelled { label } => json!({"id": "jar_described", "image": label, "made": 0}),
        JarBody::Filled { image, owner, attempt } => {
            let tags = [("owner", owner), ("attempt", attempt)];
            let start = StartBody {
                metadata: Some(tags.map(|(name, value)| (name.to_owned(), value)).into()),
                ..StartBody::default()
            };
            let made = sim.world.update(|world| {
                // Jars are ready at once.
                world.options.ready_after = Duration::ZERO;
                world.start(&image, start)
            });
            shown(&sim, &made?)
        }
    };
    Ok((StatusCode::CREATED, Json(jar)))
}

async fn list(State(sim): Sim, call: Call) -> Answer {
    let after = call.only(&["after"])?.without_body()?.parameter("after");
    let mut listed = sim.world.update(|world| world.list(&Metadata::new()));
    let (items, more) = paging::page(&mut listed["data"], after);
    Ok(Json(
        json!({"jars": items.iter().map(|jar| shown(&sim, jar)).collect::<Vec<_>>(), "more": more}),
    ))
}

/// Lists the jars of one call, from an offset on.
async fn made(State(sim): Sim, call: Call) -> Answer {
    let attempt = call.only(&["attempt", "offset"])?.without_body()?.required("attempt")?;
    let offset = call.required("offset")?.parse();
    let offset =
        offset.map_err(|_| Refusal::invalid(&["query", "offset"], "Input should be a number", "int_parsing"))?;
    let tag = Metadata::from([("attempt".to_owned(), attempt.to_owned())]);
    let mut listed = sim.world.update(|world| world.list(&tag));
    let (items, _) = paging::by_offset(&mut listed["data"], offset);
    Ok(Json(items.iter().map(|jar| shown(&sim, jar)).collect()))
}

async fn end(State(sim): Sim, Path(other): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    call.only(&[])?.without_body()?;
    let id = known(&sim, &other);
    sim.world.update(|world| world.stop(id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A label is kept nowhere: it is only taken as the document says.
async fn relabel(Path(_): Path<String>, call: Call) -> Result<StatusCode, Refusal> {
    let call = call.only(&["jar", "shelf", "Shelf"])?;
    if call.header("content-type") != Some("application/merge-patch+json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a merge patch"));
    }
    if call.header("accept") != Some("application/vnd.jar+json, application/json") {
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "Neither is answered"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A note as it is pinned: nothing of it is kept.
async fn note(State(sim): Sim, Path(id): Path<String>, call: Call) -> Answer {
    let note: NoteBody = call.only(&[])?.body()?;
    sim.world.update(|world| world.show(&id))?;
    Ok(Json(
        json!({"text": note.text, "mode": note.mode, "tags": note.tags, "until": note.until}),
    ))
}

/// A file, which is new each time: nothing of it is kept.
async fn keep(
    State(sim): Sim,
    Path((other, path)): Path<(String, String)>,
    call: Call,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let file: FileBody = call.only(&[])?.body()?;
    let id = known(&sim, &other);
    sim.world.update(|world| world.show(id))?;
    Ok((
        StatusCode::CREATED,
        Json(json!({"path": path, "id": file.id, "name": file.name})),
    ))
}

async fn run(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<Response, Refusal> {
    streamed::run(sim, id, &call, Encoding::Connect).await
}

async fn watch(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<Response, Refusal> {
    streamed::run(sim, id, &call, Encoding::Sse).await
}

async fn tail(State(sim): Sim, Path(id): Path<String>, call: Call) -> Result<Response, Refusal> {
    streamed::run(sim, id, &call, Encoding::Lines).await
}

async fn items(Path(_): Path<(String, i64, f64, bool)>, call: Call) -> Answer {
    call.without_body()?;
    Ok(Json(json!({"items": [], "tags": []})))
}

/// The id by which a jar is acted on, which is not the one that names it.
fn lid(sim: &Shared, id: &str) -> String {
    let rotation = sim.world.read(|world| world.options.rotation);
    format!("lid{rotation}_{id}")
}

/// The jar that is acted on by this id; that of none, if there is no such jar.
fn known<'l>(sim: &Shared, other: &'l str) -> &'l str {
    let id = other.split_once('_').map_or("", |(_, id)| id);
    if other == lid(sim, id) { id } else { "" }
}

/// An instance as a jar.
fn shown(sim: &Shared, instance: &Value) -> Value {
    let tags = &instance["metadata"];
    let mut jar = json!({
        "id": instance["id"],
        "lid": lid(sim, instance["id"].as_str().unwrap_or_default()),
        "image": instance["refs"]["snapshot_id"],
        "made": instance["created"],
    });
    for name in ["owner", "attempt"] {
        if let Some(tag) = tags.get(name) {
            jar[name] = tag.clone();
        }
    }
    jar
}
