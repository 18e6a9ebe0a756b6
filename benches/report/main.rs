//! What the worker costs, as ratios within one run: `cargo bench-report [PART]`.
//!
//! The worker is the built binary, over a real WebSocket with the engine double and HTTP on loopback. What it is held
//! against is a bare client that makes the same requests to the same provider, in turn with it. The table goes to standard
//! output as Markdown, and with plots to `bench/report.html` in the target folder. A goal that is missed is marked and no
//! failure; a part that cannot be measured is one.

mod bare;
mod burst;
mod bytes;
mod calls;
mod documents;
mod figures;
mod lists;
mod load;
mod memory;
mod page;
mod plot;
mod process;
mod provider;
mod readiness;
mod stage;

use std::{env, fs, panic::AssertUnwindSafe, path::PathBuf, process::ExitCode, time::Instant};

use futures::{FutureExt, future::LocalBoxFuture};

use self::figures::Section;

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");

type Measure = fn() -> LocalBoxFuture<'static, Vec<Section>>;

/// The parts, each by the name that selects it.
const PARTS: [(&str, Measure); 7] = [
    ("calls", || Box::pin(calls::measure())),
    ("readiness", || Box::pin(readiness::measure())),
    ("lists", || Box::pin(lists::measure())),
    ("bytes", || Box::pin(bytes::measure())),
    ("burst", || Box::pin(burst::measure())),
    ("process", || Box::pin(process::measure())),
    ("documents", || Box::pin(documents::measure())),
];

#[tokio::main]
async fn main() -> ExitCode {
    // cargo adds `--bench`.
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let names = PARTS.map(|(name, _)| name);
    if let Some(unknown) = wanted.iter().find(|part| !names.contains(&part.as_str())) {
        eprintln!("there is no part `{unknown}`, but {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| part == name);
    let (mut sections, mut failed) = (Vec::new(), Vec::new());
    for (name, measure) in PARTS.into_iter().filter(|(name, _)| is_wanted(name)) {
        let began = Instant::now();
        eprintln!("{name} …");
        match AssertUnwindSafe(measure()).catch_unwind().await {
            Ok(measured) => sections.extend(measured),
            // The panic has told why.
            Err(_) => failed.push(name),
        }
        eprintln!("{name}: {:.0} s", began.elapsed().as_secs_f64());
    }
    told(&sections, &failed)
}

/// Prints the table and writes the page.
fn told(sections: &[Section], failed: &[&str]) -> ExitCode {
    println!("{}", page::markdown(sections));
    let file = folder().join("report.html");
    let written = fs::create_dir_all(folder()).and_then(|()| fs::write(&file, page::html(sections)));
    match &written {
        Ok(()) => eprintln!("{}", file.display()),
        Err(error) => eprintln!("{}: {error}", file.display()),
    }
    if !failed.is_empty() {
        eprintln!("not measured: {}", failed.join(", "));
    }
    match written.is_ok() && failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// `bench` in the target folder, which is three above the worker's file or where cargo is told to build.
fn folder() -> PathBuf {
    let told = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = told.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"));
    target.join("bench")
}
