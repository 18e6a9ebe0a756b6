//! Small calls while large outputs pass.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    figures::{Figure, Row, Section, Size, millis},
    load::Run,
    plot::{Curve, Plot, Scale},
    stage::Stage,
};

/// Of 100 small calls 99 take no longer.
const SMALL: Duration = Duration::from_millis(20);

/// Large ones under way at a time.
const AT_A_TIME: usize = 8;

/// On each of two streams: as much as is passed on by default.
const STREAM: usize = 1 << 20;

const CALLS: usize = 300;

/// Between two small calls.
const PAUSE: Duration = Duration::from_millis(5);

pub async fn measure() -> Vec<Section> {
    let stage = Arc::new(Stage::start("").await);
    let (small, large) = (stage.sandbox().await, stage.sandbox().await);
    let stream = "x".repeat(STREAM);
    stage.provider.set_output(&large, &stream, &stream);
    let (small_call, large_call) = (exec(&stage, &small), exec(&stage, &large));
    let (small_request, large_request) = (requests(&stage, &small).await, requests(&stage, &large).await);
    let alone = paced(&small_call).await;
    let bare = beside(&small_request, &large_request).await;
    let crowded = beside(&small_call, &large_call).await;
    let row = |what: &str, percent| {
        Row::new(what, Figure::Time(crowded.percentile(percent))).bare(Figure::Time(bare.percentile(percent)))
    };
    let late = crowded.percentile(99);
    let what = format!("{AT_A_TIME} outputs of {} at a time", Size(2 * STREAM as u64));
    vec![Section {
        title: "Small calls beside large ones".to_owned(),
        about: format!(
            "An `exec` without output every {} ms, while {what} pass by the same connection, and none; against a bare client \
             that makes the requests of both.",
            PAUSE.as_millis()
        ),
        rows: vec![
            row("small calls, median", 50),
            row("small calls, p99", 99).goal("below 20 ms", late < SMALL),
            Row::new(
                "small calls with nothing beside them, p99",
                Figure::Time(alone.percentile(99)),
            ),
        ],
        plots: vec![Plot {
            title: "Small calls".to_owned(),
            x: "percentile",
            y: "ms",
            scale: Scale::Linear,
            curves: [
                ("beside large ones", &crowded),
                ("alone", &alone),
                ("bare, beside large ones", &bare),
            ]
            .map(|(name, run)| distribution(name, run))
            .into(),
        }],
    }]
}

fn program(sandbox: &str) -> Value {
    json!({"sandbox_id": sandbox, "cmd": "cat"})
}

fn distribution(name: &str, run: &Run) -> Curve {
    let point = |percent: usize| (percent as f64, millis(run.percentile(percent)));
    Curve::new(name, [1, 10, 25, 50, 75, 90, 95, 99, 100].map(point).to_vec())
}

/// Something that is done again and again.
type Again = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

fn exec(stage: &Arc<Stage>, sandbox: &str) -> Again {
    let (stage, payload) = (stage.clone(), program(sandbox));
    Arc::new(move || {
        let (stage, payload) = (stage.clone(), payload.clone());
        Box::pin(async move { drop(stage.call("exec", payload).await) })
    })
}

/// The requests of such a call, without the worker.
async fn requests(stage: &Arc<Stage>, sandbox: &str) -> Again {
    let requests = Arc::new(stage.requests_of("exec", program(sandbox)).await);
    let stage = stage.clone();
    Arc::new(move || {
        let (stage, requests) = (stage.clone(), requests.clone());
        Box::pin(async move { stage.bare(&requests).await })
    })
}

/// [`CALLS`] of them, with pauses that do not count.
async fn paced(small: &Again) -> Run {
    let mut run = Run::default();
    for _ in 0..CALLS {
        let began = Instant::now();
        small().await;
        run.times.push(began.elapsed());
        sleep(PAUSE).await;
    }
    run
}

/// The same while others pass, [`AT_A_TIME`].
async fn beside(small: &Again, large: &Again) -> Run {
    let mut passing = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let large = large.clone();
        passing.spawn(async move {
            loop {
                large().await;
            }
        });
    }
    let run = paced(small).await;
    passing.shutdown().await;
    run
}
