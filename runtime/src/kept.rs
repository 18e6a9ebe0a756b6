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
            value: Reading::of(Cow::Borrowed(N::PATHS)).deserialize(deserializer)?,
            needed: PhantomData,
        })
    }
}

/// Of what is needed as a whole all is kept but what is nested deeper: that is null, and hides nothing beside it.
const DEEPEST: usize = 32;

/// A value that is being read.
enum Reading<'p> {
    /// All of it is needed. It is nested so deep in what is.
    Whole { depth: usize },
    /// These paths are, from there on.
    Parts(Cow<'p, [&'static str]>),
}

impl<'p> Reading<'p> {
    fn of(paths: Cow<'p, [&'static str]>) -> Self {
        match paths.contains(&"") {
            true => Self::Whole { depth: 0 },
            false => Self::Parts(paths),
        }
    }

    fn borrowed(&self) -> Reading<'_> {
        match self {
            Self::Whole { depth } => Reading::Whole { depth: *depth },
            Self::Parts(paths) => Reading::Parts(Cow::Borrowed(paths)),
        }
    }

    /// What is needed of a field, if anything is.
    fn field(&self, name: &str) -> Option<Reading<'static>> {
        let rest = |path: &&'static str| path.strip_prefix('.')?.strip_prefix(name);
        let ends = |rest: &&str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.within(|paths| paths.iter().filter_map(rest).filter(ends).collect())
    }

    /// What is needed of each item of a list.
    fn each(&self) -> Option<Reading<'static>> {
        self.within(|paths| paths.iter().filter_map(|path| path.strip_prefix("[*]")).collect())
    }

    fn within(&self, rest: impl Fn(&[&'static str]) -> Vec<&'static str>) -> Option<Reading<'static>> {
        match self {
            Self::Whole { depth } => Some(Reading::Whole { depth: depth + 1 }),
            Self::Parts(paths) => {
                let paths = rest(paths);
                (!paths.is_empty()).then(|| Reading::of(Cow::Owned(paths)))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Self::Whole { depth: DEEPEST } => IgnoredAny::deserialize(deserializer).map(|_| Value::Null),
            _ => deserializer.deserialize_any(self),
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
                while let Some(item) = items.next_element_seed(needed.borrowed())? {
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
    fn what_is_nested_deep_hides_nothing_beside_it() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let read = kept(&format!(
            r#"{{"data": [{{"id": {deep}, "tags": {{"a": {deep}}}, "x": {deep}}}, {{"id": "b"}}]}}"#
        ));
        assert_eq!(read["data"][1], json!({"id": "b"}));
        assert!(read["data"][0]["id"][0][0].is_array());
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in ["", "{", r#"{"data": [}"#, r#"{"x": [1,}"#, "nul"] {
            assert!(serde_json::from_str::<Kept<Rows>>(text).is_err(), "{text}");
        }
    }
}
