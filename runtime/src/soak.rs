//! What a worker remembers over days, on a clock that runs by itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    call::Call,
    double,
    engine::Registration,
    error::{Code, Error, Reported},
    function::Function,
    http::Transport,
    lifetime::{Given, Lifetime},
    provenance::{Made, Tags},
    provider::{Api, Reply, Sandboxes},
    resource::{Facts, Kind, Sandbox},
    worker::Worker,
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// The one that cannot be ended.
const STUCK: &str = "stuck";

/// A provider of sandboxes that end by themselves.
#[derive(Clone, Default)]
struct World(Arc<Mutex<BTreeMap<String, Row>>>);

#[derive(Clone)]
struct Row {
    tags: Tags,
    ends: Option<Instant>,
}

impl World {
    /// Sandboxes that run.
    fn rows(&self) -> MutexGuard<'_, BTreeMap<String, Row>> {
        let mut rows = self.0.lock().expect("nobody panics");
        rows.retain(|_, row| row.ends.is_none_or(|end| end > Instant::now()));
        rows
    }

    fn start(&self, id: &str, tags: Tags, ends: Option<Instant>) {
        self.rows().insert(id.to_owned(), Row { tags, ends });
    }

    fn look(&self, id: &str) -> Option<Sandbox> {
        let row = self.rows().get(id).cloned()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = row.ends.map(|end| now + end.saturating_duration_since(Instant::now()));
        Some(Sandbox {
            id: id.to_owned(),
            image: "base".to_owned(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            owner: row.tags.owner,
            attempt: row.tags.attempt,
            lifetime: Lifetime {
                ends_at: json!(at.map(|at| at.as_secs_f64())),
                ..Lifetime::default()
            },
            facts: Facts::from([("door", json!("open"))]),
        })
    }

    fn end(&self, id: &str) -> Result<(), Error> {
        if id == STUCK {
            return Err(Error::new(Code::S502, "unavailable"));
        }
        self.rows().remove(id);
        Ok(())
    }

    fn set(&self, id: &str, secs: u64) -> Option<Given> {
        let mut rows = self.rows();
        rows.get_mut(id)?.ends = Some(Instant::now() + Duration::from_secs(secs));
        drop(rows);
        let lifetime = self.look(id)?.lifetime;
        Some(Given {
            id: Some(id.to_owned()),
            lifetime: Lifetime {
                secs: json!(secs),
                ..lifetime
            },
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

fn listed(call: Call<World>) -> Reply<Vec<Sandbox>> {
    let world = call.client().clone();
    let ids: Vec<_> = world.rows().keys().cloned().collect();
    async move { Ok(ids.iter().filter_map(|id| world.look(id)).collect()) }.boxed()
}

/// `create`: starts a sandbox of this name, and fails if that is the one that cannot be ended.
async fn create(call: Call<World>, name: Value) -> Result<Value, Error> {
    let id = name["name"].as_str().unwrap_or_default().to_owned();
    let tags = Tags {
        owner: Some(call.config().owner.clone()),
        attempt: Some(call.attempt_id().to_owned()),
    };
    let ends = Instant::now() + call.lives_by_itself();
    call.client().start(&id, tags.clone(), Some(ends));
    sleep(Duration::from_millis(100)).await;
    let made = Made {
        id: Some(id.clone()),
        tags,
    };
    call.made(Kind::Sandbox, [made])?;
    match id == STUCK {
        true => Err(Error::new(Code::S502, "unavailable")),
        false => Ok(json!({"sandbox_id": id})),
    }
}

/// `exec`: runs a program for a second.
async fn exec(call: Call<World>, sandbox: Value) -> Result<Value, Error> {
    let (worker, id) = (call.worker(), sandbox["sandbox_id"].as_str().unwrap_or_default());
    let program = worker.program(id, MINUTE).expect("lifetimes are set");
    worker.hold(&program, MINUTE).await;
    sleep(Duration::from_secs(1)).await;
    worker.release(&program, true);
    Ok(json!({}))
}

async fn stop(_: Call<World>, _: Value) -> Result<Value, Error> {
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

/// A worker of such a provider, which may act on what is somebody else's.
struct Harness {
    worker: Arc<Worker<World>>,
    world: World,
    functions: Vec<Registration>,
}

impl Harness {
    fn new() -> Self {
        let sandboxes = Sandboxes {
            tagged: true,
            looks_by: &[],
            acts_by: &[],
            tells: &[],
            inherits: false,
            traced: true,
            owned: Some(listed),
            made: None,
            one: Some(|call, id| {
                let found = call.client().look(&id);
                async move { Ok(found) }.boxed()
            }),
            end: Some(|call, id| {
                let ended = call.client().end(&id);
                async move { ended }.boxed()
            }),
            lifetime: Some(|call, id, secs| {
                let given = call.client().set(&id, secs);
                async move { Ok(given) }.boxed()
            }),
        };
        let ids = |output: &Value| vec![output["sandbox_id"].as_str().unwrap_or_default().to_owned()];
        let schema =
            r#"{"type": "object", "required": ["sandbox_id"], "properties": {"sandbox_id": {"type": "string"}}}"#;
        let functions = vec![
            Function::new("create", create)
                .described(
                    "",
                    r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#,
                    "{}",
                )
                .takes(|_: &Value| Some(1))
                .started(ids)
                .build(),
            Function::new("exec", exec)
                .described("", schema, "{}")
                .acts_on(name)
                .build(),
            Function::new("stop", stop)
                .described("", schema, "{}")
                .acts_on(name)
                .releases_slot()
                .build(),
            Function::new("list", list)
                .described("", r#"{"type": "object"}"#, "{}")
                .offline()
                .build(),
        ];
        let mut worker = double::worker(sandboxes, None);
        let inside = Arc::get_mut(&mut worker).expect("nobody else has it yet");
        inside.provider.functions = functions;
        let mut config = (*inside.config()).clone();
        config.allow_foreign = true;
        inside.configure(config).expect("a client");
        Self {
            world: worker.call(String::new(), None).client().clone(),
            functions: worker.registrations(),
            worker,
        }
    }

    async fn call(&self, function: &str, payload: Value) -> Result<Value, Reported> {
        let ends = |registration: &&Registration| registration.id.ends_with(function);
        let registered = self.functions.iter().find(ends).expect("it is registered");
        (registered.handler)(payload).await
    }

    /// How much is remembered, of whatever kind.
    fn held(&self) -> [usize; 3] {
        let worker = &self.worker;
        [worker.slots.held(), worker.lifetimes.held(), worker.background.len()]
    }
}

/// A minute of a busy worker: one sandbox more, in which a program runs, and one of somebody else's.
async fn minute(harness: &Harness, number: u64) {
    let sandbox = json!({"sandbox_id": format!("ours_{number}")});
    let created = harness.call("create", json!({"name": sandbox["sandbox_id"]})).await;
    assert_eq!(created.expect("a sandbox"), sandbox);
    harness.call("exec", sandbox.clone()).await.expect("a program");
    // Of three, one is stopped, and the others end by themselves.
    if number.is_multiple_of(3) {
        harness.call("stop", sandbox).await.expect("it is gone");
    }
    let foreign = format!("theirs_{number}");
    let ends = number.is_multiple_of(2).then(|| Instant::now() + DAY);
    harness.world.start(&foreign, Tags::default(), ends);
    let foreign = json!({"sandbox_id": foreign});
    harness.call("exec", foreign).await.expect("a program");
    harness.world.rows().retain(|id, _| !id.starts_with("theirs"));
    sleep(MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_remembers_what_it_needs_and_no_more_while_one_sandbox_cannot_be_ended_for_a_day() {
    let harness = Harness::new();
    harness
        .call("create", json!({"name": STUCK}))
        .await
        .expect_err("it fails");
    let mut most = [0; 3];
    for number in 0..1_440 {
        minute(&harness, number).await;
        most = std::array::from_fn(|of| most[of].max(harness.held()[of]));
    }
    let [slots, lifetimes, background] = most;
    assert!(slots <= 60 && lifetimes <= 30 && background <= 30, "{most:?}");
    let list = harness.call("list", json!({})).await.expect("a list");
    assert!(list["in_flight"].as_u64().is_some_and(|count| count <= 10), "{list}");
}
