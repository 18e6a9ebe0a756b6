//! The result of the suite, as it is printed.

use std::fmt;

use super::case::Target;
use super::verdict::{Verdict, Wrong};

/// One line for every call of every function.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Row>,
    problems: Vec<String>,
}

#[derive(Clone, Debug)]
struct Row {
    target: Target,
    tried: usize,
    leaks: usize,
    wrong_counts: usize,
    others: usize,
}

impl Table {
    pub(super) fn new(targets: &[Target], verdicts: Vec<Verdict>) -> Self {
        let rows = targets.iter().map(|target| Row::new(target, &verdicts));
        let problems = verdicts.iter().flat_map(|verdict| {
            let texts = verdict.wrongs.iter();
            texts.map(|(_, text)| format!("{}: {text}", verdict.case))
        });
        Self {
            rows: rows.collect(),
            problems: problems.collect(),
        }
    }

    /// All that was wrong, a sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// `function: METHOD /path` of every call that was killed.
    pub fn calls(&self) -> Vec<String> {
        let calls = self
            .rows
            .iter()
            .map(|row| format!("{}: {}", row.target.function, row.target));
        calls.collect()
    }

    /// How many faults were tried.
    pub fn tried(&self) -> usize {
        self.rows.iter().map(|row| row.tried).sum()
    }
}

impl Row {
    fn new(target: &Target, verdicts: &[Verdict]) -> Self {
        let ours: Vec<_> = verdicts
            .iter()
            .filter(|verdict| verdict.case.target == *target)
            .collect();
        let count = |wrong| ours.iter().map(|verdict| verdict.count(wrong)).sum();
        Self {
            target: target.clone(),
            tried: ours.len(),
            leaks: count(Wrong::Leak),
            wrong_counts: count(Wrong::Count),
            others: count(Wrong::Other),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, ["function", "call", "faults", "leaks", "wrong counts", "other"])?;
        for row in &self.rows {
            let numbers = [row.tried, row.leaks, row.wrong_counts, row.others];
            let [tried, leaks, counts, others] = numbers.map(|number| number.to_string());
            let call = row.target.to_string();
            line(f, [&row.target.function, &call, &tried, &leaks, &counts, &others])?;
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, [function, call, tried, leaks, counts, others]: [&str; 6]) -> fmt::Result {
    writeln!(
        f,
        "{function:<12} {call:<70} {tried:>6} {leaks:>6} {counts:>12} {others:>6}"
    )
}
