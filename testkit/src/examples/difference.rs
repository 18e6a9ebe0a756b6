//! What is not as an example says.

use std::fmt;

/// One place that is not as it was expected to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Difference {
    /// `body.metadata.owner`
    pub(super) place: String,
    pub(super) what: What,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum What {
    /// Something else is there.
    Other { expected: String, found: String },
    /// Nothing is there.
    Missing { expected: String },
    /// Something is there that the example does not have.
    Beyond { found: String },
}

impl Difference {
    pub(super) fn other(place: &str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let (expected, found) = (expected.into(), found.into());
        Self {
            place: place.to_owned(),
            what: What::Other { expected, found },
        }
    }

    pub(super) fn missing(place: &str, expected: impl Into<String>) -> Self {
        let expected = expected.into();
        Self {
            place: place.to_owned(),
            what: What::Missing { expected },
        }
    }

    pub(super) fn beyond(place: &str, found: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            what: What::Beyond { found: found.into() },
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.what {
            What::Other { expected, found } => write!(f, "{place}: expected {expected}, found {found}"),
            What::Missing { expected } => write!(f, "{place}: expected {expected}, it is absent"),
            What::Beyond { found } => write!(f, "{place}: not expected, found {found}"),
        }
    }
}
