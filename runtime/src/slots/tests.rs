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
