//! `--try`: the worker holds the provider against what it promises, by itself.

use std::time::Duration;

use serde_json::Value;

use crate::deployment::{Alone, DeploymentBuilder};
use crate::worker::Worker;

/// Longer than a run takes at a simulator, even beside others.
const RUN: Duration = Duration::from_secs(120);

/// What answers tell of an address, by provider: these are led to this machine.
const ADDRESSES: [(&str, &str); 3] = [
    ("POST", "/instance/{id}/http"),
    ("GET", "/instance/{id}"),
    ("GET", "/sandbox/{id}/ports/{port}/preview-url"),
];

/// Where a URL has the port of the sandbox: `https://port-8080-…` or `https://8080-…`.
fn here(url: &str) -> Option<String> {
    let name = url.strip_prefix("https://")?;
    let (port, _) = name.strip_prefix("port-").unwrap_or(name).split_once('-')?;
    Some(format!("http://127.0.0.1:{}/", port.parse::<u16>().ok()?))
}

fn lead_here(answer: &mut Value) {
    match answer {
        Value::String(text) => {
            if let Some(url) = here(text) {
                *text = url;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(lead_here),
        Value::Object(fields) => fields.values_mut().for_each(lead_here),
        _ => {}
    }
}

/// A run that nobody is asked for, at a provider whose sandboxes serve their ports on this machine.
pub async fn agreed(worker: DeploymentBuilder) -> Alone {
    let mut alone = worker.alone(&["--try", "--yes", "--image"]).await;
    let image = alone.simulator().known_image();
    alone.add_arg(image);
    for (method, pattern) in ADDRESSES {
        alone.simulator().traffic().rewrite(method, pattern, lead_here);
    }
    alone
}

/// Runs to the end; what was written and the status.
pub async fn run(alone: &Alone) -> (String, i32) {
    let mut worker = alone.spawn().await;
    ended(&mut worker).await
}

async fn ended(worker: &mut Worker) -> (String, i32) {
    let status = worker.exit_within(RUN).await;
    let code = status.code();
    let code = code.unwrap_or_else(|| panic!("a signal has ended it: {}", worker.stderr()));
    (worker.stdout(), code)
}

/// The lines of a table whose function is this one.
pub fn rows<'t>(table: &'t str, function: &str) -> Vec<&'t str> {
    let of = |line: &&str| line.split_whitespace().next() == Some(function);
    table.lines().filter(of).collect()
}

/// The provider has nothing that was not there before, and the worker says so.
pub fn assert_nothing_is_left(alone: &Alone, table: &str) {
    assert_eq!(alone.simulator().sandboxes(), [], "{table}");
    assert_eq!(alone.simulator().snapshots(), <[&str; 0]>::default(), "{table}");
    assert!(table.contains("\nremoved: everything that was made\n"), "{table}");
}

pub async fn every_function_is_as_it_should_be_and_nothing_is_left(worker: DeploymentBuilder) {
    let alone = agreed(worker).await;
    let (table, status) = run(&alone).await;
    assert_nothing_is_left(&alone, &table);
    let named = |of: &str| table.lines().find_map(|line| line.strip_prefix(of));
    let functions = named("functions: ").expect("the functions").split(", ");
    let adapted = named("as a sandbox adapter: ")
        .into_iter()
        .flat_map(|line| line.split(", "));
    for function in functions.chain(adapted) {
        let rows = rows(&table, function);
        assert!(!rows.is_empty(), "{function} was not tried:\n{table}");
        for row in rows {
            // A URL that is made of a host's name cannot be led here.
            let ends_here = function != "expose_port" || !row.ends_with("the URL does not answer");
            assert!(row.contains("  ok") || !ends_here, "{row}\n{table}");
        }
    }
    let elsewhere = table.contains("the URL does not answer");
    assert_eq!(status, i32::from(elsewhere), "{table}");
}

pub async fn a_provider_that_starts_nothing_is_found_out(worker: DeploymentBuilder) {
    let alone = agreed(worker).await;
    alone.simulator().set_quota_used_up(true);
    let (table, status) = run(&alone).await;
    assert_eq!(status, 1, "{table}");
    assert!(rows(&table, "create")[0].contains("[S501]"), "{table}");
    assert!(table.contains("; not: create"), "{table}");
    assert_nothing_is_left(&alone, &table);
}

pub async fn told_to_stop_in_the_middle_of_a_start_it_leaves_nothing(worker: DeploymentBuilder) {
    let alone = agreed(worker).await;
    // Some providers end nothing before it is ready.
    let later = Duration::from_secs(5);
    alone.simulator().set_ready_after(later, later);
    let mut worker = alone.spawn().await;
    assert!(alone.simulator().comes_to(RUN, |all| !all.is_empty()).await);
    worker.interrupt();
    let (table, status) = ended(&mut worker).await;
    assert_eq!(status, 1, "{table}");
    assert_nothing_is_left(&alone, &table);
}

pub async fn told_to_stop_while_there_are_copies_it_leaves_nothing(worker: DeploymentBuilder) {
    let alone = agreed(worker).await;
    let mut worker = alone.spawn().await;
    let copied = alone.simulator().comes_to(RUN, |all| all.len() > 1).await;
    assert!(copied, "{}", worker.stdout());
    worker.terminate();
    let (table, status) = ended(&mut worker).await;
    assert_eq!(status, 1, "{table}");
    assert!(table.contains("told to stop: removing what was made"), "{table}");
    assert_nothing_is_left(&alone, &table);
}

pub async fn told_to_stop_while_the_adapters_sandbox_runs_it_leaves_nothing(worker: DeploymentBuilder) {
    for tried in ["the image, by its name", "with a name and variables"] {
        let alone = agreed(worker.clone()).await;
        let mut worker = alone.spawn().await;
        // A URL that does not answer takes 20 s of the run.
        worker.wait_for_line_within(Duration::from_secs(60), tried).await;
        worker.interrupt();
        let (table, status) = ended(&mut worker).await;
        assert_eq!(status, 1, "{table}");
        assert_nothing_is_left(&alone, &table);
    }
}

pub async fn without_consent_nothing_is_sent(worker: DeploymentBuilder) {
    let alone = worker.alone(&["--try", "--image", "any"]).await;
    let mut worker = alone.spawn().await;
    let (said, status) = ended(&mut worker).await;
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("The provider may bill that."), "{said}");
    assert!(
        worker
            .stderr()
            .ends_with("there is no terminal to ask at: say --yes to let --try begin\n")
    );
    assert_eq!(alone.simulator().traffic().request_lines(), <[&str; 0]>::default());
}

pub async fn what_it_says_holds_no_key(worker: DeploymentBuilder) {
    let alone = agreed(worker).await;
    alone.simulator().set_quota_used_up(true);
    let mut worker = alone.spawn().await;
    let (table, _) = ended(&mut worker).await;
    let key = alone.simulator().api_key();
    assert!(!table.contains(key) && !worker.stderr().contains(key), "{table}");
}
