//! What was found held against what an example expects: nothing less, and nothing more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::difference::Difference;
use super::sample::{Known, plain};
use super::written::Sample;

/// A comparison under way: what it has learnt, and what is not as expected so far.
pub(super) struct Comparison {
    pub(super) known: Known,
    pub(super) differences: Vec<Difference>,
}

impl Comparison {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            differences: Vec::new(),
        }
    }

    /// Values of JSON.
    pub(super) fn value(&mut self, place: &str, expected: &Sample, found: &Value) {
        match (expected, found) {
            (Sample::Any, _) => {}
            (Sample::Object(entries), Value::Object(fields)) => {
                for (name, value) in entries {
                    let inner = format!("{place}.{name}");
                    match fields.get(name) {
                        Some(found) => self.value(&inner, value, found),
                        None => self.differences.push(Difference::missing(&inner, self.said(value))),
                    }
                }
                let is_expected = |name: &String| entries.iter().any(|(expected, _)| expected == name);
                for (name, found) in fields.iter().filter(|(name, _)| !is_expected(name)) {
                    let inner = format!("{place}.{name}");
                    self.differences.push(Difference::beyond(&inner, found.to_string()));
                }
            }
            (Sample::List(items), Value::Array(found)) if items.len() == found.len() => {
                for (at, (item, found)) in items.iter().zip(found).enumerate() {
                    self.value(&format!("{place}[{at}]"), item, found);
                }
            }
            (Sample::ToJson(of), Value::String(text)) => match serde_json::from_str(text) {
                Ok(found) => self.value(place, of, &found),
                Err(_) => self.is_other(place, expected, found),
            },
            (Sample::ToBase64(of), Value::String(text)) => match STANDARD.decode(text).map(String::from_utf8) {
                Ok(Ok(found)) => self.text(place, of, &found),
                _ => self.is_other(place, expected, found),
            },
            (Sample::Text(_) | Sample::Contains(_), Value::String(text)) => self.text(place, expected, text),
            (Sample::Is(expected), found) if same(expected, found) => {}
            _ => self.is_other(place, expected, found),
        }
    }

    /// What is a text on the way, whatever it is in the mapping: `5` and `'5'` are one.
    pub(super) fn text(&mut self, place: &str, expected: &Sample, found: &str) {
        let fits = match expected {
            Sample::Any => true,
            Sample::Is(expected) => plain(expected) == found,
            Sample::Text(pieces) => self.known.is_text(pieces, found),
            Sample::Contains(part) => found.contains(part),
            _ => return self.value(place, expected, &found.into()),
        };
        if !fits {
            self.is_other(place, expected, &found.into());
        }
    }

    /// Pairs of names and texts, such as a query: in any order between names.
    pub(super) fn pairs(&mut self, place: &str, expected: &[(String, Sample)], found: &[(String, String)]) {
        let mut left: Vec<&(String, String)> = found.iter().collect();
        for (name, value) in expected {
            let inner = format!("{place}.{name}");
            match left.iter().position(|(found, _)| found == name) {
                Some(at) => self.text(&inner, value, &left.remove(at).1),
                None => self.differences.push(Difference::missing(&inner, self.said(value))),
            }
        }
        for (name, value) in left {
            let inner = format!("{place}.{name}");
            let found = Value::from(value.as_str()).to_string();
            self.differences.push(Difference::beyond(&inner, found));
        }
    }

    fn is_other(&mut self, place: &str, expected: &Sample, found: &Value) {
        let difference = Difference::other(place, self.said(expected), found.to_string());
        self.differences.push(difference);
    }

    /// For a sentence: JSON, with the words of the example for what it does not know.
    pub(super) fn said(&self, expected: &Sample) -> String {
        match expected {
            Sample::Any => "something".to_owned(),
            Sample::Contains(text) => format!("a text with {}", Value::from(text.as_str())),
            known => self.known.value(known).to_string(),
        }
    }
}

/// Whole numbers are the same however they are written.
fn same(expected: &Value, found: &Value) -> bool {
    expected == found || expected.is_number() && expected.as_f64() == found.as_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(known: Known, expected: &Sample, found: &Value) -> (Known, Vec<String>) {
        let mut comparison = Comparison::new(known);
        comparison.value("body", expected, found);
        let told = comparison.differences.iter().map(Difference::to_string).collect();
        (comparison.known, told)
    }

    fn sample(written: Value) -> Sample {
        serde_json::from_value(written).expect("a sample")
    }

    #[test]
    fn the_tag_of_a_call_is_one_wherever_it_stands() {
        let tag = "6a9f3c2e-1f0b-4b6e-9d0a-2f6f0d1c7b11";
        let expected = sample(json!({"text": [{"plain": "copy-"}, "attempt", {"plain": "-1"}]}));
        let none = Known::default();
        let (known, told) = differences(none.clone(), &expected, &json!(format!("copy-{tag}-1")));
        assert_eq!((known.attempt.as_deref(), told), (Some(tag), Vec::new()));
        let other = json!("copy-7a9f3c2e-1f0b-4b6e-9d0a-2f6f0d1c7b11-1");
        let told = [
            differences(known, &expected, &other).1,
            differences(none, &expected, &json!("copy-x-1")).1,
        ];
        let expected = [
            format!("body: expected \"copy-{tag}-1\", found {other}"),
            "body: expected \"copy-{$attempt}-1\", found \"copy-x-1\"".to_owned(),
        ];
        assert_eq!(told.concat(), expected);
    }

    #[test]
    fn nothing_less_and_nothing_more_is_found() {
        let expected = sample(json!({"object": [
            ["list", {"list": ["any", {"is": 2}]}],
            ["part", {"contains": "b"}],
            ["of", {"to_json": {"object": [["a", {"is": 1}]]}}],
            ["bytes", {"to_base64": {"is": "text"}}],
        ]}));
        let sound = json!({"list": [null, 2.0], "part": "abc", "of": "{\"a\": 1}", "bytes": "dGV4dA=="});
        assert_eq!(differences(Known::default(), &expected, &sound).1, Vec::<String>::new());
        let found = json!({"list": [1, 3], "part": "ac", "of": "{}", "more": null});
        let told = differences(Known::default(), &expected, &found).1;
        let expected = [
            "body.list[1]: expected 2, found 3",
            "body.part: expected a text with \"b\", found \"ac\"",
            "body.of.a: expected 1, it is absent",
            "body.bytes: expected \"dGV4dA==\", it is absent",
            "body.more: not expected, found null",
        ];
        assert_eq!(told, expected);
    }
}
