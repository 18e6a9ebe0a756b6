//! Single fields: what each keyword and format of a schema lets through, and what it says of the rest.

use provider_runtime::input::{InputSchema, is_path_segment};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{of, refuses};

fn image() -> InputSchema {
    of(
        "image",
        true,
        json!({"type": "string", "format": "not-blank", "maxLength": 1024}),
    )
}

fn count() -> InputSchema {
    of(
        "count",
        false,
        json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 2}),
    )
}

#[test]
fn a_default_stands_for_an_absent_field_and_for_a_null() {
    assert_eq!(count().read(json!({})), Ok(json!({"count": 2})));
    assert_eq!(count().read(json!({"count": null})), Ok(json!({"count": 2})));
    assert_eq!(count().read(json!({"count": 100})), Ok(json!({"count": 100})));
}

#[test]
fn an_image_is_not_blank() {
    let blank = "`image` must not be blank or have control characters";
    refuses(
        &image(),
        &[
            (json!({}), "`image` is missing"),
            (json!({"image": null}), "`image` must be a string"),
            (json!({"image": 5}), "`image` must be a string"),
            (json!({"image": ""}), blank),
            (json!({"image": " \u{a0}\t"}), blank),
            (json!({"image": "a\nb"}), blank),
            (
                json!({"image": "a".repeat(1025)}),
                "`image` must have 1024 characters or less",
            ),
        ],
    );
    assert!(image().read::<Value>(json!({"image": "é".repeat(1024)})).is_ok());
}

#[test]
fn numbers_say_their_range() {
    let range = "`count` must be a whole number from 1 to 100";
    let wrong = [
        json!(0),
        json!(101),
        json!(-1),
        json!(2.5),
        json!("2"),
        json!(true),
        json!([]),
    ];
    refuses(&count(), &wrong.map(|count| (json!({"count": count}), range)));
    let port = of("port", true, json!({"type": "integer", "minimum": 1, "maximum": 65535}));
    refuses(
        &port,
        &[(json!({"port": 65536}), "`port` must be a whole number from 1 to 65535")],
    );
    let least = of("n", true, json!({"type": "integer", "minimum": 1}));
    refuses(&least, &[(json!({"n": 0}), "`n` must be a whole number, 1 or more")]);
}

#[test]
fn other_keywords_are_said_in_words_too() {
    let kind = of("kind", true, json!({"type": "string", "enum": ["a", "b"]}));
    refuses(&kind, &[(json!({"kind": "c"}), "`kind` must be one of [\"a\",\"b\"]")]);
    let tags = of("tags", true, json!({"type": "array", "minItems": 1, "maxItems": 2}));
    refuses(&tags, &[(json!({"tags": []}), "`tags` must not be empty")]);
    refuses(
        &tags,
        &[(json!({"tags": [1, 2, 3]}), "`tags` must have 2 entries or less")],
    );
    let nested = of(
        "at",
        true,
        json!({"type": "object", "required": ["x"], "properties": {"x": {"type": "boolean"}}}),
    );
    refuses(
        &nested,
        &[
            (json!({"at": {}}), "`at.x` is missing"),
            (json!({"at": {"x": 0}}), "`at.x` must be true or false"),
        ],
    );
    let pattern = of("p", true, json!({"type": "string", "pattern": "^a"}));
    refuses(&pattern, &[(json!({"p": "b"}), "`p` is not as the schema says")]);
}

#[test]
fn a_number_that_the_type_cannot_hold_is_bad_input() {
    #[derive(Debug, Deserialize)]
    struct Small {
        #[expect(dead_code)]
        n: u64,
    }
    let schema = of("n", true, json!({"type": "integer"}));
    for n in [json!(-1), json!(1e300)] {
        let error = schema.read::<Small>(json!({"n": n})).expect_err("too large");
        assert_eq!(error.message(), "[S001] bad input: `n` is out of range");
    }
}

#[test]
fn a_format_that_nothing_checks_is_refused_at_the_start() {
    let build = |format: &str| {
        let field = json!({"type": "string", "format": format});
        std::panic::catch_unwind(|| of("x", true, field)).is_ok()
    };
    assert!(build("no-nul"));
    assert!(!build("no-such-format"));
}

#[test]
fn a_path_segment_stays_one() {
    for good in [
        "a",
        "morphvm_abc123",
        "a.b",
        "...",
        "a:b@c+d&e=f",
        "~",
        "ünïcode",
        "日本",
        &"a".repeat(256),
    ] {
        assert!(is_path_segment(good), "{good:?}");
    }
    let bad = [
        "", ".", "..", "a/b", "a?b", "a#b", "%2e%2e", "a\\b", "..;a", " ", "a b", "a\n", "\0", "\u{7f}",
    ];
    let invisible = [
        "a\u{200b}",
        "\u{202e}a",
        "\u{feff}",
        "\u{ad}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{e0041}",
    ];
    let normalising = ["\u{ff0e}\u{ff0e}", "a\u{ff0f}b", "\u{2024}", "\u{2100}"];
    for text in bad.into_iter().chain(invisible).chain(normalising) {
        assert!(!is_path_segment(text), "{text:?}");
    }
    assert!(!is_path_segment(&"é".repeat(129)));
}
