//! Moments as RFC 3339 in UTC, for example `2026-11-25T01:41:55Z`.

use jiff::Timestamp;
use serde_json::Value;

use super::number::{Whole, exact, whole};
use super::refuse;
use crate::error::Error;

/// A moment, as seconds since 1970 or as text that is RFC 3339 already; one that may be absent; or any JSON that has to be
/// one.
pub trait Moment {
    /// A `String`, absent where the moment may be.
    type Text;

    fn rfc3339(self) -> Result<Self::Text, Error>;
}

impl Moment for String {
    type Text = String;

    fn rfc3339(self) -> Result<String, Error> {
        parse(&self).ok_or_else(no_moment)
    }
}

macro_rules! moments {
    ($($number:ty),+) => {$(
        impl Moment for $number {
            type Text = String;

            fn rfc3339(self) -> Result<String, Error> {
                seconds(self.into())
            }
        }
    )+};
}

moments!(i64, u64, i128);

impl Moment for f64 {
    type Text = String;

    fn rfc3339(self) -> Result<String, Error> {
        seconds(exact(self).ok_or_else(no_moment)?)
    }
}

impl<M: Moment> Moment for Option<M> {
    type Text = Option<M::Text>;

    fn rfc3339(self) -> Result<Self::Text, Error> {
        self.map(M::rfc3339).transpose()
    }
}

impl Moment for Value {
    type Text = Option<String>;

    fn rfc3339(self) -> Result<Option<String>, Error> {
        match self {
            Value::Null => Ok(None),
            Value::String(text) => text.rfc3339().map(Some),
            number => seconds(whole("rfc3339", &number).map_err(|_| no_moment())?).map(Some),
        }
    }
}

/// This moment, in whole seconds since 1970.
pub fn now() -> u64 {
    Timestamp::now().as_second().try_into().unwrap_or_default()
}

/// A moment from whole seconds since 1970, or from text that is RFC 3339 already. The text may have any offset; its
/// fraction keeps the digits it has, up to nanoseconds.
pub fn rfc3339<M: Moment>(moment: M) -> Result<M::Text, Error> {
    moment.rfc3339()
}

/// A moment from milliseconds since 1970. The fraction has three digits, or none for a full second.
pub fn rfc3339_ms<W: Whole>(ms: W) -> Result<W::Of<String>, Error> {
    ms.map("rfc3339_ms", |ms| {
        let ms = i64::try_from(ms).ok();
        let moment = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let moment = moment.ok_or_else(|| refuse("rfc3339_ms", "milliseconds since 1970"))?;
        let digits = if moment.subsec_nanosecond() == 0 { 0 } else { 3 };
        Ok(write(moment, digits))
    })
}

fn no_moment() -> Error {
    refuse("rfc3339", "seconds since 1970 or RFC 3339")
}

fn seconds(seconds: i128) -> Result<String, Error> {
    let seconds = i64::try_from(seconds).ok();
    let moment = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map(|moment| write(moment, 0)).ok_or_else(no_moment)
}

fn parse(text: &str) -> Option<String> {
    let moment = text.parse::<Timestamp>().ok()?;
    let fraction = text.split_once('.').map_or("", |(_, after)| after);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some(write(moment, digits))
}

fn write(moment: Timestamp, fraction_digits: usize) -> String {
    format!("{moment:.fraction_digits$}")
}
