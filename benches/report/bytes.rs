//! What a byte costs: the output of programs, and files.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use testkit::{Deployment, Morph};

use crate::{
    WORKER,
    figures::{Figure, Row, Section, Size, millis},
    load::Run,
    plot::{Curve, Plot, Scale},
    stage::{Pair, Stage},
};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Both streams together; the last is as much as an answer can carry.
const OUTPUTS: [usize; 5] = [KIB, 10 * KIB, 100 * KIB, MIB, 2 * LARGEST_STREAM];
const LARGEST_STREAM: usize = (60 * MIB - 4096) / 12;

const FILES: [usize; 5] = [KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB];

/// A byte of a large one takes at most so many times what one of [`REFERENCE`] takes.
const FLAT: f64 = 1.5;
const REFERENCE: usize = MIB;

pub async fn measure() -> Vec<Section> {
    vec![outputs().await, files().await]
}

/// How long something took, by how many bytes it has.
type Times = Vec<(usize, Duration)>;

async fn outputs() -> Section {
    let config = format!("max_response_bytes: {}\nmax_output_bytes: {LARGEST_STREAM}", 60 * MIB);
    let stage = Arc::new(Stage::start(&config).await);
    let sandbox = stage.sandbox().await;
    let (mut times, mut bare) = (Times::new(), Times::new());
    for size in OUTPUTS {
        eprintln!("  output of {}", Size(size as u64));
        let stream = text(size / 2);
        stage.provider.set_output(&sandbox, &stream, &stream);
        let pair = programs(&stage, &sandbox, size).await;
        times.push((size, pair.measured.median()));
        bare.push((size, pair.bare.median()));
    }
    let rows = times.iter().zip(&bare);
    let rows = rows.map(|(measured, bare)| row("output of", *measured, &times).bare(per_byte(*bare)));
    Section {
        title: "Output of programs".to_owned(),
        about: "What a byte of an `exec`'s output takes, half of it on each stream, against a bare client that downloads the \
                same. The caller's side is in it: the engine double decodes what it is sent."
            .to_owned(),
        rows: rows.collect(),
        plots: vec![plot("Output", vec![("exec", &times), ("bare", &bare)])],
    }
}

/// Lines of 64 bytes.
fn text(size: usize) -> String {
    let line = "The quick brown fox jumps over the lazy dog, again and again.\t!\n";
    line.chars().cycle().take(size).collect()
}

async fn programs(stage: &Arc<Stage>, sandbox: &str, size: usize) -> Pair {
    let payload = json!({"sandbox_id": sandbox, "cmd": "cat"});
    let requests = Arc::new(stage.requests_of("exec", payload.clone()).await);
    let calls = (32 * MIB / size).clamp(3, 100);
    let measured = async || {
        let (stage, payload) = (stage.clone(), payload.clone());
        let call = move |_| {
            let (stage, payload) = (stage.clone(), payload.clone());
            async move {
                let answer = stage.call("exec", payload).await;
                assert_eq!(answer["stdout"].as_str().map(str::len), Some(size / 2));
            }
        };
        Run::of(calls, 1, call).await
    };
    let bare = async || {
        let (stage, requests) = (stage.clone(), requests.clone());
        let call = move |_| {
            let (stage, requests) = (stage.clone(), requests.clone());
            async move { stage.bare(&requests).await }
        };
        Run::of(calls, 1, call).await
    };
    Pair::of(3, measured, bare).await
}

async fn files() -> Section {
    let worker = Deployment::builder(WORKER).config("images: {base: $known_image}");
    let deployment = worker.morph(Morph::builder().ready_after(Duration::ZERO)).start().await;
    let created = deployment.adapter("create", json!({"image": "base"})).await;
    let sandbox = created.expect("a sandbox")["sandbox_id"].clone();
    let (mut written, mut read) = (Times::new(), Times::new());
    for size in FILES {
        eprintln!("  file of {}", Size(size as u64));
        let calls = (4 * MIB / size).clamp(1, 10);
        let (mut writes, mut reads) = (Run::default(), Run::default());
        for _ in 0..calls {
            writes.times.push(write(&deployment, &sandbox, size).await);
            reads.times.push(read_back(&deployment, &sandbox, size).await);
        }
        written.push((size, writes.median()));
        read.push((size, reads.median()));
    }
    let rows = written.iter().map(|time| row("write of", *time, &written));
    let rows = rows.chain(read.iter().map(|time| row("read of", *time, &read)));
    Section {
        title: "Files".to_owned(),
        about: "What a byte takes on its way into a file and out of it, through a channel, at a provider that has no files: \
                by programs, which the simulator really runs."
            .to_owned(),
        rows: rows.collect(),
        plots: vec![plot("Files", vec![("write", &written), ("read", &read)])],
    }
}

async fn write(deployment: &Deployment, sandbox: &Value, size: usize) -> Duration {
    let bytes = vec![b'x'; size];
    let source = deployment.engine.source();
    let payload = json!({"sandbox_id": sandbox, "path": "/tmp/file", "content": source.reference()});
    let began = std::time::Instant::now();
    let writing = deployment.begin_adapter("fs::write", payload);
    let (_, answer) = tokio::join!(source.send_all(&bytes), writing.within(Duration::from_secs(300)));
    let answer = answer.unwrap_or_else(|error| panic!("fs::write: {error}"));
    assert_eq!(answer["bytes_written"], size);
    began.elapsed()
}

async fn read_back(deployment: &Deployment, sandbox: &Value, size: usize) -> Duration {
    let began = std::time::Instant::now();
    let payload = json!({"sandbox_id": sandbox, "path": "/tmp/file"});
    let answer = deployment.adapter("fs::read", payload).await;
    let answer = answer.unwrap_or_else(|error| panic!("fs::read: {error}"));
    let content = deployment.engine.sink(&answer["content"]).read_to_end().await;
    assert_eq!(content.expect("an end in good order").bytes.len(), size);
    began.elapsed()
}

/// What a byte takes; a large one is held against [`REFERENCE`].
fn row(what: &str, (size, time): (usize, Duration), all: &Times) -> Row {
    let row = Row::new(format!("{what} {}", Size(size as u64)), per_byte((size, time)));
    let reference = all.iter().find(|(size, _)| *size == REFERENCE);
    let Some(&(reference, usual)) = reference.filter(|_| size > REFERENCE) else {
        return row;
    };
    let times = nanos(size, time) / nanos(reference, usual);
    row.goal(format!("{times:.2} × a byte of 1 MiB, at most 1.5"), times <= FLAT)
}

fn per_byte((size, time): (usize, Duration)) -> Figure {
    Figure::NanosPerByte(nanos(size, time))
}

fn nanos(size: usize, time: Duration) -> f64 {
    time.as_nanos() as f64 / size as f64
}

fn plot(title: &str, curves: Vec<(&str, &Times)>) -> Plot {
    let curves = curves.into_iter().map(|(name, times)| {
        let points = times.iter().map(|(size, time)| (*size as f64, millis(*time)));
        Curve::new(name, points.collect())
    });
    Plot {
        title: title.to_owned(),
        x: "bytes",
        y: "ms",
        scale: Scale::Logarithmic,
        curves: curves.collect(),
    }
}
