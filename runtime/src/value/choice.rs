//! Operators that choose among values: the first, the largest, those of a list that fit.

use serde_json::Value;

use super::number::Whole;
use super::refuse;
use crate::error::Error;

/// A value that may be absent: an `Option`, or JSON that may be null.
pub trait Absent {
    fn absent() -> Self;
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn absent() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl Absent for Value {
    fn absent() -> Self {
        Value::Null
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

/// The first value that is there.
pub fn first<T: Absent>(values: impl IntoIterator<Item = T>) -> T {
    values
        .into_iter()
        .find(|value| !value.is_absent())
        .unwrap_or_else(T::absent)
}

/// The largest of the whole numbers that are there.
pub fn max<W: Whole>(values: impl IntoIterator<Item = W>) -> Result<Option<W::Number>, Error> {
    held("max", numbers("max", values)?.into_iter().max())
}

/// The smallest of the whole numbers that are there.
pub fn min<W: Whole>(values: impl IntoIterator<Item = W>) -> Result<Option<W::Number>, Error> {
    held("min", numbers("min", values)?.into_iter().min())
}

/// The sum of the whole numbers that are there.
pub fn sum<W: Whole>(values: impl IntoIterator<Item = W>) -> Result<Option<W::Number>, Error> {
    let sum = numbers("sum", values)?.into_iter().reduce(i128::saturating_add);
    held("sum", sum)
}

fn numbers<W: Whole>(operator: &str, values: impl IntoIterator<Item = W>) -> Result<Vec<i128>, Error> {
    let numbers = values.into_iter().map(|value| value.number(operator));
    numbers.filter_map(Result::transpose).collect()
}

fn held<N: TryFrom<i128>>(operator: &str, number: Option<i128>) -> Result<Option<N>, Error> {
    let held = number.map(|number| N::try_from(number).map_err(|_| refuse(operator, "smaller numbers")));
    held.transpose()
}

/// A list, or JSON that may be one.
pub trait List {
    fn joined(values: impl IntoIterator<Item = Self>) -> Self;
}

impl<T> List for Vec<T> {
    fn joined(values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().flatten().collect()
    }
}

impl List for Value {
    fn joined(values: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for value in values {
            match value {
                Value::Null => {}
                Value::Array(items) => all.extend(items),
                single => all.push(single),
            }
        }
        Value::Array(all)
    }
}

/// Lists as one list; of JSON, values and the items of lists, one level deep. An absent value adds nothing.
pub fn concat<L: List>(values: impl IntoIterator<Item = L>) -> L {
    L::joined(values)
}

/// Values that can be told apart.
pub trait Alike {
    fn is_like(&self, other: &Self) -> bool;
}

macro_rules! alike {
    ($($kind:ty),+) => {$(
        impl Alike for $kind {
            fn is_like(&self, other: &Self) -> bool {
                self == other
            }
        }
    )+};
}

alike!(bool, i64, u64, i128, f64, String);

impl Alike for Value {
    /// Numbers are compared as numbers: JSON knows no difference between 8080 and 8080.0.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
            (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_like(b)),
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| a.is_like(b)))
            }
            _ => self == other,
        }
    }
}

/// What [`omit_if`] takes.
#[derive(Debug)]
pub struct OmitIf<T> {
    pub value: Option<T>,
    pub r#in: Vec<T>,
}

/// The value, unless the list contains it.
pub fn omit_if<T: Alike>(OmitIf { value, r#in }: OmitIf<T>) -> Option<T> {
    value.filter(|value| !r#in.iter().any(|unwanted| unwanted.is_like(value)))
}

/// The first item that is as it is wanted.
pub fn find<'a, T, W>(
    items: impl IntoIterator<Item = &'a T>,
    wanted: W,
    fits: impl Fn(&T, &W) -> bool,
) -> Option<&'a T> {
    items.into_iter().find(|item| fits(item, &wanted))
}

/// Whether a field is what is wanted; an absent one is nothing.
pub fn is<T: Alike>(field: Option<&T>, wanted: &Option<T>) -> bool {
    field
        .zip(wanted.as_ref())
        .is_some_and(|(field, wanted)| field.is_like(wanted))
}

/// What [`find_json`] takes.
#[derive(Debug, Default)]
pub struct FindJson {
    /// A list. What is not an object in it is skipped.
    pub r#in: Value,
    /// An object: what the fields of the wanted object are. An absent field fits nothing.
    pub r#where: Value,
    /// The name of the wanted field.
    pub take: Value,
}

/// Of the first object of a list without a type that fits, the field `take`; absent if none fits.
pub fn find_json(FindJson { r#in, r#where, take }: FindJson) -> Result<Value, Error> {
    let items = match r#in {
        Value::Null => return Ok(Value::Null),
        Value::Array(items) => items,
        _ => return Err(refuse("find", "a list as `in`")),
    };
    let (Value::Object(wanted), Value::String(take)) = (r#where, take) else {
        return Err(refuse("find", "an object as `where` and a name as `take`"));
    };
    let fits = |item: &Value| {
        wanted
            .iter()
            .all(|(name, value)| !value.is_null() && item.get(name).is_some_and(|field| field.is_like(value)))
    };
    let found = items.into_iter().filter(Value::is_object).find(fits);
    Ok(found
        .and_then(|mut item| item.get_mut(&take).map(Value::take))
        .unwrap_or(Value::Null))
}
