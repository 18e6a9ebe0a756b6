//! Conditions in words.

use crate::mapping::{Condition, Test};

use super::value::said;

/// `input.mode is there and start.state is ready`
pub fn conditions(conditions: &[Condition]) -> String {
    let condition = |condition: &Condition| tested(&said(&condition.subject), &condition.test);
    conditions.iter().map(condition).collect::<Vec<_>>().join(" and ")
}

/// What is asked of what has this name.
pub fn tested(name: &str, test: &Test) -> String {
    match test {
        Test::Not(test) => match &**test {
            Test::Present => tested(name, &Test::Absent),
            Test::Absent => tested(name, &Test::Present),
            test => asked(name, test, ["is not", "does not contain"], " or "),
        },
        test => asked(name, test, ["is", "contains"], " or "),
    }
}

fn asked(name: &str, test: &Test, [is, contains]: [&str; 2], joint: &str) -> String {
    let (verb, values) = match test {
        Test::Present => return format!("{name} is there"),
        Test::Absent => return format!("{name} is absent"),
        Test::Contains(parts) => (contains, parts.as_slice()),
        test => (is, test.values()),
    };
    let values: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
    format!("{name} {verb} {}", values.join(joint))
}
