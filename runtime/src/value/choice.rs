//! Operators that choose among values: the first, the largest, those of a list that fit.

use serde_json::Value;

use super::number::{Whole, whole};
use super::refuse;
use crate::error::Error;

/// The first value that is there.
pub fn first<I: IntoIterator<Item = Value>>(values: I) -> Result<Value, Error> {
    Ok(values.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null))
}

/// The largest of the whole numbers that are there.
pub fn max<I: IntoIterator<Item = Value>>(values: I) -> Result<Value, Error> {
    Ok(wholes("max", values)?
        .into_iter()
        .max()
        .map_or(Value::Null, Whole::into_value))
}

/// The smallest of the whole numbers that are there.
pub fn min<I: IntoIterator<Item = Value>>(values: I) -> Result<Value, Error> {
    Ok(wholes("min", values)?
        .into_iter()
        .min()
        .map_or(Value::Null, Whole::into_value))
}

/// The sum of the whole numbers that are there.
pub fn sum<I: IntoIterator<Item = Value>>(values: I) -> Result<Value, Error> {
    let values = wholes("sum", values)?;
    if values.is_empty() {
        return Ok(Value::Null);
    }
    let sum = values.into_iter().try_fold(Whole::default(), Whole::plus);
    sum.map(Whole::into_value)
        .ok_or_else(|| refuse("sum", "smaller numbers"))
}

fn wholes(operator: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Whole>, Error> {
    let present = values.into_iter().filter(|value| !value.is_null());
    present.map(|value| whole(operator, &value)).collect()
}

/// Values and the items of lists as one list, one level deep. An absent value adds nothing.
pub fn concat<I: IntoIterator<Item = Value>>(values: I) -> Result<Value, Error> {
    let mut all = Vec::new();
    for value in values {
        match value {
            Value::Null => {}
            Value::Array(items) => all.extend(items),
            single => all.push(single),
        }
    }
    Ok(Value::Array(all))
}

/// What [`omit_if`] takes.
#[derive(Debug, Default)]
pub struct OmitIf {
    pub value: Value,
    /// A list.
    pub r#in: Value,
}

/// The value, unless the list contains it.
pub fn omit_if(OmitIf { value, r#in }: OmitIf) -> Result<Value, Error> {
    match r#in {
        Value::Array(unwanted) if unwanted.iter().any(|item| same(item, &value)) => Ok(Value::Null),
        Value::Array(_) | Value::Null => Ok(value),
        _ => Err(refuse("omit_if", "a list as `in`")),
    }
}

/// What [`find`] takes.
#[derive(Debug, Default)]
pub struct Find {
    /// A list. What is not an object in it is skipped.
    pub r#in: Value,
    /// An object: what the fields of the wanted object are. An absent field fits nothing.
    pub r#where: Value,
    /// The name of the wanted field.
    pub take: Value,
}

/// Of the first object that fits, the field `take`; absent if none fits.
pub fn find(Find { r#in, r#where, take }: Find) -> Result<Value, Error> {
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
            .all(|(name, value)| !value.is_null() && item.get(name).is_some_and(|field| same(field, value)))
    };
    let found = items.into_iter().filter(Value::is_object).find(fits);
    Ok(found
        .and_then(|mut item| item.get_mut(&take).map(Value::take))
        .unwrap_or(Value::Null))
}

/// Equality with numbers compared as numbers: JSON knows no difference between 8080 and 8080.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}
