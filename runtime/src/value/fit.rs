//! What may stand where a value of another type is wanted.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value that may turn out to be a `T`. What never can is no `Fits<T>`, so that it does not compile.
pub trait Fits<T> {
    /// The value as a `T`; `None` if it is absent, out of range or of another type.
    fn fit(self) -> Option<T>;
}

/// A value as one of the wanted type, or none.
pub fn fit<T>(value: impl Fits<T>) -> Option<T> {
    value.fit()
}

impl<T: DeserializeOwned> Fits<T> for Value {
    fn fit(self) -> Option<T> {
        serde_json::from_value(self).ok()
    }
}

/// One that may be absent where one is needed.
impl<T> Fits<T> for Option<T> {
    fn fit(self) -> Option<T> {
        self
    }
}

impl Fits<String> for String {
    fn fit(self) -> Option<String> {
        Some(self)
    }
}

macro_rules! same {
    ($($kind:ty),+) => {$(
        impl Fits<$kind> for $kind {
            fn fit(self) -> Option<$kind> {
                Some(self)
            }
        }
    )+};
}

same!(bool, i64, u64, f64);

/// A whole number may be out of another type's range.
macro_rules! whole_numbers {
    ($($from:ty => $($to:ty),+;)+) => {$($(
        impl Fits<$to> for $from {
            fn fit(self) -> Option<$to> {
                self.try_into().ok()
            }
        }

        impl Fits<$to> for Option<$from> {
            fn fit(self) -> Option<$to> {
                self?.try_into().ok()
            }
        }

        impl Fits<Option<$to>> for $from {
            fn fit(self) -> Option<Option<$to>> {
                self.try_into().ok().map(Some)
            }
        }

        impl Fits<Option<$to>> for Option<$from> {
            fn fit(self) -> Option<Option<$to>> {
                match self {
                    Some(number) => number.try_into().ok().map(Some),
                    None => Some(None),
                }
            }
        }
    )+)+};
}

whole_numbers! {
    i64 => u64, i128;
    u64 => i64, i128;
    i128 => i64, u64;
}

/// A whole number is a number.
macro_rules! numbers {
    ($($from:ty),+) => {$(
        impl Fits<f64> for $from {
            #[expect(clippy::cast_precision_loss, reason = "as JSON is read")]
            fn fit(self) -> Option<f64> {
                Some(self as f64)
            }
        }

        impl Fits<f64> for Option<$from> {
            fn fit(self) -> Option<f64> {
                self?.fit()
            }
        }

        impl Fits<Option<f64>> for $from {
            fn fit(self) -> Option<Option<f64>> {
                Fits::<f64>::fit(self).map(Some)
            }
        }

        impl Fits<Option<f64>> for Option<$from> {
            fn fit(self) -> Option<Option<f64>> {
                Some(self.and_then(Fits::<f64>::fit))
            }
        }
    )+};
}

numbers!(i64, u64, i128);
