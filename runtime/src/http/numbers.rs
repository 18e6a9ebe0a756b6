//! Whole numbers that a provider writes as `0.0` or `5e0`.
//!
//! JSON knows one kind of number, and some servers write a whole one with a fraction or an exponent. A type that wants an
//! integer takes neither.

use bytes::Bytes;

use crate::value::without_fraction;

/// JSON text with such numbers as integers. Text without one is handed on as it is.
pub(super) fn with_integers(body: Bytes) -> Bytes {
    let mut written = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => at = end_of_string(&body, at),
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(&body, at);
                if let Some(integer) = integer(&body[at..end]) {
                    written.extend_from_slice(&body[from..at]);
                    written.extend_from_slice(integer.to_string().as_bytes());
                    from = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if from == 0 {
        return body;
    }
    written.extend_from_slice(&body[from..]);
    written.into()
}

/// The place behind the string that begins here.
fn end_of_string(body: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    body.len()
}

fn end_of_number(body: &[u8], begin: usize) -> usize {
    let of_number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    begin + body[begin..].iter().take_while(|byte| of_number(byte)).count()
}

/// The integer that a number is which is not written as one. None beyond 2^53, where a float stands for more than one.
fn integer(number: &[u8]) -> Option<i64> {
    number.iter().find(|byte| matches!(byte, b'.' | b'e' | b'E'))?;
    let number: serde_json::Number = serde_json::from_slice(number).ok()?;
    without_fraction(&number)?.as_i64()
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
            assert_eq!(with_integers(Bytes::from(text)), Bytes::from(expected), "{text}");
        }
        for same in [
            r#"{"a":"1.0","b\"1.0":2.50,"c\\":0.5,"d":[1,-2,1e-3]}"#,
            r#"{"\\":"é 1.0 \" 2.0"}"#,
            "[1e400, 9007199254740994.0, 1e300]",
            r#"{"a":"never closed 1.0"#,
            r#""\"#,
            "- 1. .5 1.0.0 01.0 1.e0 --1.0",
            "",
        ] {
            assert_eq!(with_integers(Bytes::from(same)), Bytes::from(same), "{same}");
        }
    }

    #[test]
    fn what_has_no_such_number_is_not_copied() {
        let body = Bytes::from(r#"{"a":[1,2.5,"3.0"]}"#);
        assert_eq!(with_integers(body.clone()).as_ptr(), body.as_ptr());
    }
}
