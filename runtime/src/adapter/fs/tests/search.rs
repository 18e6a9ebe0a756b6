//! Lines that are looked for and replaced.

use std::{fs, os::unix::fs::symlink, process::Command};

use serde_json::{Value, json};

use super::{Operation, Stage, code};
use crate::guest::tests::local::{Local, each_of};

impl Stage {
    /// A file, with the folders above it.
    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.sandbox.home().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    async fn grep(&self, request: Value) -> Value {
        self.call(Operation::Grep, request).await.expect("an answer")
    }

    /// Paths and line numbers of what matches.
    async fn matches(&self, request: Value) -> Vec<String> {
        let answer = self.grep(request).await;
        let matches = answer["matches"].as_array().expect("matches");
        let place = |found: &Value| format!("{}:{}", found["path"].as_str().expect("a path"), found["line"]);
        matches.iter().map(place).collect()
    }

    async fn sed(&self, request: Value) -> Value {
        self.call(Operation::Sed, request).await.expect("an answer")
    }
}

#[tokio::test]
async fn lines_are_found_in_whatever_files_there_are() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        stage.put("d/a.txt", "one\nTwo\r\nthree two\n\ntwo");
        stage.put("d/-n/it's \"quoted\"\n$x", "two");
        stage.put("d/sub/deep/b.txt", format!("{}two\n", "x\n".repeat(3000)));
        stage.put("d/binary", b"two\0two\n");
        stage.put("d/latin", b"two \xff\nof two\n");
        stage.put("d/empty", "");
        stage.put("outside/f", "two\n");
        let home = stage.sandbox.home();
        symlink("../outside", home.join("d/link")).expect("a link");
        symlink("../outside/f", home.join("d/file link")).expect("a link");
        assert!(
            Command::new("mkfifo")
                .arg(home.join("d/fifo"))
                .status()
                .expect("mkfifo")
                .success()
        );
        let expected = [
            "d/-n/it's \"quoted\"\n$x:1",
            "d/a.txt:3",
            "d/a.txt:5",
            "d/latin:2",
            "d/sub/deep/b.txt:3001",
        ];
        assert_eq!(stage.matches(json!({"path": "d", "pattern": "two"})).await, expected);
        assert_eq!(
            stage.matches(json!({"path": "d/", "pattern": "^two$"})).await,
            ["d/-n/it's \"quoted\"\n$x:1", "d/a.txt:5", "d/sub/deep/b.txt:3001"]
        );
        let found = stage
            .grep(json!({"path": "d/a.txt", "pattern": "^TWO$", "ignore_case": true}))
            .await;
        let rows = json!([
            {"path": "d/a.txt", "line": 2, "content": "Two"},
            {"path": "d/a.txt", "line": 5, "content": "two"},
        ]);
        assert_eq!(found, json!({"matches": rows, "truncated": false}));
        let outside = stage.matches(json!({"path": "d/link", "pattern": "two"})).await;
        assert_eq!(outside, ["d/link/f:1"]);
        assert_eq!(
            stage.matches(json!({"path": "d/file link", "pattern": "two"})).await,
            ["d/file link:1"]
        );
        let absolute = home.join("outside");
        let found = stage.matches(json!({"path": absolute, "pattern": "."})).await;
        assert_eq!(found, [format!("{}/f:1", absolute.display())]);
    }
}

#[tokio::test]
async fn globs_say_which_files_are_read() {
    let stage = Stage::usual();
    for path in ["d/a.rs", "d/b.py", "d/src/a.rs", "d/src/deep/c.rs"] {
        stage.put(path, "x");
    }
    for (include, exclude, expected) in [
        (
            json!(["*.rs"]),
            json!([]),
            vec!["d/a.rs:1", "d/src/a.rs:1", "d/src/deep/c.rs:1"],
        ),
        (json!(["src/*.rs"]), json!(null), vec!["d/src/a.rs:1"]),
        (json!(null), json!(["src/**"]), vec!["d/a.rs:1", "d/b.py:1"]),
        (json!(["**/*.rs"]), json!(["a.*"]), vec!["d/src/deep/c.rs:1"]),
    ] {
        let request = json!({"path": "d", "pattern": "x", "include_glob": include, "exclude_glob": exclude});
        assert_eq!(stage.matches(request).await, expected, "{include} {exclude}");
    }
    let one = json!({"path": "d/a.rs", "pattern": "x", "include_glob": ["*.py"]});
    assert_eq!(stage.matches(one).await, <[&str; 0]>::default());
}

#[tokio::test]
async fn more_lines_and_longer_ones_than_are_wanted_are_cut() {
    let stage = Stage::usual();
    stage.put("f", "x1\nx2\nx3\n");
    for (most, count, truncated) in [(2, 2, true), (3, 3, false), (4, 3, false)] {
        let found = stage
            .grep(json!({"path": "f", "pattern": "x", "max_matches": most}))
            .await;
        let matches = found["matches"].as_array().expect("matches");
        assert_eq!(
            (matches.len(), &found["truncated"]),
            (count, &json!(truncated)),
            "{most}"
        );
    }
    stage.put("long", "aaüa\nshort\n");
    for (most, content) in [(2, "aa…"), (3, "aa…"), (4, "aaü…"), (5, "aaüa")] {
        let found = stage
            .grep(json!({"path": "long", "pattern": "ü", "max_line_bytes": most}))
            .await;
        assert_eq!(found["matches"][0]["content"], content, "{most}");
    }
    stage.put("many", format!("{}\n", "y".repeat(5000)).repeat(3));
    let found = stage.grep(json!({"path": "many", "pattern": "y"})).await;
    assert_eq!(
        found["matches"][2]["content"].as_str().map(str::len),
        Some(4096 + "…".len())
    );
}

#[tokio::test]
async fn an_answer_has_an_end_whatever_is_asked_for() {
    let stage = Stage::of(Local::usual().with_output(1 << 20));
    stage.put("f", format!("{}\n", "y".repeat(99_999)).repeat(120));
    let found = stage
        .grep(json!({"path": "f", "pattern": "y", "max_line_bytes": 1_000_000}))
        .await;
    let matches = found["matches"].as_array().expect("matches");
    assert_eq!((matches.len() < 120, &found["truncated"]), (true, &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_looked_for_has_its_code() {
    let stage = Stage::usual();
    stage.put("d/f", "x");
    symlink("nowhere", stage.sandbox.home().join("to nothing")).expect("a link");
    let recursive = ("S210", json!({"recursive": true}));
    for (fields, refusal) in [
        (json!({"path": "missing", "pattern": "x"}), code("S211")),
        (json!({"path": "to nothing", "pattern": "x"}), code("S211")),
        (json!({"path": "d/f/g", "pattern": "x"}), code("S212")),
        (json!({"path": "/dev/zero", "pattern": "x"}), code("S212")),
        (json!({"path": "d", "pattern": "x", "recursive": false}), recursive),
        (json!({"path": "d", "pattern": "("}), code("S217")),
        (json!({"path": "d", "pattern": "(?=x)"}), code("S217")),
        (json!({"path": "d", "pattern": "(\\w{1000}){1000}"}), code("S217")),
        (
            json!({"path": "d", "pattern": "x", "include_glob": ["["]}),
            code("S210"),
        ),
        (json!({"path": "", "pattern": "x"}), code("S210")),
        (json!({"path": "d"}), code("S001")),
        (
            json!({"path": "d", "pattern": "x", "include_glob": "*.rs"}),
            code("S001"),
        ),
        (json!({"path": "d", "pattern": "x", "max_matches": -1}), code("S001")),
    ] {
        for operation in [Operation::Grep, Operation::Sed] {
            let mut request = fields.clone();
            request["replacement"] = json!("y");
            if operation == Operation::Sed && fields.get("max_matches").is_some() {
                continue;
            }
            assert_eq!(stage.refused(operation, request).await, refusal, "{fields}");
        }
    }
    assert_eq!(stage.sandbox.file("d/f"), b"x");
}

/// Of sparse files, which take no room here.
#[tokio::test]
async fn more_text_than_is_fetched_is_s219_and_what_is_no_text_does_not_count() {
    let stage = Stage::of(Local::usual().with_output(1 << 20));
    let large = |path: &str, begin: &[u8]| {
        stage.put(path, begin);
        let file = fs::File::options()
            .write(true)
            .open(stage.sandbox.home().join(path))
            .expect("a file");
        file.set_len(65 << 20).expect("a long file");
    };
    large("binaries/one", b"\0");
    large("binaries/two", b"x\0");
    stage.put("binaries/text", "x");
    assert_eq!(
        stage.matches(json!({"path": "binaries", "pattern": "x"})).await,
        ["binaries/text:1"]
    );
    stage.put("more/a.rs", "x\n".repeat(10_001));
    large("more/b", b"y");
    let enough = stage.grep(json!({"path": "more", "pattern": "x"})).await;
    assert_eq!(
        enough["truncated"], true,
        "as many as are answered come before what is too much"
    );
    large("texts/one", &[b'x'; 10_000]);
    stage.put("texts/two.rs", "x");
    let refused = stage
        .call(Operation::Grep, json!({"path": "texts", "pattern": "x"}))
        .await
        .expect_err("it is refused");
    assert_eq!(
        (refused.code().name(), refused.payload()["fix_note"].is_string()),
        ("S219", true)
    );
    assert_eq!(
        stage
            .refused(Operation::Grep, json!({"path": "texts/one", "pattern": "x"}))
            .await,
        code("S219")
    );
    let fewer = json!({"path": "texts", "pattern": "x", "include_glob": ["*.rs"]});
    assert_eq!(stage.matches(fewer).await, ["texts/two.rs:1"]);
}

#[tokio::test]
async fn many_files_take_few_programs() {
    let stage = Stage::of(Local::usual().with_line(96 * 1024).with_output(1 << 20));
    for number in 0..500 {
        stage.put(&format!("d/{}/file {number}", number % 7), format!("line {number}\n"));
    }
    let found = stage.matches(json!({"path": "d", "pattern": "line \\d*7$"})).await;
    assert_eq!(found.len(), 50);
    assert!(stage.sandbox.programs() <= 3, "{}", stage.sandbox.programs());
}

#[tokio::test]
async fn what_matches_is_replaced_and_nothing_else_changes() {
    for sandbox in each_of() {
        let stage = Stage::of(sandbox);
        stage.put("d/a.txt", "one two two\r\ntwo\nnone");
        stage.put("d/b.txt", "nothing here\n");
        stage.put("d/c/-n 'x'", format!("{}two", "x\n".repeat(4000)));
        stage.put("d/binary", b"two\0");
        stage.sandbox.set_mode("d/a.txt", 0o4710);
        let answer = stage
            .sed(json!({"path": "d", "pattern": "t(w)o$", "replacement": "<$1$$>"}))
            .await;
        let rows = json!([
            {"path": "d/a.txt", "replacements": 2, "success": true},
            {"path": "d/b.txt", "replacements": 0, "success": true},
            {"path": "d/binary", "replacements": 0, "success": false, "error": "[S212] it is no text in UTF-8"},
            {"path": "d/c/-n 'x'", "replacements": 1, "success": true},
        ]);
        assert_eq!(answer, json!({"results": rows, "total_replacements": 3}));
        assert_eq!(stage.sandbox.file("d/a.txt"), b"one two <w$>\r\n<w$>\nnone");
        assert_eq!(stage.sandbox.mode("d/a.txt"), 0o4710);
        assert!(stage.sandbox.file("d/c/-n 'x'").ends_with(b"x\n<w$>"));
        assert_eq!(stage.sandbox.file("d/binary"), b"two\0");
        assert_eq!(stage.sandbox.names(), ["d"]);
    }
}

#[tokio::test]
async fn how_often_and_by_what_it_is_replaced_is_said() {
    for (fields, expected) in [
        (json!({"pattern": "a", "replacement": "b"}), "b.b B\nb.b A\n"),
        (
            json!({"pattern": "a", "replacement": "b", "first_only": true}),
            "b.a B\nb.a A\n",
        ),
        (
            json!({"pattern": "a.", "replacement": "$0", "regex": false}),
            "a.a B\na.a A\n",
        ),
        (
            json!({"pattern": "a.", "replacement": "$0!", "regex": false, "ignore_case": true}),
            "$0!a B\n$0!a A\n",
        ),
        (
            json!({"pattern": "A", "replacement": "c", "ignore_case": true}),
            "c.c B\nc.c c\n",
        ),
        (
            json!({"pattern": "(?P<l>[AB])$", "replacement": "${l}x"}),
            "a.a Bx\na.a Ax\n",
        ),
        (json!({"pattern": "^", "replacement": "> "}), "> a.a B\n> a.a A\n"),
        (json!({"pattern": "\n", "replacement": "x"}), "a.a B\na.a A\n"),
        (json!({"pattern": "\\.", "replacement": ""}), "aa B\naa A\n"),
    ] {
        let stage = Stage::usual();
        // A literal dot that is one, so that `a.` says whether it is taken for a pattern.
        stage.put("f", "a.a B\na.a A\n");
        let mut request = fields.clone();
        request["path"] = json!("f");
        stage.sed(request).await;
        let file = String::from_utf8(stage.sandbox.file("f")).expect("a text");
        let expected = match fields["regex"] == false && fields["ignore_case"] != true {
            true => "$0a B\n$0a A\n",
            false => expected,
        };
        assert_eq!(file, expected, "{fields}");
    }
}

#[tokio::test]
async fn a_bad_file_only_marks_its_row() {
    let stage = Stage::usual();
    stage.put("good", "x");
    stage.put("d/f", "x");
    stage.put("binary", b"x\0");
    symlink("good", stage.sandbox.home().join("link")).expect("a link");
    let files = ["missing", "d", "binary", "good", "good", "link"];
    let answer = stage
        .sed(json!({"files": files, "pattern": "x$", "replacement": "xx"}))
        .await;
    let rows = answer["results"].as_array().expect("rows");
    let row = |row: &Value| {
        let error = row["error"].as_str().map(|error| error[..6].to_owned());
        (
            row["path"].as_str().expect("a path").to_owned(),
            row["success"] == true,
            error,
        )
    };
    let bad = |path: &str, error: &str| (path.to_owned(), false, Some(format!("[{error}]")));
    let rows: Vec<_> = rows.iter().map(row).collect();
    assert_eq!(
        rows[..3],
        [bad("missing", "S211"), bad("d", "S212"), bad("binary", "S212")]
    );
    assert_eq!(rows[3], ("good".to_owned(), true, None));
    assert_eq!(rows.len(), 5);
    assert!(stage.sandbox.home().join("link").is_symlink());
}

#[tokio::test]
async fn which_files_are_meant_is_said_in_one_way() {
    let stage = Stage::usual();
    for fields in [
        json!({}),
        json!({"files": []}),
        json!({"files": ["f"], "path": "f"}),
        json!({"files": [""]}),
        json!({"path": "f", "pattern": "", "regex": false}),
    ] {
        let mut request = json!({"pattern": "x", "replacement": "y"});
        request
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("an object").clone());
        assert_eq!(stage.refused(Operation::Sed, request).await, code("S210"), "{fields}");
    }
    let request = json!({"path": "f", "pattern": "x"});
    assert_eq!(stage.refused(Operation::Sed, request).await, code("S001"));
    assert_eq!(stage.sandbox.programs(), 0);
}

/// Whoever has written meanwhile keeps what he wrote.
#[tokio::test]
async fn a_file_that_changes_before_it_is_written_is_left_alone() {
    let changes = Local::usual().between(|home, number| {
        if number == 2 {
            fs::write(home.join("d/f"), "x and more").expect("a file");
        }
    });
    let stage = Stage::of(changes);
    stage.put("d/f", "x");
    let answer = stage
        .sed(json!({"path": "d", "pattern": "x", "replacement": "y"}))
        .await;
    assert_eq!(
        (&answer["results"][0]["success"], &answer["total_replacements"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(stage.sandbox.file("d/f"), b"x and more");
    assert_eq!(
        fs::read_dir(stage.sandbox.home().join("d")).expect("a folder").count(),
        1
    );
}
