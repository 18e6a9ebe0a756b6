//! What the provider of an example answers, request by request.

use serde_json::Value;

use super::arrived::Arrived;
use super::compared::Comparison;
use super::difference::Difference;
use super::sample::Known;
use super::written::{Example, Exchange, RequestLine, Sample, Worker};

/// The example under way, at its provider.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) known: Known,
    beside: Vec<RequestLine>,
    given: Vec<Exchange>,
    pub(super) expected: Vec<Expected>,
    /// Requests that nothing is answered to but that there is no such thing.
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
    /// Whether the worker may make it by itself.
    pub(super) is_beside: bool,
    /// The expected request that it was held against, and what of it is not as that has it.
    pub(super) nearest: Option<(usize, Vec<Difference>)>,
}

impl Script {
    pub(super) fn new(worker: &Worker, example: &Example) -> Self {
        let expected = example.exchanges.iter().cloned();
        Self {
            known: Known::default(),
            beside: worker.beside.clone(),
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

    /// What is answered to a request; nothing, if the example does not have it.
    pub(super) fn answer(&mut self, arrived: &Arrived) -> Option<Exchange> {
        for at in self.next() {
            if self.meets(arrived, &self.expected[at].exchange.clone()).is_empty() {
                self.expected[at].is_made = true;
                return Some(self.expected[at].exchange.clone());
            }
        }
        let given = self.given.clone();
        if let Some(given) = given.into_iter().find(|given| self.meets(arrived, given).is_empty()) {
            return Some(given);
        }
        let nearest = self.nearest(arrived);
        self.strangers.push(Stranger {
            line: arrived.line(),
            is_beside: self.beside.iter().any(|line| arrived.is_of(line)),
            nearest,
        });
        None
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

    /// What of a request is not as expected. What it tells is kept if it is.
    fn meets(&mut self, arrived: &Arrived, expected: &Exchange) -> Vec<Difference> {
        if !arrived.is_of(&expected.line) {
            return vec![Difference::other("line", expected.label.as_str(), arrived.line())];
        }
        let mut comparison = Comparison::new(self.known.clone());
        arrived.compared(expected, &mut comparison);
        if comparison.differences.is_empty() {
            self.known = comparison.known;
        }
        comparison.differences
    }

    /// Of the expected requests that are of the same operation, the one that has the fewest differences.
    fn nearest(&mut self, arrived: &Arrived) -> Option<(usize, Vec<Difference>)> {
        let next = self.next();
        let mut found: Vec<(usize, Vec<Difference>)> = Vec::new();
        for at in next {
            let expected = self.expected[at].exchange.clone();
            if arrived.is_of(&expected.line) {
                found.push((at, self.meets(arrived, &expected)));
            }
        }
        found.into_iter().min_by_key(|(_, differences)| differences.len())
    }
}
