//! What the provider of an example answers, request by request.

use axum::http::StatusCode;
use serde_json::Value;

use super::arrived::Arrived;
use super::compared::Comparison;
use super::difference::Difference;
use super::sample::Known;
use super::written::{Example, Exchange, RequestLine, Sample, Worker};

/// A list that the example does not have fails. A 404 would say that the provider has no such API.
const NOT_LISTED: StatusCode = StatusCode::BAD_REQUEST;

/// The example under way, at its provider.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) known: Known,
    by_itself: Vec<RequestLine>,
    given: Vec<Exchange>,
    pub(super) expected: Vec<Expected>,
    /// Requests that nothing is answered to but a refusal.
    pub(super) strangers: Vec<Stranger>,
}

/// A request of the function.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) exchange: Exchange,
    pub(super) is_made: bool,
}

/// A request that is not as any that the example has.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) line: String,
    pub(super) status: StatusCode,
    /// Whether the worker may make it by itself.
    pub(super) is_by_itself: bool,
    /// The expected request that it was held against, and what of it is not as that has it.
    pub(super) nearest: Option<(usize, Vec<Difference>)>,
}

impl Script {
    pub(super) fn new(worker: &Worker, example: &Example) -> Self {
        let expected = example.exchanges.iter().cloned();
        Self {
            known: Known::default(),
            by_itself: worker.by_itself.clone(),
            given: example.given.clone(),
            expected: expected
                .map(|exchange| Expected {
                    exchange,
                    is_made: false,
                })
                .collect(),
            strangers: Vec::new(),
        }
    }

    /// A value with all that is known by now.
    pub(super) fn written(&self, sample: &Sample) -> Value {
        self.known.value(sample)
    }

    /// What is answered to a request; the status of a refusal, if the example does not have it.
    pub(super) fn answer(&mut self, arrived: &Arrived) -> Result<Exchange, StatusCode> {
        let mut unlike = Vec::new();
        for at in self.next() {
            match self.held_against(arrived, &self.expected[at].exchange) {
                Some(Ok(known)) => {
                    self.known = known;
                    self.expected[at].is_made = true;
                    return Ok(self.expected[at].exchange.clone());
                }
                Some(Err(differences)) => unlike.push((at, differences)),
                None => {}
            }
        }
        let mut given = self.given.iter();
        let given = given.find_map(|given| Some((self.held_against(arrived, given)?.ok()?, given.clone())));
        if let Some((known, given)) = given {
            self.known = known;
            return Ok(given);
        }
        let by_itself = self.by_itself.iter().find(|line| arrived.is_of(line));
        let status = match by_itself {
            Some(line) if line.is_of_a_collection() => NOT_LISTED,
            _ => StatusCode::NOT_FOUND,
        };
        self.strangers.push(Stranger {
            line: arrived.line(),
            status,
            is_by_itself: by_itself.is_some(),
            nearest: unlike.into_iter().min_by_key(|(_, differences)| differences.len()),
        });
        Err(status)
    }

    /// The requests that may come now: the first that has not been made, and those after it that are of the same operation,
    /// which may be made side by side.
    fn next(&self) -> Vec<usize> {
        let left = || (0..self.expected.len()).filter(|at| !self.expected[*at].is_made);
        let label = |at: usize| &self.expected[at].exchange.label;
        let first = left().next();
        let alike = |at: &usize| first.is_some_and(|first| label(first) == label(*at));
        left().take_while(alike).collect()
    }

    /// What is known by a request that is as expected, or what of it is not; nothing, if it is of another operation.
    fn held_against(&self, arrived: &Arrived, expected: &Exchange) -> Option<Result<Known, Vec<Difference>>> {
        if !arrived.is_of(&expected.line) {
            return None;
        }
        let mut comparison = Comparison::new(self.known.clone());
        arrived.compared(expected, &mut comparison);
        let is_met = comparison.differences.is_empty();
        Some(if is_met {
            Ok(comparison.known)
        } else {
            Err(comparison.differences)
        })
    }
}
