//! Operators that choose among values or put them together.

use provider_runtime::value::{self, Find, OmitIf};
use serde_json::{Value, json};

use super::{check, refuses};

#[test]
fn first_max_and_min_skip_what_is_absent() {
    let some = || vec![Value::Null, json!(3), json!(7.0), json!(2)];
    assert_eq!(value::first(some()), Ok(json!(3)));
    assert_eq!(value::max(some()), Ok(json!(7)));
    assert_eq!(value::min(some()), Ok(json!(2)));
    for operator in [value::first, value::max, value::min] {
        assert_eq!(operator(vec![]), Ok(Value::Null));
        assert_eq!(operator(vec![Value::Null]), Ok(Value::Null));
    }
    assert_eq!(value::max(vec![json!(-1), json!(u64::MAX)]), Ok(json!(u64::MAX)));
    refuses(
        |value| value::max(vec![json!(1), value]),
        "`max` takes a whole number",
        [json!("2"), json!(0.5)],
    );
}

#[test]
fn sum_adds_what_is_there() {
    assert_eq!(value::sum([json!(2), Value::Null, json!(3.0), json!(-1)]), Ok(json!(4)));
    assert_eq!(value::sum([Value::Null]), Ok(Value::Null));
    refuses(
        |value| value::sum([json!(1), value]),
        "`sum` takes a whole number",
        [json!("2"), json!(0.5)],
    );
}

#[test]
fn concat_opens_lists_once() {
    let given = vec![json!("ls"), Value::Null, json!(["-l", ["deep"], null]), json!({})];
    assert_eq!(value::concat(given), Ok(json!(["ls", "-l", ["deep"], null, {}])));
    assert_eq!(value::concat(vec![]), Ok(json!([])));
}

#[test]
fn omit_if_compares_numbers_as_numbers() {
    let omit = |value: Value| {
        value::omit_if(OmitIf {
            value,
            r#in: json!(["", "default", 0, {"a": [1]}]),
        })
    };
    check(
        omit,
        [
            (json!("x"), json!("x")),
            (json!(""), Value::Null),
            (json!(0.0), Value::Null),
            (json!({"a": [1.0]}), Value::Null),
            (json!("0"), json!("0")),
            (Value::Null, Value::Null),
        ],
    );
    assert!(
        value::omit_if(OmitIf {
            value: json!(1),
            r#in: json!(1)
        })
        .is_err()
    );
}

#[test]
fn find_takes_a_field_of_the_first_object_that_fits() {
    let routes = json!([1, {"port": 80, "url": "a"}, {"port": 8080, "up": true, "url": "b"}, {"port": 8080, "url": "c"}, {"url": "d"}]);
    let find = |r#where: Value, take: &str| {
        value::find(Find {
            r#in: routes.clone(),
            r#where,
            take: json!(take),
        })
    };
    assert_eq!(find(json!({"port": 8080}), "url"), Ok(json!("b")));
    assert_eq!(find(json!({"port": 8080.0, "up": true}), "url"), Ok(json!("b")));
    assert_eq!(find(json!({"port": 1}), "url"), Ok(Value::Null));
    assert_eq!(find(json!({"port": null}), "url"), Ok(Value::Null));
    assert_eq!(find(json!({"port": 80}), "name"), Ok(Value::Null));
    assert_eq!(value::find(Find::default()), Ok(Value::Null));
    refuses(
        |list| {
            value::find(Find {
                r#in: list,
                ..Find::default()
            })
        },
        "`find` takes a list as `in`",
        [json!({}), json!("a")],
    );
}

#[test]
fn objects_leave_out_what_is_absent_and_lists_do_not() {
    let object = value::object([("b", json!(1)), ("gone", Value::Null), ("a", json!(""))]);
    assert_eq!(object.to_string(), r#"{"b":1,"a":""}"#);
    assert_eq!(value::list([json!(1), Value::Null]), json!([1, null]));
    assert_eq!(value::json(&Some(3)), json!(3));
    assert_eq!(value::json(&None::<u8>), Value::Null);
}

#[test]
fn at_follows_fields_and_visits_items() {
    let answer = json!({"a": {"b": [{"c": 1}, {}, {"c": [{"d": 2}]}]}, "x-y": null});
    let at = |path| value::at(answer.clone(), path);
    assert_eq!(at(""), answer);
    assert_eq!(at(".a.b[*].c"), json!([1, null, [{"d": 2}]]));
    assert_eq!(at(".a.b[*].c[*].d"), json!([null, null, [2]]));
    assert_eq!(at(".a.b[*]"), answer["a"]["b"]);
    for absent in [".none", ".a.none.deeper", ".x-y", ".x-y.z", ".a[*].b", ".a.b.c"] {
        assert_eq!(at(absent), Value::Null, "{absent}");
    }
    assert_eq!(value::at(json!([[1], 2]), "[*][*]"), json!([[1], null]));
}

#[test]
fn what_is_told_and_cannot_be_read_is_absent() {
    assert_eq!(
        value::told::<Option<String>>(|| Ok(json!("default"))),
        Some("default".to_owned())
    );
    for unreadable in [json!(5), json!(["default"]), Value::Null] {
        assert_eq!(value::told::<Option<String>>(|| Ok(unreadable)), None);
    }
    assert_eq!(value::told::<Value>(|| value::integer(json!("300"))), json!(300));
    assert_eq!(value::told::<Value>(|| value::integer(json!("soon"))), Value::Null);
}
