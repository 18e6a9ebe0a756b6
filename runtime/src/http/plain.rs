//! JSON in the words that its readers take.
//!
//! Some servers write what no parser here reads: a whole number as `0.0` or `5e0`, `NaN`, `1e400`, half of a surrogate
//! pair or no UTF-8 where a program has written bytes that are no text. None of that may hide what stands beside it. So
//! what can be said otherwise is, a number that is none becomes null, and what is no character becomes U+FFFD.

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::Number;

use crate::value::without_fraction;

/// Longer numbers may be beyond every range, in digits.
const LONG: usize = 300;

/// JSON text that means the same and can be read. Text that can be already is handed on as it is.
pub(crate) fn plain(body: Bytes) -> Bytes {
    let body = in_utf8(body);
    let mut rewritten = Rewritten::of(&body);
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        at = match byte {
            b'"' => rewritten.string(at + 1),
            b'-' | b'0'..=b'9' | b'N' | b'I' => rewritten.number(at),
            _ => at + 1,
        }
    }
    rewritten.end().map_or(body, Bytes::from)
}

fn in_utf8(body: Bytes) -> Bytes {
    match str::from_utf8(&body) {
        Ok(_) => body,
        Err(_) => String::from_utf8_lossy(&body).into_owned().into(),
    }
}

/// A text of which parts are replaced.
struct Rewritten<'a> {
    text: &'a [u8],
    written: Vec<u8>,
    /// What stands before is written already.
    from: usize,
}

impl<'a> Rewritten<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self {
            text,
            written: Vec::new(),
            from: 0,
        }
    }

    fn put(&mut self, begin: usize, end: usize, instead: &str) {
        self.written.extend_from_slice(&self.text[self.from..begin]);
        self.written.extend_from_slice(instead.as_bytes());
        self.from = end;
    }

    /// The whole, if something was replaced.
    fn end(mut self) -> Option<Vec<u8>> {
        if self.from == 0 {
            return None;
        }
        self.written.extend_from_slice(&self.text[self.from..]);
        Some(self.written)
    }

    /// Reads on from the begin of a number, or of what stands for one. Gives the place behind it.
    fn number(&mut self, begin: usize) -> usize {
        let of_number = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let end = begin + self.text[begin..].iter().take_while(of_number).count();
        if let Some(instead) = number(&self.text[begin..end]) {
            self.put(begin, end, &instead);
        }
        end
    }

    /// Reads on from the begin of what is in a string. Gives the place behind it.
    fn string(&mut self, begin: usize) -> usize {
        let mut at = begin;
        while let Some(byte) = self.text.get(at) {
            at = match byte {
                b'"' => return at + 1,
                b'\\' => self.escape(at),
                0..b' ' => {
                    self.put(at, at + 1, &format!("\\u{byte:04x}"));
                    at + 1
                }
                _ => at + 1,
            }
        }
        self.text.len()
    }

    /// Reads on from a backslash. Gives the place behind the escape.
    fn escape(&mut self, at: usize) -> usize {
        match (self.unit(at), self.unit(at + ESCAPE)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at + 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                self.put(at, at + ESCAPE, "\\ufffd");
                at + ESCAPE
            }
            _ => at + 2,
        }
    }

    /// The UTF-16 unit that is written here as an escape.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    }
}

/// The bytes of `\ud800`.
const ESCAPE: usize = 6;

/// What is to be written instead.
fn number(text: &[u8]) -> Option<String> {
    if matches!(text, b"NaN" | b"Infinity" | b"-Infinity") {
        return Some("null".to_owned());
    }
    let is_integer = !text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    if is_integer && text.len() < LONG {
        return None;
    }
    match serde_json::from_slice::<Number>(text) {
        // None beyond 2^53, where a float stands for more than one.
        Ok(number) => Some(without_fraction(&number)?.as_i64()?.to_string()),
        Err(_) => {
            let is_number = serde_json::from_slice::<IgnoredAny>(text).is_ok();
            is_number.then(|| "null".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_becomes_an_integer_and_nothing_else_changes() {
        for (text, expected) in [
            (
                r#"{"exit_code":0.0,"b":[12.00, -3.0]}"#,
                r#"{"exit_code":0,"b":[12, -3]}"#,
            ),
            ("[5e0, 1.7e+9,2E3 ,120e-1,-0.0]", "[5, 1700000000,2000 ,12,0]"),
            ("7.0", "7"),
            ("9007199254740992.0", "9007199254740992"),
        ] {
            assert_eq!(plain(Bytes::from(text)), Bytes::from(expected), "{text}");
        }
        for same in [
            r#"{"a":"1.0","b\"1.0":2.50,"c\\":0.5,"d":[1,-2,1e-3],"e":[true,false,null]}"#,
            r#"{"\\":"é 1.0 \" 2.0 NaN"}"#,
            "[9007199254740994.0, 1e300]",
            r#"{"a":"never closed 1.0"#,
            r#""\"#,
            r#""\u12"#,
            "- 1. .5 1.0.0 01.0 1.e0 --1.0 1.e400 nan Inf -I",
            "",
        ] {
            assert_eq!(plain(Bytes::from(same)), Bytes::from(same), "{same}");
        }
    }

    #[test]
    fn a_number_that_is_none_is_null() {
        let long = "9".repeat(400);
        let text = format!(r#"{{"a":NaN,"b":[Infinity,-Infinity,1e400,-1.5E999, {long}],"c":"NaN 1e400"}}"#);
        let expected = r#"{"a":null,"b":[null,null,null,null, null],"c":"NaN 1e400"}"#;
        assert_eq!(plain(Bytes::from(text)), Bytes::from(expected));
    }

    #[test]
    fn what_is_no_character_is_replaced_and_every_other_one_stays() {
        for (text, expected) in [
            (r#""a\udcffb\uD800""#, "a\u{fffd}b\u{fffd}"),
            (r#""\ud800\ud83d\ude00\udc00""#, "\u{fffd}\u{1f600}\u{fffd}"),
            (r#""\\ud800 \u00e9 \ud800\n""#, "\\ud800 é \u{fffd}\n"),
            ("\"a\u{1}\tb\n\"", "a\u{1}\tb\n"),
        ] {
            let read: String = serde_json::from_slice(&plain(Bytes::from(text))).expect("a string");
            assert_eq!(read, expected, "{text}");
        }
        let read: String = serde_json::from_slice(&plain(Bytes::from_static(b"\"a\xffb\""))).expect("a string");
        assert_eq!(read, "a\u{fffd}b");
    }

    #[test]
    fn what_can_be_read_is_not_copied() {
        let body = Bytes::from(r#"{"a":[1,2.5,"3.0 \ud83d\ude00"]}"#);
        assert_eq!(plain(body.clone()).as_ptr(), body.as_ptr());
    }
}
