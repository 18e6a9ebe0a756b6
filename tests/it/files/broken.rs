//! Requests that fail in the middle.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use testkit::Fault;
use tokio::time::{Instant, sleep};

use super::{Disk, RUN, base64, worker};

/// Several pieces.
const LARGE: usize = 600_000;

/// Until nothing but `f` is in the sandbox's folder: what removes the rest may go on after the answer.
async fn nothing_else_is_left(disk: &Disk) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let names = disk.script("ls -A").await;
        if names == "f\n" {
            return;
        }
        assert!(Instant::now() < deadline, "{names}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_lost_answer_costs_a_request_and_changes_nothing() {
    let disk = Disk::of(worker()).await;
    for fault in [Fault::Cut, Fault::Status(500), Fault::CutMidBody] {
        for number in [1, 3, 8] {
            disk.deployment
                .morph()
                .fail("POST", RUN)
                .with(fault.clone())
                .after_effect()
                .nth(number);
            let bytes = base64(LARGE);
            disk.programs();
            disk.write("f", &bytes)
                .await
                .unwrap_or_else(|error| panic!("{fault:?} {number}: {error}"));
            assert_eq!(disk.programs(), 9, "{fault:?} {number}");
            assert_eq!(disk.read("f").await, Ok(bytes), "{fault:?} {number}");
        }
    }
    nothing_else_is_left(&disk).await;
}

#[tokio::test]
async fn a_read_goes_on_after_a_lost_answer() {
    let disk = Disk::of(worker()).await;
    let bytes = base64(3_000_000);
    disk.write("f", &bytes).await.expect("it is written");
    for number in 1..=4 {
        disk.deployment.morph().fail("POST", RUN).with(Fault::Cut).nth(number);
        disk.programs();
        assert_eq!(disk.read("f").await.as_ref(), Ok(&bytes), "{number}");
        assert_eq!(disk.programs(), 5, "{number}");
    }
}

/// A refusal by which nothing is sent again: the call fails, the file is as it was, and what was stored is removed.
#[tokio::test]
async fn what_fails_in_the_middle_leaves_the_file_as_it_was() {
    let disk = Disk::of(worker()).await;
    disk.write("f", "b2xk").await.expect("it is written");
    for number in [1, 2, 5, 8] {
        for fault in [Fault::Status(403), Fault::Nonsense] {
            disk.deployment
                .morph()
                .fail("POST", RUN)
                .with(fault.clone())
                .nth(number);
            disk.write("f", &base64(LARGE)).await.expect_err("a refusal");
            nothing_else_is_left(&disk).await;
            assert_eq!(disk.read("f").await.as_deref(), Ok("b2xk"), "{fault:?} {number}");
        }
    }
}

#[tokio::test]
async fn what_could_not_be_removed_at_once_is_removed_later() {
    let disk = Disk::of(worker()).await;
    disk.write("f", "b2xk").await.expect("it is written");
    let home = disk.script("pwd").await;
    let morph = disk.deployment.morph();
    morph.clear_requests();
    morph.fail("POST", RUN).with(Fault::Stall).nth(3);
    let writing = disk.deployment.begin("fs::write", disk.writing("f", &base64(LARGE)));
    morph.wait_for_request("POST", RUN, 3).await;
    morph.fail("POST", RUN).with(Fault::Status(403)).always();
    morph.release_stalled();
    writing.await.expect_err("a refusal");
    assert_eq!(std::fs::read_dir(home.trim_end()).expect("a folder").count(), 2);
    morph.clear_faults();
    nothing_else_is_left(&disk).await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_removes_what_it_has_stored() {
    let mut disk = Disk::of(worker()).await;
    disk.write("f", "b2xk").await.expect("it is written");
    let home = disk.script("pwd").await;
    disk.deployment.morph().clear_requests();
    disk.deployment.morph().fail("POST", RUN).with(Fault::Stall).nth(5);
    let payload = disk.writing("f", &base64(LARGE));
    let writing = disk.deployment.begin("fs::write", payload);
    disk.deployment.morph().wait_for_request("POST", RUN, 5).await;
    disk.deployment.terminate().await;
    writing.await.expect_err("the worker has ended");
    let names: Vec<_> = std::fs::read_dir(home.trim_end()).expect("a folder").collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

/// As when the sandbox has no memory left: the script has had no time to clean up.
#[tokio::test]
async fn what_a_script_has_stored_that_was_killed_is_removed() {
    let disk = Disk::of(worker()).await;
    disk.write("f", "b2xk").await.expect("it is written");
    for number in [0, 2] {
        let seen = AtomicUsize::new(0);
        disk.deployment.morph().rewrite("POST", RUN, move |answer| {
            if seen.fetch_add(1, Ordering::Relaxed) == number {
                answer["exit_code"] = 137.into();
            }
        });
        let refusal = disk.write("f", &base64(LARGE)).await.expect_err("a refusal").message;
        disk.deployment.morph().clear_rewrites();
        assert_eq!(
            refusal,
            "[S502] provider unavailable: the shell of the sandbox ended with status 137"
        );
        nothing_else_is_left(&disk).await;
    }
}

/// With the sandbox the files are gone: nothing is to be removed and nobody goes on trying.
#[tokio::test]
async fn a_sandbox_that_ends_meanwhile_ends_it() {
    let disk = Disk::of(worker()).await;
    let morph = disk.deployment.morph();
    morph.fail("POST", RUN).with(Fault::Stall).nth(3);
    let writing = disk.deployment.begin("fs::write", disk.writing("f", &base64(LARGE)));
    morph.wait_for_request("POST", RUN, 3).await;
    morph.remove_instance(&disk.sandbox);
    morph.release_stalled();
    let refusal = writing.await.expect_err("a refusal").message;
    assert!(refusal.contains("no such sandbox"), "{refusal}");
    let tried = morph.requests_to("POST", RUN).len();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(morph.requests_to("POST", RUN).len(), tried);
}
