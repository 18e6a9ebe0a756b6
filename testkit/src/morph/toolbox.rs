//! The same world behind an API for boxes, and a second API at every box for what happens inside.
//!
//! The second one has its own address, below that of the box, and its own token. It knows commands without a directory,
//! environment or timeout of their own, and refuses those, and files.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Call, Metadata, StartBody};
use super::exec;
use super::files;
use super::paging;
use super::refusal::Refusal;
use super::world::Shared;

type Sim = State<Arc<Shared>>;
type Answer = Result<Json<Value>, Refusal>;

const KEY: &str = "X-API-Key";
const TOKEN: &str = "X-Access-Token";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/boxes", get(list).post(make))
        .route("/boxes/search", get(search))
        .route("/boxes/{id}", get(show).delete(end))
        .route("/boxes/{id}/forks", post(fork))
        .route("/boxes/{id}/toolbox/process/execute", post(execute))
        .merge(files::routes())
        .route(
            "/moved/{place}/boxes/{id}/toolbox/process/execute",
            post(execute_elsewhere),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BoxBody {
    image: String,
    labels: Metadata,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ForkBody {
    count: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExecuteBody {
    command: String,
}

/// A request with the account's key.
#[derive(Debug)]
struct Keyed(Call);

impl FromRequest<Arc<Shared>> for Keyed {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let call = Call::read(request).await;
        expect(&call, KEY, &shared.api_key)?;
        Ok(Self(call))
    }
}

/// A request to what runs inside a box, which must never see the account's key.
#[derive(Debug)]
pub(super) struct Inside(pub(super) Call);

impl FromRequest<Arc<Shared>> for Inside {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Arc<Shared>) -> Result<Self, Refusal> {
        let call = Call::read(request).await;
        if call.header(KEY).is_some() {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "The key of the account is not for boxes",
            ));
        }
        Ok(Self(call))
    }
}

impl Inside {
    /// Refuses what does not have the token of this box.
    pub(super) fn token(sim: &Arc<Shared>, call: &Call, id: &str) -> Result<(), Refusal> {
        expect(call, TOKEN, &token(sim, id))
    }
}

fn expect(call: &Call, header: &str, secret: &str) -> Result<(), Refusal> {
    match call.header(header) {
        Some(given) if given == secret => Ok(()),
        Some(_) => Err(Refusal::new(StatusCode::UNAUTHORIZED, &format!("Invalid {header}"))),
        None => Err(Refusal::new(StatusCode::UNAUTHORIZED, &format!("Missing {header}"))),
    }
}

async fn make(State(sim): Sim, Keyed(call): Keyed) -> Result<(StatusCode, Json<Value>), Refusal> {
    let wish: BoxBody = call.only(&[])?.body()?;
    let start = StartBody {
        metadata: Some(wish.labels),
        ..StartBody::default()
    };
    let made = sim.world.update(|world| {
        // Boxes are ready at once.
        world.options.ready_after = Duration::ZERO;
        world.start(&wish.image, start)
    });
    Ok((StatusCode::CREATED, Json(shown(&sim, &made?, &call))))
}

async fn list(State(sim): Sim, Keyed(call): Keyed) -> Answer {
    let cursor = call.only(&["cursor"])?.without_body()?.parameter("cursor");
    let mut listed = sim.world.update(|world| world.list(&Metadata::new()));
    let (items, next) = paging::by_token(&mut listed["data"], "cursor", cursor)?;
    let items: Vec<_> = items.iter().map(|instance| row(&sim, instance, &call)).collect();
    Ok(Json(json!({"items": items, "nextCursor": next})))
}

/// Lists boxes with a label, by the number of the page.
async fn search(State(sim): Sim, Keyed(call): Keyed) -> Answer {
    let attempt = call.only(&["attempt", "page"])?.without_body()?.required("attempt")?;
    let label = Metadata::from([("attempt".to_owned(), attempt.to_owned())]);
    let number = call.count("page", 1)?;
    let mut listed = sim.world.update(|world| world.list(&label));
    let (items, more) = paging::by_number(&mut listed["data"], number);
    let items: Vec<_> = items.iter().map(|instance| row(&sim, instance, &call)).collect();
    Ok(Json(json!({"items": items, "hasNext": more})))
}

async fn show(State(sim): Sim, Path(id): Path<String>, Keyed(call): Keyed) -> Answer {
    call.only(&[])?.without_body()?;
    let instance = sim.world.update(|world| world.show(&id))?;
    Ok(Json(shown(&sim, &instance, &call)))
}

async fn end(State(sim): Sim, Path(id): Path<String>, Keyed(call): Keyed) -> Result<StatusCode, Refusal> {
    call.only(&[])?.without_body()?;
    sim.world.update(|world| world.stop(&id))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Copies have the labels of their parent. What cannot be made is an error in its place.
async fn fork(
    State(sim): Sim,
    Path(id): Path<String>,
    Keyed(call): Keyed,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let wish: ForkBody = call.only(&[])?.body()?;
    let forks = sim.world.update(|world| world.fork(&id, wish.count))?;
    let shown = forks.into_iter().map(|fork| match fork {
        Some(id) => json!({"box": {"boxId": id, "token": token(&sim, &id)}}),
        None => json!({"error": {"message": "no room"}}),
    });
    Ok((StatusCode::CREATED, Json(shown.collect())))
}

async fn execute(State(sim): Sim, Path(id): Path<String>, call: Inside) -> Answer {
    execute_at(sim, 0, id, call).await
}

async fn execute_elsewhere(State(sim): Sim, Path((place, id)): Path<(u32, String)>, call: Inside) -> Answer {
    execute_at(sim, place, id, call).await
}

async fn execute_at(sim: Arc<Shared>, place: u32, id: String, Inside(call): Inside) -> Answer {
    if place != sim.world.read(|world| world.options.place) {
        return Err(Refusal::new(StatusCode::BAD_GATEWAY, "There is no box here"));
    }
    Inside::token(&sim, &call, &id)?;
    let wish: ExecuteBody = call.only(&[])?.body()?;
    let ended = exec::run(sim, id, wish.command).await?;
    let text = |stream: &str| ended[stream].as_str().unwrap_or_default().to_owned();
    let result = text("stdout") + &text("stderr");
    Ok(Json(json!({"exitCode": ended["exit_code"], "result": result})))
}

/// An instance as a box.
fn shown(sim: &Shared, instance: &Value, call: &Call) -> Value {
    let mut shown = row(sim, instance, call);
    shown["token"] = token(sim, instance["id"].as_str().unwrap_or_default()).into();
    shown
}

/// A box as a list shows it. Its own API has the address to which `call` came, and one path more.
fn row(sim: &Shared, instance: &Value, call: &Call) -> Value {
    let id = instance["id"].as_str().unwrap_or_default();
    let host = call.header("Host").unwrap_or_default();
    let created = instance["created"].as_u64().unwrap_or_default();
    let place = match sim.world.read(|world| world.options.place) {
        0 => String::new(),
        place => format!("/moved/{place}"),
    };
    json!({
        "boxId": id,
        "image": instance["refs"]["snapshot_id"],
        "toolboxUrl": format!("http://{host}/api{place}/boxes/{id}"),
        "createdAt": created * 1000,
        "labels": instance["metadata"],
    })
}

fn token(sim: &Shared, id: &str) -> String {
    let rotation = sim.world.read(|world| world.options.rotation);
    format!("token-{rotation}-of-{id}")
}
