//! Conditions: what is asked of a value in an answer, a header or an input.

use serde_json::Value;

/// What is asked of a value.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// It is one of these, written as JSON would be.
    Is(&'static [&'static str]),
    Present,
    /// It is a text that has one of these in it.
    Contains(&'static [&'static str]),
    Not(&'static Self),
}

/// A value held against a test.
pub struct State {
    matches: bool,
}

impl State {
    pub fn of(found: impl Shown, test: Test) -> Self {
        Self {
            matches: found.passes(test),
        }
    }

    pub fn matches(&self) -> bool {
        self.matches
    }
}

/// What can be held against a test.
pub trait Shown {
    fn passes(&self, test: Test) -> bool;
}

impl Test {
    fn of_text(self, text: &str) -> bool {
        match self {
            Self::Is(values) => values.contains(&text),
            Self::Present => true,
            Self::Contains(parts) => parts.iter().any(|part| text.contains(part)),
            Self::Not(test) => !test.of_text(text),
        }
    }

    fn of_other(self, written: &str) -> bool {
        match self {
            Self::Contains(_) => false,
            Self::Not(test) => !test.of_other(written),
            test => test.of_text(written),
        }
    }

    fn of_absent(self) -> bool {
        match self {
            Self::Not(test) => !test.of_absent(),
            _ => false,
        }
    }
}

impl Shown for String {
    fn passes(&self, test: Test) -> bool {
        test.of_text(self)
    }
}

macro_rules! shown {
    ($($kind:ty),+) => {$(
        impl Shown for $kind {
            fn passes(&self, test: Test) -> bool {
                test.of_other(&Value::from(*self).to_string())
            }
        }
    )+};
}

shown!(bool, i64, u64, f64);

impl Shown for Value {
    fn passes(&self, test: Test) -> bool {
        match self {
            Value::String(text) => test.of_text(text),
            Value::Null => test.of_absent(),
            other => test.of_other(&other.to_string()),
        }
    }
}

impl<S: Shown + ?Sized> Shown for &S {
    fn passes(&self, test: Test) -> bool {
        (**self).passes(test)
    }
}

impl<S: Shown> Shown for Option<S> {
    fn passes(&self, test: Test) -> bool {
        match self {
            Some(shown) => shown.passes(test),
            None => test.of_absent(),
        }
    }
}

/// A list passes if one of its items does.
impl<S: Shown> Shown for Vec<S> {
    fn passes(&self, test: Test) -> bool {
        self.iter().any(|item| item.passes(test))
    }
}

/// Whether any state is as described.
pub fn any(states: &[State]) -> bool {
    states.iter().any(State::matches)
}

/// Whether all states are as described.
pub fn all(states: &[State]) -> bool {
    states.iter().all(State::matches)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const READY: Test = Test::Is(&["ready", "5", "true"]);
    const QUOTA: Test = Test::Contains(&["limit exceeded", "quota"]);

    #[test]
    fn a_value_is_compared_as_json_writes_it() {
        assert!("ready".to_owned().passes(READY) && 5_i64.passes(READY) && true.passes(READY));
        assert!(json!("5").passes(READY) && json!(5).passes(READY));
        assert!(!json!(5.5).passes(READY) && !json!([5]).passes(READY) && !json!("Ready").passes(READY));
    }

    #[test]
    fn what_is_absent_passes_no_test_but_its_opposite() {
        let absent: Option<String> = None;
        for test in [READY, QUOTA, Test::Present] {
            assert!(!absent.passes(test) && !Value::Null.passes(test), "{test:?}");
        }
        assert!(absent.passes(Test::Not(&Test::Present)) && Value::Null.passes(Test::Not(&READY)));
        assert!(!json!("ready").passes(Test::Not(&READY)) && json!("new").passes(Test::Not(&READY)));
    }

    #[test]
    fn a_text_is_looked_into_and_nothing_else_is() {
        assert!("Total CPU limit exceeded".to_owned().passes(QUOTA));
        assert!(!"Limit Exceeded".to_owned().passes(QUOTA));
        assert!(!json!({"quota": 1}).passes(QUOTA) && !1_i64.passes(Test::Contains(&["1"])));
    }

    #[test]
    fn a_list_passes_if_one_of_its_items_does() {
        let items = vec![None, Some("quota".to_owned())];
        assert!(items.passes(Test::Present) && items.passes(Test::Not(&Test::Present)) && items.passes(QUOTA));
        assert!(!Vec::<String>::new().passes(Test::Not(&READY)));
    }
}
