//! In how many of all ways each call is killed.

use std::collections::VecDeque;

use fastrand::Rng;

use super::case::Case;
use super::target::{Occasion, Target};

/// Ways that are drawn for each call: few enough for a test that runs with every build.
const DRAWN: usize = 4;

/// In which ways each call is killed.
#[derive(Clone, Debug)]
pub enum Ways {
    /// In each that there is.
    All,
    /// In each whose text, as a problem begins with it, contains this.
    Named(String),
    /// In a few that the seed draws, others for each call.
    Drawn(u64),
}

impl Ways {
    /// All of them if `FAULTS=all` is set, those whose text contains it if `FAULTS` is anything else, and without it some
    /// by the seed `FAULT_SEED`, or by a new one.
    ///
    /// # Panics
    /// If the seed is not a whole number.
    pub fn from_env() -> Self {
        match std::env::var("FAULTS") {
            Ok(all) if all == "all" => Self::All,
            Ok(text) => Self::Named(text),
            Err(_) => Self::Drawn(crate::seed("FAULT_SEED")),
        }
    }

    /// Every target in these ways. What asks for the list comes first: a start that came to nothing is looked for once
    /// more later, and that look is not to meet the fault.
    pub(super) fn of(self, targets: &[Target]) -> VecDeque<Case> {
        let is_first = |target: &&Target| target.function == "list" || target.occasion != Occasion::Usual;
        let (first, rest): (Vec<_>, Vec<_>) = targets.iter().partition(is_first);
        let targets = first.into_iter().chain(rest);
        match self {
            Self::All => targets.flat_map(Case::of).collect(),
            Self::Named(text) => targets
                .flat_map(Case::of)
                .filter(|case| case.to_string().contains(&text))
                .collect(),
            Self::Drawn(seed) => {
                let mut rng = Rng::with_seed(seed);
                targets
                    .flat_map(|target| rng.choose_multiple(Case::of(target), DRAWN))
                    .collect()
            }
        }
    }
}
