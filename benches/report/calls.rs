//! Each function against the requests that it makes.

use std::{cell::Cell, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    bare::Request,
    figures::{Figure, Row, Section, millis},
    load::Run,
    plot::{Curve, Plot, Scale},
    stage::{Pair, Stage},
};

const FUNCTIONS: [&str; 7] = ["create", "exec", "stop", "list", "snapshot", "branch", "expose_port"];

/// What a call may take longer than its requests.
const BEYOND: Duration = Duration::from_micros(300);

/// Of 100 calls under load 99 take at most so many times the median.
const SPREAD: f64 = 3.0;

const MANY: usize = 64;
const ROUNDS: usize = 3;
const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(50)];

pub async fn measure() -> Vec<Section> {
    let (mut one, mut many) = (Vec::new(), Vec::new());
    let mut curves = [Vec::new(), Vec::new()];
    for function in FUNCTIONS {
        eprintln!("  {function}");
        let stage = Subject::start(function).await;
        for latency in LATENCIES {
            let (alone, _) = stage.alone(latency).await;
            one.push(beyond(function, latency, &alone));
            let (crowded, each) = stage.crowded(latency).await;
            many.extend(throughput(
                &named(function, latency),
                &crowded,
                [each, stage.requests.len() as f64],
            ));
            if latency.is_zero() {
                curves[0].push(distribution(function, &alone.measured));
                curves[1].push(distribution(function, &crowded.measured));
            }
        }
    }
    let [alone, crowded] = curves;
    vec![
        Section {
            title: "A call at a time".to_owned(),
            about:
                "The median of a call and of the same requests by a bare client, with 0 and 50 ms for each request at \
                    the provider."
                    .to_owned(),
            rows: one,
            plots: vec![distributions("A call at a time, without latency", alone)],
        },
        Section {
            title: format!("{MANY} calls at a time"),
            about:
                "Requests a second, those with which lifetimes are set beside the calls among the worker's; and of all \
                    calls the 99th percentile, against the median. Engine double, provider and bare client run in one \
                    process, the worker in another."
                    .to_owned(),
            rows: many,
            plots: vec![distributions(
                &format!("{MANY} calls at a time, without latency"),
                crowded,
            )],
        },
    ]
}

fn beyond(function: &str, latency: Duration, pair: &Pair) -> Row {
    let (measured, bare) = (pair.measured.median(), pair.bare.median());
    let more = measured.saturating_sub(bare);
    Row::new(named(function, latency), Figure::Time(measured))
        .bare(Figure::Time(bare))
        .goal(format!("{} µs more, at most 300", more.as_micros()), more <= BEYOND)
}

/// `each` is how many requests a call makes: the worker's, and the bare client's.
fn throughput(name: &str, pair: &Pair, each: [f64; 2]) -> [Row; 2] {
    let measured = pair.measured.per_second() * each[0];
    let bare = pair.bare.per_second() * each[1];
    let (late, median) = (pair.measured.percentile(99), pair.measured.median());
    let spread = late.as_secs_f64() / median.as_secs_f64();
    [
        Row::new(
            format!("{name}: {:.1} requests each", each[0]),
            Figure::PerSecond(measured),
        )
        .bare(Figure::PerSecond(bare))
        .goal("at least 0.5 ×", measured >= bare / 2.0),
        Row::new(format!("{name}: p99 and median"), Figure::Time(late))
            .bare(Figure::Time(median))
            .goal("at most 3 ×", spread <= SPREAD),
    ]
}

fn named(function: &str, latency: Duration) -> String {
    format!("`{function}`, {} ms", latency.as_millis())
}

fn distribution(function: &str, run: &Run) -> Curve {
    let point = |percent: usize| (percent as f64, millis(run.percentile(percent)));
    Curve::new(function, [1, 10, 25, 50, 75, 90, 95, 99].map(point).to_vec())
}

fn distributions(title: &str, curves: Vec<Curve>) -> Plot {
    Plot {
        title: title.to_owned(),
        x: "percentile",
        y: "ms",
        scale: Scale::Linear,
        curves,
    }
}

/// A function of a worker that is warm, and what it asks for.
struct Subject {
    function: &'static str,
    stage: Arc<Stage>,
    payload: Value,
    requests: Arc<Vec<Request>>,
}

impl Subject {
    async fn start(function: &'static str) -> Self {
        let stage = Arc::new(Stage::start("").await);
        let sandbox = stage.sandbox().await;
        let payload = match function {
            "create" => json!({"image": "snapshot_base"}),
            "exec" => json!({"sandbox_id": sandbox, "cmd": "true"}),
            "list" => json!({}),
            "branch" => json!({"sandbox_id": sandbox, "count": 1}),
            "expose_port" => json!({"sandbox_id": sandbox, "port": 8080}),
            _ => json!({"sandbox_id": sandbox}),
        };
        let mut subject = Self {
            function,
            stage,
            payload,
            requests: Arc::default(),
        };
        subject.measured(MANY, MANY).await;
        let payload = subject.payloads(1).await.remove(0);
        subject.requests = Arc::new(subject.stage.requests_of(function, payload).await);
        subject.bare(MANY, MANY).await;
        subject
    }

    /// What so many calls are given; each `stop` ends a sandbox of its own.
    async fn payloads(&self, count: usize) -> Vec<Value> {
        if self.function != "stop" {
            return vec![self.payload.clone(); count];
        }
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(json!({"sandbox_id": self.stage.sandbox().await}));
        }
        ids
    }

    async fn alone(&self, latency: Duration) -> (Pair, f64) {
        let calls = if latency.is_zero() { 300 } else { 12 };
        self.pair(latency, calls, 1).await
    }

    async fn crowded(&self, latency: Duration) -> (Pair, f64) {
        let calls = if latency.is_zero() { 1_500 } else { 10 * MANY };
        self.pair(latency, calls, MANY).await
    }

    /// The calls, and how many requests the worker has made for each.
    async fn pair(&self, latency: Duration, calls: usize, at_a_time: usize) -> (Pair, f64) {
        let (provider, asked) = (&self.stage.provider, Cell::new(0_usize));
        let measured = async || {
            let payloads = self.payloads(calls).await;
            provider.set_latency(latency);
            let before = provider.asked();
            let run = self.run(payloads, at_a_time).await;
            provider.set_latency(Duration::ZERO);
            asked.set(asked.get() + provider.asked() - before);
            run
        };
        let bare = async || {
            provider.set_latency(latency);
            let run = self.bare(calls, at_a_time).await;
            provider.set_latency(Duration::ZERO);
            run
        };
        let pair = Pair::of(ROUNDS, measured, bare).await;
        let each = asked.get() as f64 / pair.measured.times.len() as f64;
        (pair, each)
    }

    async fn measured(&self, calls: usize, at_a_time: usize) -> Run {
        self.run(self.payloads(calls).await, at_a_time).await
    }

    async fn run(&self, payloads: Vec<Value>, at_a_time: usize) -> Run {
        let (stage, function) = (self.stage.clone(), self.function);
        let (count, payloads) = (payloads.len(), Arc::new(payloads));
        let call = move |number: usize| {
            let (stage, payload) = (stage.clone(), payloads[number].clone());
            async move { drop(stage.call(function, payload).await) }
        };
        Run::of(count, at_a_time, call).await
    }

    async fn bare(&self, calls: usize, at_a_time: usize) -> Run {
        let (stage, requests) = (self.stage.clone(), self.requests.clone());
        let call = move |_| {
            let (stage, requests) = (stage.clone(), requests.clone());
            async move { stage.bare(&requests).await }
        };
        Run::of(calls, at_a_time, call).await
    }
}
