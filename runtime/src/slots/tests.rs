//! What slots hold over days.

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(start_paused = true)]
async fn what_ended_is_not_kept_for_a_call_that_cannot_be_taken_back_for_a_day() {
    let slots = Slots::new(10);
    let mut unpaid = slots.take(1, "unpaid").expect("a slot");
    unpaid.fails();
    let begun = Instant::now();
    for number in 0.. {
        let id = format!("sandbox_{number}");
        let started = slots.take(1, "paid").expect("a slot");
        started.keep(std::slice::from_ref(&id), &Told::default());
        slots.ended(&id);
        tokio::time::advance(Duration::from_secs(60)).await;
        let state = slots.lock();
        assert!(state.ended.len() < 20, "{} at {number}", state.ended.len());
        assert_eq!((state.running.len(), state.attempts.len()), (0, 1));
        if begun.elapsed() > DAY {
            break;
        }
    }
    assert_eq!(slots.active(), 1);
    drop(unpaid);
    assert_eq!(slots.active(), 0);
}

fn sandbox(id: &str) -> Sandbox {
    Sandbox {
        id: id.to_owned(),
        image: "image".to_owned(),
        started_at: "2026-11-30T09:24:55Z".to_owned(),
        owner: None,
        attempt: None,
        lifetime: crate::lifetime::Lifetime::default(),
        facts: Facts::new(),
    }
}

#[tokio::test]
async fn what_was_asked_for_before_others_are_meant_tells_nothing_of_them() {
    let slots = Slots::new(10);
    slots
        .take(1, "call")
        .expect("a slot")
        .keep(&["kept".to_owned()], &Told::default());
    let (list, look, other) = (slots.moment(), slots.moment(), slots.moment());
    slots.begin_anew();
    assert_eq!(slots.reconcile(&list, &[sandbox("of another")]), Reconciled::default());
    slots.observe(&other, &sandbox("of another"));
    slots.gone(&look, "kept");
    assert_eq!(slots.ids(), ["kept"]);
    assert!(!slots.is_of_use(&list) && !slots.has_list());
    let list = slots.moment();
    let left_open = slots.reconcile(&list, &[sandbox("meant")]);
    assert_eq!(left_open.missing, ["kept"]);
    assert!(slots.is_of_use(&list) && slots.has_list());
    slots.gone(&slots.moment(), "kept");
    assert_eq!(slots.ids(), ["meant"]);
}

#[tokio::test]
async fn whoever_begins_anew_has_no_list_yet() {
    let slots = Slots::new(10);
    assert!(!slots.has_list());
    slots.reconcile(&slots.moment(), &[]);
    let begun = slots.begun();
    assert!(slots.has_list());
    slots.begin_anew();
    assert!(!slots.has_list());
    assert_ne!(slots.begun(), begun);
    slots.begin_anew();
    slots.reconcile(&slots.moment(), &[]);
    assert!(slots.has_list());
}
