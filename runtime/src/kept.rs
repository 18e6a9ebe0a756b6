//! JSON of which only what is needed is kept while it is read: of a long list of large items that is little.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// What is needed of an answer.
pub trait Needed {
    /// Paths as [`at`](crate::value::at) takes them.
    const PATHS: &'static [&'static str];
}

/// An answer without what is not needed of it. What stands in the place of a list or an object is kept.
#[derive(Debug)]
pub struct Kept<N> {
    pub value: Value,
    needed: PhantomData<N>,
}

impl<'de, N: Needed> Deserialize<'de> for Kept<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            value: Reading(Cow::Borrowed(N::PATHS)).deserialize(deserializer)?,
            needed: PhantomData,
        })
    }
}

/// A value that is being read, and the paths that are needed from there on.
struct Reading<'p>(Cow<'p, [&'static str]>);

impl Reading<'_> {
    /// What is needed of a field, if anything is.
    fn field(&self, name: &str) -> Option<Reading<'static>> {
        let rest = |path: &&'static str| path.strip_prefix('.')?.strip_prefix(name);
        let ends = |rest: &&str| rest.is_empty() || rest.starts_with(['.', '[']);
        Reading::of(self.0.iter().filter_map(rest).filter(ends).collect())
    }

    /// What is needed of each item of a list.
    fn each(&self) -> Option<Reading<'static>> {
        Reading::of(self.0.iter().filter_map(|path| path.strip_prefix("[*]")).collect())
    }

    fn of(paths: Vec<&'static str>) -> Option<Reading<'static>> {
        (!paths.is_empty()).then_some(Reading(Cow::Owned(paths)))
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.0.contains(&"") {
            true => Value::deserialize(deserializer),
            false => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            match self.field(&name) {
                Some(needed) => drop(kept.insert(name, fields.next_value_seed(needed)?)),
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(kept))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        match self.each() {
            Some(needed) => {
                while let Some(item) = items.next_element_seed(Reading(Cow::Borrowed(&needed.0)))? {
                    kept.push(item);
                }
            }
            None => while items.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(Value::Array(kept))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Rows;

    impl Needed for Rows {
        const PATHS: &'static [&'static str] = &[".data[*].id", ".data[*].refs.of", ".data[*].tags", ".next"];
    }

    fn kept(text: &str) -> Value {
        let kept: Kept<Rows> = serde_json::from_str(text).expect("JSON");
        kept.value
    }

    #[test]
    fn what_is_needed_is_kept_and_nothing_else() {
        let text = r#"{"x": [1], "data": [{"id": "a", "idle": 1, "refs": {"of": [1, {"y": 2}], "z": 1},
            "tags": {"a": null}, "more": {"id": 1}}], "next": 5, "nexts": {}}"#;
        let item = json!({"id": "a", "refs": {"of": [1, {"y": 2}]}, "tags": {"a": null}});
        assert_eq!(kept(text), json!({"data": [item], "next": 5}));
    }

    #[test]
    fn what_is_of_another_type_than_it_should_be_stays() {
        for same in [
            json!({"data": [null, 7, -7, 0.5, "x", true, {"id": null, "refs": "x", "tags": []}, {"refs": false}]}),
            json!({"data": null}),
            json!({"data": "x"}),
            json!("x"),
        ] {
            assert_eq!(kept(&same.to_string()), same);
        }
        assert_eq!(kept(r#"[{"id": 1}]"#), json!([]));
        assert_eq!(kept(r#"{"data": {"id": 1}}"#), json!({"data": {}}));
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in ["", "{", r#"{"data": [}"#, r#"{"x": [1,}"#, "nul"] {
            assert!(serde_json::from_str::<Kept<Rows>>(text).is_err(), "{text}");
        }
    }
}
