//! What `list` shows, and how little it asks for that.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::acting::running;
use super::adapting::{self, create, rows};
use crate::deployment::{Deployment, DeploymentBuilder};
use crate::simulator::Fault;

/// How often the provider is asked at most.
const REFRESHED: Duration = Duration::from_secs(5);

/// What is seen within some refreshes is seen by then, on any machine.
const SEEN: Duration = Duration::from_secs(60);

/// Requests wait for longer than that.
const PATIENT: &str = "request_timeout_secs: 290";

fn asked(deployment: &Deployment) -> usize {
    let simulator = deployment.simulator();
    simulator.traffic().requests_to("GET", simulator.list_path()).len()
}

pub async fn a_row_has_what_the_contract_says(worker: DeploymentBuilder) {
    let config = "max_exec_per_sandbox: 3\nimages: {python: $known_image}";
    let deployment = worker.config(config).start().await;
    let sandbox = create(&deployment, json!({"name": "mine"})).await;
    let row = rows(&deployment).await[&sandbox].clone();
    let age = row["age_secs"].as_u64().expect("whole seconds");
    assert!(age < 60, "{row}");
    let idle = json!({
        "sandbox_id": sandbox, "name": "mine", "image": "python", "age_secs": age, "exec_in_progress": false,
        "exec_in_flight": 0, "exec_slots_free": 3, "stopped": false,
    });
    assert_eq!(row, idle);
    let script = "echo > begun; until [ -e go ]; do sleep 0.05; done";
    let program = json!({"sandbox_id": sandbox, "cmd": "sh", "args": ["-c", script]});
    let running = deployment.begin_adapter("exec", program);
    adapting::script(&deployment, &sandbox, "until [ -e begun ]; do sleep 0.05; done").await;
    let row = rows(&deployment).await[&sandbox].clone();
    let busy = ["exec_in_progress", "exec_in_flight", "exec_slots_free"].map(|field| row[field].clone());
    assert_eq!(busy, [json!(true), json!(1), json!(2)]);
    adapting::script(&deployment, &sandbox, "echo > go").await;
    running.await.expect("it ends well");
    assert_eq!(rows(&deployment).await[&sandbox]["exec_in_flight"], 0);
}

/// While the provider's list never comes, and after one that failed in whatever way.
pub async fn it_does_not_wait_for_the_provider(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker.config(PATIENT)).await;
    let sandbox = create(&deployment, json!({})).await;
    let traffic = deployment.simulator().traffic();
    let list = deployment.simulator().list_path();
    for fault in [Fault::Status(500), Fault::Nonsense, Fault::Status(401), Fault::Stall] {
        let hits = traffic.fault_hits();
        traffic.fail("GET", list).with(fault.clone()).always();
        let answered = async {
            while traffic.fault_hits() == hits {
                assert!(rows(&deployment).await.contains_key(&sandbox), "{fault:?}");
                sleep(Duration::from_millis(50)).await;
            }
            rows(&deployment).await
        };
        let listed = timeout(SEEN, answered).await;
        let listed = listed.unwrap_or_else(|_| panic!("{fault:?}: no answer within {SEEN:?}"));
        assert!(listed.contains_key(&sandbox), "{fault:?}");
        traffic.clear_faults();
    }
    traffic.release_stalled();
}

/// The first time at once, the third time when two pauses have gone by.
pub async fn however_often_it_is_called_the_provider_is_asked_every_five_seconds(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let sandbox = create(&deployment, json!({})).await;
    deployment.simulator().traffic().clear_requests();
    let began = Instant::now();
    let asked_thrice = async {
        while asked(&deployment) < 3 {
            assert!(rows(&deployment).await.contains_key(&sandbox));
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SEEN, asked_thrice).await.expect("it is refreshed");
    let lines = deployment.simulator().traffic().request_lines();
    assert!(began.elapsed() >= REFRESHED * 2, "{:?}: {lines:?}", began.elapsed());
}

pub async fn what_has_ended_elsewhere_goes_from_it(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    let (one, two) = (
        create(&deployment, json!({"name": "one"})).await,
        create(&deployment, json!({"name": "two"})).await,
    );
    let first = running(&deployment).into_iter().next().expect("they run");
    deployment.simulator().remove(&first);
    let gone = async {
        while rows(&deployment).await.len() > 1 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(SEEN, gone).await.expect("one goes");
    let left = rows(&deployment).await;
    assert!(left.contains_key(&one) != left.contains_key(&two));
}

/// As a page polls that shows something only when it has changed.
pub async fn only_the_age_changes_while_nothing_happens(worker: DeploymentBuilder) {
    let deployment = adapting::started(worker).await;
    for name in ["b", "a", "c"] {
        create(&deployment, json!({"name": name})).await;
    }
    let look = async || {
        let listed = deployment.adapter("list", json!({})).await.expect("a list");
        let mut rows = listed["sandboxes"].as_array().expect("rows").clone();
        rows.iter_mut()
            .for_each(|row| drop(row.as_object_mut().map(|row| row.remove("age_secs"))));
        Value::from(rows)
    };
    let first = look().await;
    for _ in 0..10 {
        assert_eq!(look().await, first, "the order, too");
    }
}
