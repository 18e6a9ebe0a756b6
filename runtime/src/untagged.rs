//! Sandboxes without tags: a worker relies on what it has started itself, and on what the provider shows of that.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    call::Call,
    double,
    engine::Registration,
    error::{Code, Error, Reported},
    function::Function,
    http::Transport,
    lifetime::Lifetime,
    provenance::{Made, Tags},
    provider::{Api, Reply, Sandboxes},
    resource::{Facts, Kind, Sandbox},
    worker::Worker,
};

/// Somebody else's, of whom nobody can tell.
const OTHER: &str = "other";

/// One that is started by an answer that never comes.
const LOST: &str = "lost";

/// The ids of what runs at a provider.
#[derive(Clone, Default)]
struct World(Arc<Mutex<BTreeSet<String>>>);

impl World {
    fn ids(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().expect("nobody panics")
    }

    fn look(&self, id: &str) -> Option<Sandbox> {
        self.ids().contains(id).then(|| Sandbox {
            id: id.to_owned(),
            image: "base".to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            owner: None,
            attempt: None,
            lifetime: Lifetime::default(),
            facts: Facts::new(),
        })
    }
}

impl Api for World {
    fn connect(_: &str, _: reqwest::Client, _: Transport) -> Self {
        Self::default()
    }

    fn base(&self) -> &str {
        "http://127.0.0.1"
    }

    fn elsewhere(&self, _: &str, _: reqwest::Client, _: Transport) -> Self {
        self.clone()
    }
}

fn all(call: Call<World>) -> Reply<Vec<Sandbox>> {
    let world = call.client().clone();
    let ids = world.ids().clone();
    async move { Ok(ids.iter().filter_map(|id| world.look(id)).collect()) }.boxed()
}

fn one(call: Call<World>, id: String) -> Reply<Option<Sandbox>> {
    let found = call.client().look(&id);
    async move { Ok(found) }.boxed()
}

fn end(call: Call<World>, id: String) -> Reply<()> {
    call.client().ids().remove(&id);
    async move { Ok(()) }.boxed()
}

/// A provider of untagged sandboxes that has these calls beside `end`.
fn calls(list: bool, look: bool) -> Sandboxes<World> {
    Sandboxes {
        tagged: false,
        traced: false,
        owned: list.then_some(all as fn(Call<World>) -> Reply<Vec<Sandbox>>),
        made: None,
        one: look.then_some(one as fn(Call<World>, String) -> Reply<Option<Sandbox>>),
        end: Some(end),
        lifetime: None,
        looks_by: &[],
        acts_by: &[],
        tells: &[],
        inherits: false,
    }
}

async fn create(call: Call<World>, name: Value) -> Result<Value, Error> {
    let id = name["name"].as_str().unwrap_or_default().to_owned();
    let asking = call.in_doubt().ask(&[Kind::Sandbox]);
    asking.sends();
    call.client().ids().insert(id.clone());
    if id == LOST {
        drop(asking);
        return Err(Error::new(Code::S502, "no answer"));
    }
    asking.answered(None);
    let made = Made {
        id: Some(id.clone()),
        tags: Tags::default(),
    };
    call.made(Kind::Sandbox, [made])?;
    match name["fails"] == true {
        true => Err(Error::new(Code::S502, "unavailable")),
        false => Ok(json!({"sandbox_id": id, "image": "base", "started_at": "2026-01-01T00:00:00Z"})),
    }
}

async fn stop(call: Call<World>, sandbox: Value) -> Result<Value, Error> {
    call.client().ids().remove(name(&sandbox));
    Ok(json!({}))
}

async fn list(call: Call<World>, _: Value) -> Result<Value, Error> {
    Ok(json!(call.owned().await))
}

fn name(input: &Value) -> &String {
    match &input["sandbox_id"] {
        Value::String(id) => id,
        _ => unreachable!("the schema requires it"),
    }
}

struct Harness {
    world: World,
    functions: Vec<Registration>,
    worker: Arc<Worker<World>>,
}

impl Harness {
    fn of(sandboxes: Sandboxes<World>) -> Self {
        let ids = |output: &Value| vec![output["sandbox_id"].as_str().unwrap_or_default().to_owned()];
        let open = r#"{"type": "object", "additionalProperties": true, "properties": {}}"#;
        let acts =
            r#"{"type": "object", "required": ["sandbox_id"], "properties": {"sandbox_id": {"type": "string"}}}"#;
        let functions = vec![
            Function::new("create", create)
                .described("", open, "{}")
                .takes(|_: &Value| Some(1))
                .started(ids)
                .build(),
            Function::new("stop", stop)
                .described("", acts, "{}")
                .acts_on(name)
                .releases_slot()
                .build(),
            Function::new("list", list).described("", open, "{}").offline().build(),
        ];
        let mut worker = double::worker(sandboxes, None);
        Arc::get_mut(&mut worker)
            .expect("nobody else has it yet")
            .provider
            .functions = functions;
        let world = worker.call(String::new(), None).client().clone();
        world.ids().insert(OTHER.to_owned());
        Self {
            world,
            functions: worker.registrations(),
            worker,
        }
    }

    async fn call(&self, function: &str, payload: Value) -> Result<Value, Reported> {
        let ends = |registration: &&Registration| registration.id.ends_with(function);
        let registration = self.functions.iter().find(ends).expect("it is registered");
        (registration.handler)(payload).await
    }

    /// The ids of a list, the count, and whether the provider has confirmed it.
    async fn listed(&self) -> (Vec<String>, u64, bool) {
        let list = self.call("list", json!({})).await.expect("a list");
        let rows = list["sandboxes"].as_array().expect("rows").iter();
        let ids = rows.map(|row| row["sandbox_id"].as_str().expect("an id").to_owned());
        let count = list["in_flight"].as_u64().expect("a count");
        (ids.collect(), count, list["reconciled"] == true)
    }

    async fn has(&self, ids: &[&str], reconciled: bool) {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let count = ids.len() as u64;
        assert_eq!(self.listed().await, (ids, count, reconciled));
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_look_a_worker_lists_what_it_has_started_and_says_that_nobody_confirms_it() {
    let harness = Harness::of(calls(false, false));
    harness.call("create", json!({"name": "own"})).await.expect("a sandbox");
    harness.has(&["own"], false).await;
    harness
        .call("stop", json!({"sandbox_id": "own"}))
        .await
        .expect("it ends");
    harness.has(&[], false).await;
    // After a restart its own are as unknown as others.
    harness
        .call("stop", json!({"sandbox_id": OTHER}))
        .await
        .expect("it ends");
    assert_eq!(*harness.world.ids(), BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn of_a_list_those_count_that_the_worker_has_started() {
    let harness = Harness::of(calls(true, false));
    for name in ["own", "gone"] {
        harness.call("create", json!({"name": name})).await.expect("a sandbox");
    }
    harness.has(&["gone", "own"], true).await;
    harness.world.ids().remove("gone");
    sleep(Duration::from_secs(31)).await;
    harness.has(&["own"], true).await;
    assert!(harness.world.ids().contains(OTHER));
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_list_each_is_looked_at() {
    let harness = Harness::of(calls(false, true));
    for name in ["own", "gone"] {
        harness.call("create", json!({"name": name})).await.expect("a sandbox");
    }
    sleep(Duration::from_secs(31)).await;
    harness.world.ids().remove("gone");
    harness.has(&["own"], true).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_call_was_told_of_is_ended() {
    for sandboxes in [calls(false, false), calls(true, false), calls(false, true)] {
        let harness = Harness::of(sandboxes);
        let failed = harness.call("create", json!({"name": "own", "fails": true})).await;
        failed.expect_err("it fails");
        assert_eq!(*harness.world.ids(), BTreeSet::from([OTHER.to_owned()]));
        assert_eq!(harness.worker.slots.active(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_answer_may_have_started_counts_until_it_has_ended_by_itself() {
    for sandboxes in [calls(false, false), calls(true, false), calls(false, true)] {
        let harness = Harness::of(sandboxes);
        harness
            .call("create", json!({"name": LOST}))
            .await
            .expect_err("it fails");
        let lifetime = Duration::from_secs(harness.worker.config().default_idle_timeout_secs);
        sleep(lifetime / 2).await;
        assert_eq!(harness.worker.slots.active(), 1);
        sleep(lifetime).await;
        assert_eq!(harness.worker.slots.active(), 0);
        assert!(harness.world.ids().contains(OTHER), "nobody else's is ended");
    }
}
