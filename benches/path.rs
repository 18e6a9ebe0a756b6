//! What a call costs beside the provider's own work: `cargo bench --bench path`. Fails if it is more than is promised.
//!
//! Every figure is a ratio within one run: each request takes [`LATENCY`] at the simulator, and a call's time at its caller
//! is held against that of one plain request of the same run. Times of the caller include the engine double.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::{Deployment, Morph};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

/// What the network and the provider take for one request.
const LATENCY: Duration = Duration::from_millis(200);

/// How often a call is measured; the median counts.
const ROUNDS: usize = 7;

/// Programs that run in one sandbox, all at once and one after another.
const PROGRAMS: usize = 40;

/// Sandboxes with a program each that outlasts a request's usual time.
const BUSY_SANDBOXES: usize = 80;

#[tokio::main]
async fn main() -> ExitCode {
    let mut report = Report::default();
    latency(&mut report).await;
    readiness(&mut report).await;
    programs(&mut report).await;
    long_programs(&mut report).await;
    report.end()
}

/// Lines of a table, and whether each keeps what is promised.
#[derive(Default)]
struct Report {
    broken: usize,
}

impl Report {
    fn title(&self, what: &str) {
        println!("\n{what}");
    }

    /// One line: what was measured, its figures, and whether they are within the limit.
    fn line(&mut self, what: &str, figures: &str, holds: bool) {
        let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
        println!("  {what:<34} {figures:<46} {verdict}");
        self.broken += usize::from(!holds);
    }

    fn end(&self) -> ExitCode {
        match self.broken {
            0 => ExitCode::SUCCESS,
            broken => {
                eprintln!("{broken} limits do not hold");
                ExitCode::FAILURE
            }
        }
    }
}

async fn deployed(config: &str) -> Deployment {
    let morph = Morph::builder().ready_after(Duration::ZERO);
    Deployment::builder(WORKER).config(config).morph(morph).start().await
}

/// Each function against one request, where all that the provider answers is ready at once.
async fn latency(report: &mut Report) {
    let deployment = deployed("max_concurrent_sandboxes: 200").await;
    let sandbox = deployment.sandbox().await;
    let mut ends = Vec::new();
    for _ in 0..=ROUNDS {
        ends.push(deployment.sandbox().await);
    }
    deployment.morph().set_latency(LATENCY);
    let one = one_request(&deployment, &sandbox).await;
    report.title(&format!(
        "One request takes {:.0} ms; a call takes",
        one.as_secs_f64() * 1000.0
    ));
    let image = json!({"image": deployment.morph().known_snapshot()});
    let here = json!({"sandbox_id": sandbox});
    let program = json!({"sandbox_id": sandbox, "cmd": "true"});
    for (function, limit, payload) in [
        ("create", 1.3, Payload::Same(image)),
        ("exec", 1.3, Payload::Same(program)),
        ("snapshot", 1.3, Payload::Same(here.clone())),
        ("expose_port", 1.3, Payload::Ports(here.clone())),
        ("list", 1.3, Payload::Same(json!({}))),
        ("branch", 2.3, Payload::Same(here)),
        ("stop", 1.3, Payload::Sandboxes(ends)),
    ] {
        let measured = measured(&deployment, function, &payload).await;
        let multiple = measured.time.as_secs_f64() / one.as_secs_f64();
        let figures = format!("{} requests, {multiple:.2} x (limit {limit})", measured.requests);
        report.line(function, &figures, multiple <= limit);
    }
}

/// What a function is given, round by round.
enum Payload {
    Same(Value),
    /// With a port of its own each time.
    Ports(Value),
    /// A sandbox of its own each time.
    Sandboxes(Vec<String>),
}

impl Payload {
    fn round(&self, round: usize) -> Value {
        match self {
            Self::Same(payload) => payload.clone(),
            Self::Ports(payload) => {
                let mut payload = payload.clone();
                payload["port"] = json!(8000 + round);
                payload
            }
            Self::Sandboxes(ids) => json!({"sandbox_id": ids[round]}),
        }
    }
}

/// The median of a call's time, and of the requests that were made until it was answered.
struct Measured {
    time: Duration,
    requests: usize,
}

/// Measures a function; a first call, for which connections are made, does not count.
async fn measured(deployment: &Deployment, function: &str, payload: &Payload) -> Measured {
    let (mut times, mut requests) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        deployment.morph().clear_requests();
        let began = Instant::now();
        let answer = deployment.call(function, payload.round(round)).await;
        let time = began.elapsed();
        answer.unwrap_or_else(|error| panic!("{function}: {error}"));
        if round > 0 {
            times.push(time);
            requests.push(deployment.morph().requests().len());
        }
    }
    Measured {
        time: median(times),
        requests: median(requests),
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// The median of what one plain request takes on a connection of its own.
async fn one_request(deployment: &Deployment, sandbox: &str) -> Duration {
    let morph = deployment.morph();
    let base = morph.api_base();
    let address = base.trim_start_matches("http://").trim_end_matches("/api");
    let request = format!(
        "GET /api/instance/{sandbox} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        morph.api_key()
    );
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut stream = TcpStream::connect(address).await.expect("a listening simulator");
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("an open connection");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        times.push(began.elapsed());
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    median(times)
}

/// A sandbox that takes a second to be ready.
async fn readiness(report: &mut Report) {
    const BOOT: Duration = Duration::from_secs(1);
    let deployment = deployed("max_concurrent_sandboxes: 200").await;
    deployment.morph().set_ready_after(BOOT);
    let image = json!({"image": deployment.morph().known_snapshot()});
    let measured = measured(&deployment, "create", &Payload::Same(image)).await;
    let beyond = measured.time.saturating_sub(BOOT).as_secs_f64();
    // The start is none.
    let looks = measured.requests.saturating_sub(1);
    report.title("A sandbox that takes 1 s to be ready");
    let figures = format!("{looks} looks (12), {beyond:.3} s beyond it (0.2)");
    report.line("create", &figures, looks <= 12 && beyond <= 0.2);
}

/// What short programs cost, renewals of the idle timeout included.
async fn programs(report: &mut Report) {
    let deployment = deployed("").await;
    let sandbox = deployment.sandbox().await;
    let payload = json!({"sandbox_id": sandbox, "cmd": "true"});
    let run = || deployment.call("exec", payload.clone());
    report.title(&format!("Requests a program, of {PROGRAMS}"));
    deployment.morph().clear_requests();
    for answer in join_all((0..PROGRAMS).map(|_| run())).await {
        answer.unwrap_or_else(|error| panic!("exec: {error}"));
    }
    report_requests(report, &deployment, "all at once");
    deployment.morph().clear_requests();
    for _ in 0..PROGRAMS {
        run().await.unwrap_or_else(|error| panic!("exec: {error}"));
    }
    report_requests(report, &deployment, "one after another");
}

fn report_requests(report: &mut Report, deployment: &Deployment, what: &str) {
    let each = deployment.morph().requests().len() as f64 / PROGRAMS as f64;
    report.line(what, &format!("{each:.2} (1.3)"), each <= 1.3);
}

/// As many programs at a time as sandboxes, each of which takes longer than a request usually may.
async fn long_programs(report: &mut Report) {
    let config = format!("max_concurrent_sandboxes: {BUSY_SANDBOXES}\nrequest_timeout_secs: 2");
    let deployment = deployed(&config).await;
    let sandboxes = join_all((0..BUSY_SANDBOXES).map(|_| deployment.sandbox())).await;
    let run = |sandbox: &String| deployment.call("exec", json!({"sandbox_id": sandbox, "cmd": "sleep", "args": ["4"]}));
    let answers = join_all(sandboxes.iter().map(run)).await;
    let well = |answer: &&Result<Value, _>| answer.as_ref().is_ok_and(|answer| answer["exit_code"] == 0);
    let answered = answers.iter().filter(well).count();
    report.title(&format!(
        "A program of 4 s in each of {BUSY_SANDBOXES} sandboxes, with `request_timeout_secs: 2`"
    ));
    report.line("exec", &format!("{answered} answered"), answered == BUSY_SANDBOXES);
}
