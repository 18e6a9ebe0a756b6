//! `list` of few and of many sandboxes, whole and in pages, against downloading and decoding the same.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::{
    WORKER,
    bare::Bare,
    figures::{Figure, Row, Section, Size, millis},
    load::Run,
    memory::Memory,
    plot::{Curve, Plot, Scale},
    provider::{OWNER, instance},
    stage::{Pair, Stage},
};

const COUNTS: [usize; 3] = [10, 1_000, 10_000];

/// What E2B has on a page.
const PAGE: usize = 100;

/// How much longer a list takes than to download and to decode it.
const SLOWER: f64 = 1.3;

/// How much memory it takes, as a multiple of what is downloaded; below [`LARGE`] that says nothing.
const MEMORY: f64 = 4.0;
const LARGE: u64 = 1 << 19;

pub async fn measure() -> Vec<Section> {
    let (mut rows, mut curves) = (Vec::new(), Vec::new());
    for (name, shape) in [("whole", Shape::Whole), ("in pages", Shape::Paged)] {
        let (mut points, mut bare_points) = (Vec::new(), Vec::new());
        for count in COUNTS {
            eprintln!("  {count} {name}");
            let listed = Listed::start(shape, count).await;
            let (pair, peak) = listed.measure().await;
            points.push((count as f64, millis(pair.measured.median())));
            bare_points.push((count as f64, millis(pair.bare.median())));
            let what = format!("{count} {name}, {}", Size(listed.bytes));
            rows.push(time(&what, &pair));
            rows.extend(peak.map(|peak| memory(&what, peak, listed.bytes)));
        }
        curves.push(Curve::new(format!("list, {name}"), points));
        curves.push(Curve::new(format!("bare, {name}"), bare_points));
    }
    vec![Section {
        title: "Lists".to_owned(),
        about: format!(
            "The median of `list` until its caller has it, against a bare client that downloads the same and decodes it to \
             JSON values; and by how much a new worker has grown at most. Morph's list is whole, E2B's has pages of {PAGE}."
        ),
        rows,
        plots: vec![Plot {
            title: "Lists".to_owned(),
            x: "sandboxes",
            y: "ms",
            scale: Scale::Logarithmic,
            curves,
        }],
    }]
}

fn time(what: &str, pair: &Pair) -> Row {
    let (measured, bare) = (pair.measured.median(), pair.bare.median());
    let is_met = measured.as_secs_f64() <= bare.as_secs_f64() * SLOWER;
    Row::new(what, Figure::Time(measured))
        .bare(Figure::Time(bare))
        .goal("at most 1.3 ×", is_met)
}

fn memory(what: &str, peak: u64, body: u64) -> Row {
    let row = Row::new(format!("{what}: memory"), Figure::Bytes(peak)).bare(Figure::Bytes(body));
    match body >= LARGE {
        true => row.goal("at most 4 ×", peak as f64 <= body as f64 * MEMORY),
        false => row,
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Whole,
    Paged,
}

/// A worker whose list has so many items.
struct Listed {
    stage: Arc<Stage>,
    pages: Arc<[String]>,
    count: usize,
    bytes: u64,
    idle: Option<u64>,
}

impl Listed {
    async fn start(shape: Shape, count: usize) -> Self {
        let worker = match shape {
            Shape::Whole => PathBuf::from(WORKER),
            Shape::Paged => tokio::task::spawn_blocking(sibling).await.expect("a sibling"),
        };
        let (stage, bodies, path) = match shape {
            Shape::Whole => (Stage::start("").await, vec![whole(count)], "/instance?"),
            Shape::Paged => {
                let stage = Stage::of(&worker, "e2b", "E2B_API_KEY").await;
                (stage, pages(count), "/v2/sandboxes?")
            }
        };
        let base = stage.provider.api_base();
        let addresses = (0..bodies.len()).map(|page| format!("{base}{path}nextToken={page}"));
        let idle = Memory::of(&stage.deployment.worker).map(|memory| {
            memory.forget_peak();
            memory.now()
        });
        let listed = Self {
            pages: addresses.collect(),
            count,
            bytes: bodies.iter().map(|body| body.len() as u64).sum(),
            idle,
            stage: Arc::new(stage),
        };
        listed.stage.provider.set_pages(bodies);
        listed
    }

    /// The times, and by how much the worker has grown at most.
    async fn measure(&self) -> (Pair, Option<u64>) {
        self.run(2).await;
        let calls = if self.count < COUNTS[2] { 20 } else { 4 };
        let pair = Pair::of(3, async || self.run(calls).await, async || self.bare(calls).await).await;
        let peak = Memory::of(&self.stage.deployment.worker).map(Memory::peak);
        let grown = peak.zip(self.idle).map(|(peak, idle)| peak.saturating_sub(idle));
        (pair, grown)
    }

    async fn run(&self, calls: usize) -> Run {
        let (stage, count) = (self.stage.clone(), self.count);
        let call = move |_| {
            let stage = stage.clone();
            async move {
                let listed = stage.call("list", json!({})).await;
                let sandboxes = listed["sandboxes"].as_array().map_or(0, Vec::len);
                assert_eq!((sandboxes, listed["reconciled"].as_bool()), (count, Some(true)));
            }
        };
        Run::of(calls, 1, call).await
    }

    async fn bare(&self, calls: usize) -> Run {
        let (bare, pages) = (self.stage.bare.clone(), self.pages.clone());
        let call = move |_| {
            let (bare, pages) = (bare.clone(), pages.clone());
            async move { assert!(decoded(&bare, &pages).await > 0) }
        };
        Run::of(calls, 1, call).await
    }
}

/// Downloads and decodes every page, one after the other, and says how many items there are.
async fn decoded(bare: &Bare, pages: &[String]) -> usize {
    let mut all = Vec::new();
    for page in pages {
        let body: Value = serde_json::from_slice(&bare.get(page).await).expect("JSON");
        all.push(body);
    }
    let items = |body: &Value| body["data"].as_array().or_else(|| body.as_array()).map_or(0, Vec::len);
    all.iter().map(items).sum()
}

fn whole(count: usize) -> Bytes {
    let tags = json!({"iii-owner": OWNER, "iii-attempt": "0b5a1b9e-8a8c-4f5e-9f7c-2d3c5a0f4b1e", "iii-idle-timeout": "31536000"});
    let item = |number| instance(&format!("morphvm_{number:08x}"), &tags, &json!([]));
    let data: Vec<Value> = (0..count).map(item).collect();
    json!({"object": "list", "data": data}).to_string().into()
}

fn pages(count: usize) -> Vec<Bytes> {
    let items: Vec<Value> = (0..count).map(sandbox).collect();
    items.chunks(PAGE).map(|page| json!(page).to_string().into()).collect()
}

/// A sandbox as E2B lists it.
fn sandbox(number: usize) -> Value {
    json!({
        "templateID": "base",
        "sandboxID": format!("i{number:019}"),
        "clientID": "6532622b",
        "startedAt": "2026-11-30T00:00:00Z",
        "endAt": "2099-11-30T00:00:00Z",
        "envdVersion": "0.6.13",
        "cpuCount": 2,
        "memoryMB": 512,
        "diskSizeMB": 1024,
        "metadata": {"iii-owner": OWNER, "iii-attempt": "0b5a1b9e-8a8c-4f5e-9f7c-2d3c5a0f4b1e", "iii-idle-timeout": "31536000"},
        "state": "running",
    })
}

/// The worker of a provider whose lists have pages, built as this one. Panics if it cannot be.
fn sibling() -> PathBuf {
    const NAME: &str = "sandbox-e2b";
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--profile", "bench", "--package", NAME]);
    let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo");
    assert!(built.success(), "{NAME} cannot be built");
    Path::new(WORKER).with_file_name(NAME)
}
