//! The result of the suite, as it is printed.

use std::fmt;

use super::mapped::operations;
use super::target::Target;
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
    pub(super) fn new<'a>(
        functions: impl Iterator<Item = &'a String>,
        targets: &[Target],
        verdicts: Vec<Verdict>,
    ) -> Self {
        let rows = targets.iter().map(|target| Row::new(target, &verdicts));
        let is_idle = |function: &&String| !targets.iter().any(|target| target.function == **function);
        let idle = functions.filter(is_idle);
        let idle = idle.map(|function| format!("{function}: it makes no call that could be killed"));
        let problems = verdicts.iter().flat_map(|verdict| {
            let texts = verdict.wrongs.iter();
            texts.map(|(_, text)| format!("{}: {text}", verdict.case))
        });
        Self {
            rows: rows.collect(),
            problems: idle.chain(problems).collect(),
        }
    }

    /// All that was wrong, a sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Prints it.
    ///
    /// # Panics
    /// If anything was wrong.
    pub fn assert_sound(&self) {
        println!("{self}");
        assert_eq!(self.problems(), <[&str; 0]>::default());
    }

    /// The operations in the text of a mapping of which no call was killed. Panics if it names none.
    pub fn left_alone(&self, mapping: &str) -> Vec<String> {
        let mut named = operations(mapping);
        assert!(!named.is_empty(), "no operations in {mapping:?}");
        named.retain(|named| !self.rows.iter().any(|row| row.tried > 0 && named.is(&row.target)));
        named.into_iter().map(|named| named.text).collect()
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
