//! The examples of a mapping as tests of the built worker: each is a call of one function, between an engine double and a
//! provider that answers what the example says.
//!
//! A worker's package has them all by one line, `testkit::examples!(env!("CARGO_BIN_EXE_sandbox-…"))`, where what its build
//! has made of `spec/` is at hand.

mod arrived;
mod compared;
mod difference;
mod judged;
mod provider;
mod report;
mod sample;
mod script;
mod stream;
mod written;

use std::path::PathBuf;

use self::judged::Judged;
use self::provider::Provider;
use self::script::Script;
use self::written::{Example, Function, Worker};
use crate::deployment::Deployment;

/// Every example of the worker's mapping, each as a test of its own.
#[macro_export]
macro_rules! examples {
    ($worker:expr) => {
        /// Panics unless the example holds.
        // A worker may have no examples yet.
        #[allow(dead_code)]
        async fn holds(function: &str, summary: &str) {
            let examples = include_str!(concat!(env!("OUT_DIR"), "/examples.json"));
            $crate::examples::holds($worker, examples, function, summary).await;
        }

        include!(concat!(env!("OUT_DIR"), "/examples.rs"));
    };
}

/// Runs one example of those that a build has written. Panics, with everything that is not as it says, unless it holds.
///
/// What becomes of it is told to `cargo codegen test` too, where that runs it.
pub async fn holds(binary: impl Into<PathBuf>, examples: &str, function: &str, summary: &str) {
    let worker: Worker = serde_json::from_str(examples).expect("what the build has written");
    let of_function = worker.functions.iter().find(|known| known.name == function);
    let of_function = of_function.expect("a function with examples");
    let mut examples = of_function.examples.iter();
    let example = examples.find(|known| known.summary == summary).expect("the example");
    let judged = run(binary.into(), &worker, of_function, example).await;
    let failure = judged.told();
    report::write(function, example, failure.as_deref());
    if let Some(failure) = failure {
        panic!("{function}: {summary} ({})\n{failure}", example.place);
    }
}

/// A key that no provider has given.
const KEY: &str = "key-of-the-examples";

async fn run(binary: PathBuf, worker: &Worker, function: &Function, example: &Example) -> Judged {
    let script = Script::new(worker, example);
    let provider = Provider::start(script).await;
    let mut deployment = Deployment::builder(binary)
        .provider(&worker.provider)
        .functions(&[&function.name])
        .provider_url(&provider.url())
        .env(&worker.key, KEY)
        .config(&configuration(worker, function, example, &provider))
        .start()
        .await;
    let input = provider.script(|script| script.written(&example.input));
    let answer = deployment.call(&function.name, input).await;
    // It does what it has still to do before it ends: what it takes back is asked for, too.
    deployment.terminate().await;
    provider.script(|script| Judged::new(example, answer, script))
}

/// The lines of the configuration: the owner, the function where it has to be listed, and what the example says.
fn configuration(worker: &Worker, function: &Function, example: &Example, provider: &Provider) -> String {
    let mut lines = String::new();
    let mut line = |key: &str, value: String| lines.push_str(&format!("{key}: {value}\n"));
    let says = |key: &str| example.config.iter().any(|(name, _)| name == key);
    if !says("owner") {
        line("owner", worker.owner.clone());
    }
    if let Some(listed) = function.optional.as_ref().filter(|_| !says("functions")) {
        line("functions", format!("[{listed}]"));
    }
    for (key, value) in &example.config {
        // JSON is YAML.
        line(key, provider.script(|script| script.written(value)).to_string());
    }
    lines
}
