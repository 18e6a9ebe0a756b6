//! Whole numbers and the units of time that providers count in.

use serde_json::{Number, Value};

use super::refuse;
use crate::error::Error;

/// A whole number, one that may be absent, or any JSON that has to be one.
pub trait Whole: Sized {
    /// The type that holds it.
    type Number: TryFrom<i128>;
    /// What is made of it: absent where it may be.
    type Of<T>;

    /// The number; `None` where it is absent.
    fn number(self, operator: &str) -> Result<Option<i128>, Error>;

    /// What is made of the number, where there is one.
    fn map<T>(self, operator: &str, make: impl FnOnce(i128) -> Result<T, Error>) -> Result<Self::Of<T>, Error>;
}

macro_rules! whole {
    ($($number:ty),+) => {$(
        impl Whole for $number {
            type Number = Self;
            type Of<T> = T;

            fn number(self, _: &str) -> Result<Option<i128>, Error> {
                Ok(Some(self.into()))
            }

            fn map<T>(self, _: &str, make: impl FnOnce(i128) -> Result<T, Error>) -> Result<T, Error> {
                make(self.into())
            }
        }
    )+};
}

whole!(i64, u64, i128);

impl<W: Whole> Whole for Option<W> {
    type Number = W::Number;
    type Of<T> = Option<W::Of<T>>;

    fn number(self, operator: &str) -> Result<Option<i128>, Error> {
        self.map_or(Ok(None), |number| number.number(operator))
    }

    fn map<T>(self, operator: &str, make: impl FnOnce(i128) -> Result<T, Error>) -> Result<Self::Of<T>, Error> {
        Option::map(self, |number| number.map(operator, make)).transpose()
    }
}

impl Whole for Value {
    type Number = i128;
    type Of<T> = Option<T>;

    fn number(self, operator: &str) -> Result<Option<i128>, Error> {
        match self {
            Value::Null => Ok(None),
            value => whole(operator, &value).map(Some),
        }
    }

    fn map<T>(self, operator: &str, make: impl FnOnce(i128) -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.number(operator)?.map(make).transpose()
    }
}

/// A JSON number that is whole, `2.0` included: JSON itself makes no difference.
pub(super) fn whole(operator: &str, value: &Value) -> Result<i128, Error> {
    let number = match value {
        Value::Number(number) => number.as_i128().or_else(|| number.as_f64().and_then(exact)),
        _ => None,
    };
    number.ok_or_else(|| refuse(operator, "a whole number"))
}

/// A float that is a whole number as that number. None for what is an integer already, and beyond 2^53, where a float
/// stands for more than one.
pub(crate) fn without_fraction(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    Number::from_i128(exact(float)?)
}

pub(super) fn exact(float: f64) -> Option<i128> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the limit")]
    (float.fract() == 0.0 && float.abs() <= LIMIT).then_some(float as i128)
}

/// A whole number that is written as one, as one that may have a fraction, or as a string of digits.
pub trait Digits {
    /// An `i64`, absent where the digits may be.
    type Number;

    fn parsed(self) -> Result<Self::Number, Error>;
}

impl Digits for String {
    type Number = i64;

    fn parsed(self) -> Result<i64, Error> {
        self.parse().map_err(|_| refuse("integer", "a whole number"))
    }
}

impl Digits for f64 {
    type Number = i64;

    fn parsed(self) -> Result<i64, Error> {
        let number = exact(self).ok_or_else(|| refuse("integer", "a whole number"))?;
        fits("integer", number)
    }
}

macro_rules! digits {
    ($($number:ty),+) => {$(
        impl Digits for $number {
            type Number = i64;

            fn parsed(self) -> Result<i64, Error> {
                fits("integer", self.into())
            }
        }
    )+};
}

digits!(i64, u64, i128);

impl<D: Digits> Digits for Option<D> {
    type Number = Option<D::Number>;

    fn parsed(self) -> Result<Self::Number, Error> {
        self.map(D::parsed).transpose()
    }
}

impl Digits for Value {
    type Number = Option<i64>;

    fn parsed(self) -> Result<Option<i64>, Error> {
        match self {
            Value::Null => Ok(None),
            Value::String(digits) => digits.parsed().map(Some),
            number => fits("integer", whole("integer", &number)?).map(Some),
        }
    }
}

/// A whole number, written as one, as `5.0`, or as a string of digits.
pub fn integer<D: Digits>(value: D) -> Result<D::Number, Error> {
    value.parsed()
}

/// Seconds as milliseconds.
pub fn secs_to_ms<W: Whole>(secs: W) -> Result<W::Of<i64>, Error> {
    convert("secs_to_ms", secs, |secs| secs.checked_mul(1000))
}

/// Seconds as minutes, rounded up and at least 1: a sandbox must not end earlier than asked, or at once.
pub fn secs_to_mins<W: Whole>(secs: W) -> Result<W::Of<i64>, Error> {
    convert("secs_to_mins", secs, |secs| Some(secs.div_ceil(60).max(1)))
}

/// Milliseconds as seconds, rounded up.
pub fn ms_to_secs<W: Whole>(ms: W) -> Result<W::Of<i64>, Error> {
    convert("ms_to_secs", ms, |ms| Some(ms.div_ceil(1000)))
}

/// Seconds as `300s`.
pub fn secs_text<W: Whole>(secs: W) -> Result<W::Of<String>, Error> {
    secs.map("secs_text", |secs| Ok(format!("{}s", duration("secs_text", secs)?)))
}

fn convert<W: Whole>(operator: &str, value: W, by: fn(u64) -> Option<u64>) -> Result<W::Of<i64>, Error> {
    value.map(operator, |number| {
        let converted = by(duration(operator, number)?);
        let converted = converted.ok_or_else(|| refuse(operator, "a smaller number"))?;
        fits(operator, converted.into()).map_err(|_| refuse(operator, "a smaller number"))
    })
}

fn fits(operator: &str, number: i128) -> Result<i64, Error> {
    number.try_into().map_err(|_| refuse(operator, "a whole number"))
}

fn duration(operator: &str, number: i128) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| refuse(operator, "a number that is not negative"))
}
