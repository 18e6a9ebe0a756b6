//! The operator for a value without which nothing can be done.

use serde_json::Value;

use crate::error::Error;

/// A value that may be absent, or one that is always there.
pub trait MayBeAbsent {
    /// The same value where it is there.
    type Present;

    /// The value, if it is there.
    fn present(self) -> Option<Self::Present>;
}

impl<T: MayBeAbsent> MayBeAbsent for Option<T> {
    type Present = T::Present;

    fn present(self) -> Option<T::Present> {
        self.and_then(T::present)
    }
}

impl MayBeAbsent for Value {
    type Present = Self;

    fn present(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }
}

macro_rules! always_there {
    ($($kind:ty),+) => {$(
        impl MayBeAbsent for $kind {
            type Present = Self;

            fn present(self) -> Option<Self> {
                Some(self)
            }
        }
    )+};
}

always_there!(bool, i64, u64, i128, f64, String);

impl<T> MayBeAbsent for Vec<T> {
    type Present = Self;

    fn present(self) -> Option<Self> {
        Some(self)
    }
}

/// The items of a list, of which none may be absent; `what` names them for the error.
///
/// # Errors
/// S502: the provider's answer lacks one.
pub fn must_each<T>(what: &str, items: Vec<Option<T>>) -> Result<Vec<T>, Error> {
    let all: Option<Vec<T>> = items.into_iter().collect();
    all.ok_or_else(|| Error::unreadable(format_args!("`{what}` is missing in an item")))
}

/// The value, which the provider has to give; `what` names it for the error.
///
/// # Errors
/// S502: the provider's answer lacks it.
pub fn must<V: MayBeAbsent>(what: &str, value: V) -> Result<V::Present, Error> {
    value
        .present()
        .ok_or_else(|| Error::unreadable(format_args!("`{what}` is missing")))
}
