//! What runs in each sandbox and is reached through the proxy before all of them: programs and files.

mod connect;
mod files;
mod frames;
mod multipart;
mod output;
mod program;
mod start;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::Shared;
use super::call::{Arrived, KEY};
use super::refusal::Refusal;
use super::routes::Sim;
use super::sandbox::{Sandbox, State as Condition};
use super::world::World;

const SANDBOX: &str = "E2b-Sandbox-Id";
const PORT: &str = "E2b-Sandbox-Port";
const TOKEN: &str = "X-Access-Token";

/// Where programs and files are served in a sandbox.
const ENVD_PORT: &str = "49983";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/health", get(health))
        .route("/files", get(files::read).post(files::write))
        .route("/process.Process/Start", post(start::start))
        .route("/process.Process/SendSignal", post(program::signal))
}

/// What no route is for: the proxy answers before anything in a sandbox does.
pub(super) async fn unknown(State(sim): Sim, request: Request) -> Response {
    let arrived = Arrived::read(request).await;
    let refusal = match arrived.header(SANDBOX) {
        Some(_) => Inside::routed(&sim, arrived).err(),
        None => None,
    };
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, "404 page not found");
    refusal.unwrap_or_else(unknown).into_response()
}

async fn health(State(sim): Sim, request: Request) -> Result<StatusCode, Refusal> {
    Inside::routed(&sim, Arrived::read(request).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A request that has reached a sandbox, with the token that it asks for.
#[derive(Debug)]
pub(super) struct Inside {
    sandbox: String,
    pub(super) arrived: Arrived,
}

impl FromRequest<Arc<Shared>> for Inside {
    type Rejection = Refusal;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let inside = Self::routed(shared, Arrived::read(request).await)?;
        let token = shared
            .world
            .update(|world| inside.sandbox(world).map(|one| one.token.clone()))?;
        match token.is_none() || inside.arrived.header(TOKEN) == token.as_deref() {
            true => Ok(inside),
            false => Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized access, please provide a valid access token or method signing if supported",
            )),
        }
    }
}

impl Inside {
    fn routed(shared: &Shared, arrived: Arrived) -> Result<Self, Refusal> {
        let header = |name: &str| {
            let missing = || Refusal::bad_request(&format!("{name} is missing"));
            arrived.header(name).map(str::to_owned).ok_or_else(missing)
        };
        let (sandbox, port) = (header(SANDBOX)?, header(PORT)?);
        if arrived.header(KEY).is_some() {
            let message = "The key of the account is not for sandboxes";
            return Err(Refusal::new(StatusCode::FORBIDDEN, message));
        }
        if port != ENVD_PORT {
            return Err(Refusal::bad_gateway(
                &sandbox,
                "The sandbox is running but port is not open",
            ));
        }
        let inside = Self { sandbox, arrived };
        shared.world.update(|world| inside.sandbox(world).map(drop))?;
        Ok(inside)
    }

    /// The sandbox, which may have gone meanwhile.
    fn sandbox<'w>(&self, world: &'w mut World) -> Result<&'w mut Sandbox, Refusal> {
        let gone = || Refusal::bad_gateway(&self.sandbox, "The sandbox was not found");
        let found = world.sandbox(&self.sandbox).map_err(|_| gone())?;
        match found.state {
            Condition::Running => Ok(found),
            Condition::Paused => Err(gone()),
        }
    }
}
