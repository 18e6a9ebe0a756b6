//! Whose it is what an answer names, where sandboxes carry their owner's tag and none of the call.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::time::advance;

use super::{Made, Tags};
use crate::{
    call::Call,
    double,
    error::Error,
    http::Transport,
    lifetime::Lifetime,
    provider::{Api, Sandboxes},
    resource::{Facts, Kind, Sandbox},
    slots::Told,
    worker::Worker,
};

/// A provider whose list shows one sandbox of this deployment.
#[derive(Clone)]
struct Lister;

impl Api for Lister {
    fn connect(_: &str, _: reqwest::Client, _: Transport) -> Self {
        Self
    }

    fn base(&self) -> &str {
        "http://127.0.0.1"
    }

    fn elsewhere(&self, _: &str, _: reqwest::Client, _: Transport) -> Self {
        self.clone()
    }
}

const ID: &str = "new";

fn worker() -> Arc<Worker<Lister>> {
    let sandboxes = Sandboxes {
        tagged: true,
        looks_by: &[],
        acts_by: &[],
        tells: &[],
        inherits: false,
        traced: false,
        owned: Some(|call: Call<Lister>| {
            let listed = Sandbox {
                id: ID.to_owned(),
                image: "base".to_owned(),
                started_at: "2026-01-01T00:00:00Z".to_owned(),
                owner: Some(call.owner().to_owned()),
                attempt: None,
                lifetime: Lifetime::default(),
                facts: Facts::new(),
            };
            async { Ok(vec![listed]) }.boxed()
        }),
        made: None,
        one: None,
        end: None,
        lifetime: None,
    };
    double::worker(sandboxes, None)
}

/// The call is answered that it has made this sandbox, and a look shows it.
fn answered(call: &Call<Lister>) -> Result<(), Error> {
    let made = || Made {
        id: Some(ID.to_owned()),
        tags: Tags {
            owner: Some(call.owner().to_owned()),
            attempt: None,
        },
    };
    call.made(Kind::Sandbox, [made()])?;
    call.seen(Kind::Sandbox, made())
}

#[tokio::test(start_paused = true)]
async fn a_list_that_shows_what_a_call_is_starting_does_not_make_it_another_s() {
    let earlier = worker();
    let call = earlier.call("a call".to_owned(), None);
    advance(Duration::from_millis(1)).await;
    earlier.reconcile().await.expect("a list before the answer");
    answered(&call).expect("it is the call's own");

    let later = worker();
    let call = later.call("a call".to_owned(), None);
    answered(&call).expect("it is the call's own");
    later.reconcile().await.expect("a list after the answer");
    answered(&call).expect("and stays so");
}

#[tokio::test(start_paused = true)]
async fn what_was_known_before_a_call_is_not_its_own() {
    let worker = worker();
    worker.reconcile().await.expect("a list");
    advance(Duration::from_millis(1)).await;
    let call = worker.call("a call".to_owned(), None);
    worker.reconcile().await.expect("a list");
    answered(&call).expect_err("it was there before");
}

#[tokio::test(start_paused = true)]
async fn nor_is_what_another_call_has_started_meanwhile() {
    let worker = worker();
    let call = worker.call("a call".to_owned(), None);
    let other = worker.slots.take(1, "another").expect("a slot");
    other.keep(&[ID.to_owned()], &Told::default());
    answered(&call).expect_err("another has made it");
}
