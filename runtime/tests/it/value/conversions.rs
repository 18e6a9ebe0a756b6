//! Operators that write a value differently.

use provider_runtime::value;
use serde_json::{Value, json};

use super::{check, refuses};

#[test]
fn text_writes_what_is_not_a_container() {
    check(
        value::text,
        [
            (Value::Null, Value::Null),
            (json!("a"), json!("a")),
            (json!(8080), json!("8080")),
            (json!(8080.0), json!("8080")),
            (json!(0.5), json!("0.5")),
            (json!(u64::MAX), json!("18446744073709551615")),
            (json!(true), json!("true")),
        ],
    );
    refuses(
        value::text,
        "`text` takes a string, number or boolean",
        [json!([]), json!({})],
    );
}

#[test]
fn integer_reads_digits() {
    check(
        value::integer,
        [
            (Value::Null, Value::Null),
            (json!("12"), json!(12)),
            (json!("-3"), json!(-3)),
            (json!(137), json!(137)),
            (json!(2.0), json!(2)),
        ],
    );
    let wrong = [
        json!(""),
        json!(" 1"),
        json!("1.0"),
        json!("99999999999999999999"),
        json!(1.5),
        json!(1e300),
        json!(true),
    ];
    refuses(value::integer, "`integer` takes a whole number", wrong);
}

#[test]
fn base64_is_written_and_read() {
    check(
        value::to_base64,
        [
            (Value::Null, Value::Null),
            (json!("hé"), json!("aMOp")),
            (json!(""), json!("")),
        ],
    );
    check(
        value::from_base64,
        [
            (Value::Null, Value::Null),
            (json!("aMOp"), json!("hé")),
            // Half a character.
            (json!("aMM="), json!("h\u{fffd}")),
        ],
    );
    refuses(
        value::from_base64,
        "`from_base64` takes base64",
        [json!("a"), json!("*"), json!("aMOp\n")],
    );
    refuses(value::to_base64, "`to_base64` takes text", [json!(1), json!([])]);
}

#[test]
fn file_modes_are_octal() {
    check(
        value::to_octal,
        [
            (Value::Null, Value::Null),
            (json!(420), json!("0644")),
            (json!(0), json!("00")),
        ],
    );
    check(
        value::from_octal,
        [
            (Value::Null, Value::Null),
            (json!("0644"), json!(420)),
            (json!("644"), json!(420)),
            (json!("0o755"), json!(493)),
        ],
    );
    refuses(
        value::from_octal,
        "`from_octal` takes octal digits",
        [json!("8"), json!("-1"), json!("+7"), json!(""), json!("0x1f")],
    );
    refuses(
        value::to_octal,
        "`to_octal` takes a number that is not negative",
        [json!(-1)],
    );
}

#[test]
fn a_value_is_written_as_json_text() {
    assert_eq!(value::to_json(Value::Null), None);
    assert_eq!(
        value::to_json(json!({"b": [1, "x"], "a": null})).as_deref(),
        Some(r#"{"b":[1,"x"],"a":null}"#)
    );
    assert_eq!(
        value::to_json(json!("quoted \" text")).as_deref(),
        Some(r#""quoted \" text""#)
    );
}

#[test]
fn what_must_be_there_is_there_or_the_call_has_failed() {
    assert_eq!(value::must("token", Some("t".to_owned())).expect("a token"), "t");
    assert_eq!(value::must("token", json!(false)).expect("a value"), json!(false));
    for absent in [
        value::must("a.token", None::<String>).map(Value::from),
        value::must("a.token", Value::Null),
    ] {
        let error = absent.expect_err("it is missing");
        assert_eq!(
            error.message(),
            "[S502] provider unavailable: unreadable answer: `a.token` is missing"
        );
    }
}

#[test]
fn units_round_up() {
    check(
        value::secs_to_ms,
        [
            (Value::Null, Value::Null),
            (json!(3), json!(3000)),
            (json!(3.0), json!(3000)),
        ],
    );
    check(
        value::ms_to_secs,
        [
            (Value::Null, Value::Null),
            (json!(1), json!(1)),
            (json!(2000), json!(2)),
            (json!(2001), json!(3)),
        ],
    );
    check(
        value::secs_to_mins,
        [
            (Value::Null, Value::Null),
            (json!(0), json!(1)),
            (json!(60), json!(1)),
            (json!(61), json!(2)),
        ],
    );
    check(
        value::secs_text,
        [(Value::Null, Value::Null), (json!(300), json!("300s"))],
    );
}

#[test]
fn units_refuse_what_is_no_length_of_time() {
    refuses(
        value::secs_to_ms,
        "`secs_to_ms` takes a whole number",
        [json!("3"), json!(0.5), json!([1])],
    );
    refuses(
        value::ms_to_secs,
        "`ms_to_secs` takes a number that is not negative",
        [json!(-1), json!(i64::MIN)],
    );
    refuses(
        value::secs_to_ms,
        "`secs_to_ms` takes a smaller number",
        [json!(u64::MAX), json!(i64::MAX)],
    );
    refuses(value::secs_text, "`secs_text` takes a whole number", [json!(false)]);
}

#[test]
fn rfc3339_reads_seconds_and_text_in_any_offset() {
    check(
        value::rfc3339,
        [
            (json!(1_795_570_915), json!("2026-11-25T01:41:55Z")),
            (json!(1_795_570_915.0), json!("2026-11-25T01:41:55Z")),
            (json!(0), json!("1970-01-01T00:00:00Z")),
            (json!("2026-11-25T01:41:55Z"), json!("2026-11-25T01:41:55Z")),
            (json!("2026-11-25T03:41:55+02:00"), json!("2026-11-25T01:41:55Z")),
            (json!("2026-11-25T01:41:55.120Z"), json!("2026-11-25T01:41:55.120Z")),
            (
                json!("2026-11-25T01:41:55.123456789+00:00"),
                json!("2026-11-25T01:41:55.123456789Z"),
            ),
            (json!("2026-11-25T01:41:55.000Z"), json!("2026-11-25T01:41:55.000Z")),
        ],
    );
    assert_eq!(value::rfc3339(Value::Null), Ok(None));
    let wrong = [
        json!(""),
        json!("2026-11-25T01:41:55"),
        json!("2026-11-25"),
        json!("soon"),
        json!(1.5),
    ];
    refuses(value::rfc3339, "`rfc3339` takes seconds since 1970 or RFC 3339", wrong);
    refuses(
        value::rfc3339,
        "`rfc3339` takes seconds since 1970 or RFC 3339",
        [json!(i64::MAX), json!(u64::MAX), json!(true), json!({})],
    );
}

#[test]
fn rfc3339_ms_reads_milliseconds() {
    check(
        value::rfc3339_ms,
        [
            (json!(1_795_570_915_000_i64), json!("2026-11-25T01:41:55Z")),
            (json!(1_795_570_915_120_i64), json!("2026-11-25T01:41:55.120Z")),
        ],
    );
    assert_eq!(value::rfc3339_ms(Value::Null), Ok(None));
    refuses(
        value::rfc3339_ms,
        "`rfc3339_ms` takes a whole number",
        [json!("1"), json!(0.5)],
    );
    refuses(
        value::rfc3339_ms,
        "`rfc3339_ms` takes milliseconds since 1970",
        [json!(i64::MAX), json!(u64::MAX)],
    );
}

#[test]
fn template_joins_and_is_absent_if_a_part_is() {
    let port = || value::text(8080_u64).expect("text");
    assert_eq!(value::template(["port-".to_owned(), port()]), "port-8080");
    assert_eq!(
        value::template([Some("a".to_owned()), Some(port())]),
        Some("a8080".to_owned())
    );
    assert_eq!(value::template([Some("a".to_owned()), None]), None);
}

#[test]
fn what_has_a_type_keeps_it() {
    assert_eq!(value::text(8080.0), Ok("8080".to_owned()));
    assert_eq!(value::text(0.5), Ok("0.5".to_owned()));
    assert_eq!(value::text(true), Ok("true".to_owned()));
    assert_eq!(value::text(None::<i64>), Ok(None));
    assert_eq!(value::texts(vec![1_i64, 2]), Ok(vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(value::integer("12".to_owned()), Ok(12));
    assert_eq!(value::integer(12.0), Ok(12));
    assert_eq!(value::integer(Some(-3.0)), Ok(Some(-3)));
    assert_eq!(value::integer(12_u64), Ok(12));
    refuses(value::integer, "`integer` takes a whole number", [0.5, 1e300, f64::NAN]);
    assert_eq!(value::secs_to_ms(Some(3_u64)), Ok(Some(3000)));
    assert_eq!(value::secs_text(300_i64), Ok("300s".to_owned()));
    assert_eq!(value::rfc3339(0_i64), Ok("1970-01-01T00:00:00Z".to_owned()));
    assert_eq!(value::rfc3339(0.0), Ok("1970-01-01T00:00:00Z".to_owned()));
    refuses(
        value::ms_to_secs,
        "`ms_to_secs` takes a number that is not negative",
        [-1_i64],
    );
}

#[test]
fn texts_makes_a_string_of_each_item() {
    check(
        value::texts,
        [
            (
                json!([1, 2.5, true, "a", 8080.0]),
                json!(["1", "2.5", "true", "a", "8080"]),
            ),
            (json!([]), json!([])),
            (Value::Null, Value::Null),
        ],
    );
    refuses(value::texts, "`text` takes a list", [json!("a"), json!({})]);
    refuses(
        value::texts,
        "`text` takes a string, number or boolean",
        [json!([[]]), json!([null])],
    );
}

#[test]
fn segments_stay_where_they_are() {
    check(
        value::segments,
        [
            (Value::Null, Value::Null),
            (json!("etc/hosts"), json!("etc/hosts")),
            (json!("/etc/hosts"), json!("etc/hosts")),
            (json!("a b/.hidden/..."), json!("a b/.hidden/...")),
        ],
    );
    let elsewhere = ["", "/", "a//b", "a/", "//a", ".", "..", "a/..", "./a", "a\nb", "a\0"];
    let long = "a".repeat(4097);
    refuses(
        value::segments,
        "`segments` takes a path without empty segments, `.` and `..`",
        elsewhere.into_iter().chain([long.as_str()]).map(|path| json!(path)),
    );
    refuses(value::segments, "`segments` takes text", [json!(1), json!([])]);
}

#[test]
fn ids_that_are_made_later_are_greater() {
    let ids: Vec<String> = (0..1000).map(|_| value::uuid7()).collect();
    assert!(ids.is_sorted_by(|one, next| one < next));
    assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'7'));
}
