//! How long `create` goes on after the sandbox is ready.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use testkit::{Deployment, Morph};

use crate::{
    WORKER,
    figures::{Figure, Row, Section, millis},
    load::Run,
    plot::{Curve, Plot, Scale},
};

const DELAYS: [u64; 8] = [0, 50, 100, 200, 350, 500, 750, 1_000];

/// What a look may come late.
const LATE: Duration = Duration::from_millis(200);

const ROUNDS: usize = 5;

pub async fn measure() -> Vec<Section> {
    let worker = Deployment::builder(WORKER).config("max_concurrent_sandboxes: 100");
    let deployment = Arc::new(worker.morph(Morph::builder()).start().await);
    let (mut rows, mut points) = (Vec::new(), Vec::new());
    for delay in DELAYS.map(Duration::from_millis) {
        deployment.morph().set_ready_after(delay);
        let run = creations(&deployment).await;
        let late = run.median().saturating_sub(delay);
        points.push((millis(delay), millis(run.median())));
        let row = Row::new(
            format!("ready after {} ms", delay.as_millis()),
            Figure::Time(run.median()),
        );
        let goal = format!("{} ms later, at most 200", late.as_millis());
        rows.push(row.bare(Figure::Time(delay)).goal(goal, late <= LATE));
    }
    let ready = DELAYS.map(|delay| (delay as f64, delay as f64)).to_vec();
    vec![Section {
        title: "`create` and readiness".to_owned(),
        about: "The median of a `create`, held against when the sandbox is ready, at the simulator.".to_owned(),
        rows,
        plots: vec![Plot {
            title: "`create`".to_owned(),
            x: "ready after (ms)",
            y: "answered after (ms)",
            scale: Scale::Linear,
            curves: vec![Curve::new("create", points), Curve::new("ready", ready)],
        }],
    }]
}

async fn creations(deployment: &Arc<Deployment>) -> Run {
    let deployment = deployment.clone();
    let create = move |_| {
        let deployment = deployment.clone();
        async move {
            let image = json!({"image": deployment.morph().known_snapshot()});
            let created = deployment.call("create", image).await;
            created.unwrap_or_else(|error| panic!("create: {error}"));
        }
    };
    Run::of(ROUNDS, 1, create).await
}
