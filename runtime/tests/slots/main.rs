//! The slots held against a model: whatever the order in which calls, ends, lists and looks overlap, what is counted is
//! what runs.
//!
//! Every operation of the slots takes their lock once, so that what threads can do to them is what some sequence of
//! operations does: random sequences are all there is to try.

mod model;

use proptest::prelude::*;

use model::{House, Step};

const CAP: usize = 5;

fn steps() -> impl Strategy<Value = Vec<(Step, usize)>> {
    let step = prop_oneof![
        4 => Just(Step::Take),
        4 => Just(Step::Start),
        4 => Just(Step::Keep),
        2 => Just(Step::Undo),
        2 => Just(Step::Linger),
        4 => Just(Step::GiveBack),
        1 => Just(Step::GiveUp),
        2 => Just(Step::Stop),
        1 => Just(Step::StopEarly),
        2 => Just(Step::EndByItself),
        1 => Just(Step::LeaveByAnother),
        3 => Just(Step::Ask),
        3 => Just(Step::Picture),
        3 => Just(Step::Answer),
        1 => Just(Step::Fail),
        2 => Just(Step::Look),
    ];
    prop::collection::vec((step, any::<usize>()), 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_counted_is_what_runs(steps in steps()) {
        let mut house = House::new(CAP);
        for (step, pick) in steps {
            house.take_step(step, pick);
            house.check();
        }
        house.finish();
        house.check_exactly();
    }
}

#[test]
fn what_a_list_has_struck_out_no_look_brings_back() {
    let mut house = House::new(CAP);
    let (list, look) = (0, 1);
    for (step, pick) in [
        (Step::LeaveByAnother, 0),
        (Step::Ask, 0),
        (Step::Picture, 0),
        (Step::Answer, 0),
        (Step::Ask, 0),
        (Step::Look, 0),
        (Step::Picture, look),
        (Step::EndByItself, 0),
        (Step::Picture, list),
        (Step::Answer, list),
        (Step::Answer, 0),
    ] {
        house.take_step(step, pick);
        house.check();
    }
    house.finish();
    house.check_exactly();
}

#[test]
fn of_two_lists_that_overlap_the_one_asked_for_later_decides() {
    let mut house = House::new(CAP);
    let late = 1;
    for (step, pick) in [
        (Step::LeaveByAnother, 0),
        (Step::Ask, 0),
        (Step::Picture, 0),
        (Step::EndByItself, 0),
        (Step::Ask, 0),
        (Step::Picture, late),
        (Step::Answer, late),
        (Step::Answer, 0),
    ] {
        house.take_step(step, pick);
        house.check();
    }
    house.check_exactly();
}
