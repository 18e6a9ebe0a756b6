//! Operators that choose among values or put them together.

use provider_runtime::value::{self, FindJson, OmitIf};
use serde_json::{Value, json};

use super::refuses;

#[test]
fn first_max_and_min_skip_what_is_absent() {
    let some = || [None, Some(3_u64), Some(7), Some(2)];
    assert_eq!(value::first(some()), Some(3));
    assert_eq!(value::max(some()), Ok(Some(7)));
    assert_eq!(value::min(some()), Ok(Some(2)));
    assert_eq!(value::first([None::<String>]), None);
    assert_eq!(value::max([None::<i64>]), Ok(None));
    assert_eq!(value::min([None::<i64>; 0]), Ok(None));
    assert_eq!(
        value::max([i128::from(-1), i128::from(u64::MAX)]),
        Ok(Some(i128::from(u64::MAX)))
    );
}

#[test]
fn of_json_first_max_and_min_take_what_is_there() {
    let some = || [Value::Null, json!(3), json!(7.0), json!(2)];
    assert_eq!(value::first(some()), json!(3));
    assert_eq!(value::max(some()), Ok(Some(7)));
    assert_eq!(value::min(some()), Ok(Some(2)));
    assert_eq!(value::first([Value::Null]), Value::Null);
    assert_eq!(value::max([Value::Null]), Ok(None));
    refuses(
        |value| value::max([json!(1), value]),
        "`max` takes a whole number",
        [json!("2"), json!(0.5)],
    );
}

#[test]
fn sum_adds_what_is_there() {
    assert_eq!(value::sum([Some(2_i64), None, Some(-1)]), Ok(Some(1)));
    assert_eq!(value::sum([None::<u64>]), Ok(None));
    assert_eq!(value::sum([json!(2), Value::Null, json!(3.0), json!(-1)]), Ok(Some(4)));
    refuses(
        |value| value::sum([json!(1), value]),
        "`sum` takes a whole number",
        [json!("2"), json!(0.5)],
    );
    refuses(|more| value::sum([u64::MAX, more]), "`sum` takes smaller numbers", [1]);
}

#[test]
fn concat_opens_lists_once() {
    assert_eq!(
        value::concat([vec!["ls"], vec![], vec!["-l", "-a"]]),
        ["ls", "-l", "-a"]
    );
    let given = [json!("ls"), Value::Null, json!(["-l", ["deep"], null]), json!({})];
    assert_eq!(value::concat(given), json!(["ls", "-l", ["deep"], null, {}]));
    assert_eq!(value::concat([Value::Null]), json!([]));
}

#[test]
fn omit_if_leaves_out_what_is_listed() {
    let omit = |value: &str| {
        value::omit_if(OmitIf {
            value: Some(value.to_owned()),
            r#in: vec![String::new(), "default".to_owned()],
        })
    };
    assert_eq!(omit("x"), Some("x".to_owned()));
    assert_eq!(omit(""), None);
    assert_eq!(omit("default"), None);
}

#[test]
fn of_json_omit_if_compares_numbers_as_numbers() {
    let omit = |value: Value| {
        let unwanted = [json!(""), json!("default"), json!(0), json!({"a": [1]})];
        value::omit_if(OmitIf {
            value: Some(value),
            r#in: unwanted.to_vec(),
        })
    };
    for (value, kept) in [
        (json!("x"), true),
        (json!(""), false),
        (json!(0.0), false),
        (json!({"a": [1.0]}), false),
        (json!("0"), true),
    ] {
        assert_eq!(omit(value.clone()).is_some(), kept, "{value}");
    }
}

#[test]
fn find_gives_the_first_item_that_fits() {
    let ports = [Some(80_i64), None, Some(8080), Some(8080)];
    let find = |wanted: Option<i64>| {
        value::find(&ports, wanted, |port, wanted| value::is(port.as_ref(), wanted))
            .copied()
            .flatten()
    };
    assert_eq!(find(Some(8080)), Some(8080));
    assert_eq!(find(Some(1)), None);
    assert_eq!(find(None), None);
}

#[test]
fn of_json_find_takes_a_field_of_the_first_object_that_fits() {
    let routes = json!([1, {"port": 80, "url": "a"}, {"port": 8080, "up": true, "url": "b"}, {"port": 8080, "url": "c"}, {"url": "d"}]);
    let find = |r#where: Value, take: &str| {
        value::find_json(FindJson {
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
    assert_eq!(value::find_json(FindJson::default()), Ok(Value::Null));
    refuses(
        |list| {
            value::find_json(FindJson {
                r#in: list,
                ..FindJson::default()
            })
        },
        "`find` takes a list as `in`",
        [json!({}), json!("a")],
    );
}

#[test]
fn what_may_not_fit_is_none() {
    assert_eq!(value::fit::<i64>(u64::MAX), None);
    assert_eq!(value::fit::<i64>(7_u64), Some(7));
    assert_eq!(value::fit::<Option<u64>>(Some(-1_i64)), None);
    assert_eq!(value::fit::<Option<u64>>(None::<i64>), Some(None));
    assert_eq!(value::fit::<String>(None::<String>), None);
    assert_eq!(value::fit::<String>(json!("a")), Some("a".to_owned()));
    assert_eq!(value::fit::<String>(json!(1)), None);
    assert_eq!(value::fit::<f64>(2_u64), Some(2.0));
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
fn a_map_leaves_out_what_is_absent() {
    let map: std::collections::BTreeMap<String, u64> = value::map([("b", Some(1)), ("gone", None)]);
    assert_eq!(map, [("b".to_owned(), 1)].into());
}

#[test]
fn what_is_told_and_cannot_be_read_is_absent() {
    assert_eq!(
        value::read::<Option<String>>(json!("default")),
        Some("default".to_owned())
    );
    for unreadable in [json!(5), json!(["default"]), Value::Null] {
        assert_eq!(value::read::<Option<String>>(unreadable), None);
    }
    assert_eq!(value::told(|| value::integer(json!("300"))), Some(300));
    assert_eq!(value::told(|| value::integer(json!("soon"))), None);
}

#[test]
fn an_id_is_a_segment_of_a_path() {
    assert_eq!(value::id("a-1".to_owned()), "a-1");
    assert_eq!(value::id(json!(12)), "12");
    for none in [json!("a/b"), json!(1.5), json!(["a"]), Value::Null] {
        assert_eq!(value::id(none), "");
    }
    assert_eq!(value::id(None::<String>), "");
}
