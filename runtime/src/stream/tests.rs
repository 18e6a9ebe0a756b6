//! Streams however they are cut into chunks, and wherever they break off.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::json;

use super::{output::Output, *};

const fn told(at: &'static str, only: &'static [Only]) -> Told {
    Told { at, only }
}

const NEVER: TimedOut = TimedOut { errors: &[], end: &[] };

/// Base64 in fields of their own, and an end that leaves zeros out.
static CONNECT: Stream = Stream {
    framing: Framing::Connect,
    stdout: Some(Pieces {
        of: told(".event.data.stdout", &[]),
        base64: true,
    }),
    stderr: Some(Pieces {
        of: told(".event.data.stderr", &[]),
        base64: true,
    }),
    end: told(".event.end", &[]),
    fail: None,
    exit_code: Some(ExitCode {
        at: ".exitCode",
        zero: &[(".exited", Test::Is(&["true"]))],
    }),
    timed_out: TimedOut {
        errors: &["deadline_exceeded"],
        end: &[(".status", Test::Is(&["signal: killed"]))],
    },
    of_shell: false,
};

/// What an event is is said by its name, and its data may be text.
static SSE: Stream = Stream {
    framing: Framing::Sse,
    stdout: Some(Pieces {
        of: told(".data", &[(".event", Test::Is(&["stdout"]))]),
        base64: false,
    }),
    stderr: Some(Pieces {
        of: told(".data.text", &[(".event", Test::Is(&["stderr"]))]),
        base64: false,
    }),
    end: told(".data", &[(".event", Test::Is(&["exit"]))]),
    fail: Some(told(".data", &[(".event", Test::Is(&["error"]))])),
    exit_code: Some(ExitCode { at: ".code", zero: &[] }),
    timed_out: NEVER,
    of_shell: false,
};

/// What a line is is said by a field of it.
static LINES: Stream = Stream {
    framing: Framing::Lines,
    stdout: Some(Pieces {
        of: told(".data", &[(".stream", Test::Is(&["stdout"]))]),
        base64: false,
    }),
    stderr: Some(Pieces {
        of: told(".data", &[(".stream", Test::Is(&["stderr"]))]),
        base64: false,
    }),
    end: told(".command.exitCode", &[]),
    fail: Some(told(".error", &[])),
    exit_code: Some(ExitCode { at: "", zero: &[] }),
    timed_out: NEVER,
    of_shell: false,
};

fn envelope(flags: u8, message: &str) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a length");
    [&[flags], length.to_be_bytes().as_slice(), message.as_bytes()].concat()
}

/// `héllo` and `wörld`, each cut within its second character.
fn connect() -> Vec<u8> {
    let piece = |stream: &str, bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        envelope(0, &format!(r#"{{ "event": {{"data":{{"{stream}":"{text}"}}}} }}"#))
    };
    [
        envelope(0, r#"{"event":{"start":{"pid":7}}}"#),
        piece("stdout", b"h\xc3"),
        envelope(0, r#"{"event":{"keepalive":{}}}"#),
        piece("stderr", b"w\xc3"),
        piece("stdout", b"\xa9llo"),
        envelope(0, r#"{"never":"heard of"}"#),
        piece("stderr", b"\xb6rld"),
        envelope(0, r#"{"event":{"end":{"exited":true,"status":"exit status 0"}}}"#),
        envelope(2, "{}"),
    ]
    .concat()
}

const EVENTS: &str = "\u{feff}: hello\r\n\r\nid: 1\nevent: stdout\rdata: h\u{e9}\ndata:llo\r\n\r\n\
    event: ping\n\nretry: 5\n\ndata: {\"neither\": 1}\n\nevent: stderr\ndata: {\"text\":\"w\u{f6}rld\"}\n\n\
    event: stdout\ndata: {\"a\":1}\n\nevent: exit\ndata: {\"code\":3,\ndata:  \"more\":[]}\n\n";

const JSON_LINES: &str = "{\"command\":{\"exitCode\":null}}\r\n\n\
    {\"stream\":\"stdout\",\"data\":\"h\u{e9}\"}\n\x1e {\"stream\":\"stderr\",\"data\":\"w\\u00f6rld\"}\n\
    {\"stream\":\"other\",\"data\":7}\n[]\n{\"stream\":\"stdout\",\"data\":\"llo\"}\n{\"command\":{\"exitCode\":3}}\n";

fn streamed(stdout: &str, stderr: &str, exit_code: i64, end: Value) -> Streamed {
    Streamed {
        exit_code,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
        end,
        ..Streamed::default()
    }
}

/// Each framing with a stream that has everything, and what comes of it.
fn whole() -> [(&'static Stream, Vec<u8>, Streamed); 3] {
    let end = json!({"exited": true, "status": "exit status 0"});
    [
        (&CONNECT, connect(), streamed("h\u{e9}llo", "w\u{f6}rld", 0, end)),
        (
            &SSE,
            EVENTS.as_bytes().to_vec(),
            streamed("h\u{e9}\nllo{\"a\":1}", "w\u{f6}rld", 3, json!({"code": 3, "more": []})),
        ),
        (
            &LINES,
            JSON_LINES.as_bytes().to_vec(),
            streamed("h\u{e9}llo", "w\u{f6}rld", 3, json!(3)),
        ),
    ]
}

fn limits() -> Limits {
    Limits {
        kept: Kept::Ends,
        output: 1000,
        event: 1000,
        over: Instant::now() + Duration::from_secs(3600),
    }
}

fn read_chunks<'c>(
    stream: &Stream,
    limits: Limits,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Streamed, Broken> {
    let chunks = chunks.into_iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk)));
    futures::executor::block_on(read(stream, limits, futures::stream::iter(chunks)))
}

fn read_whole(stream: &Stream, bytes: &[u8]) -> Result<Streamed, Broken> {
    read_chunks(stream, limits(), [bytes])
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    for (stream, bytes, expected) in whole() {
        assert_eq!(read_whole(stream, &bytes).as_ref(), Ok(&expected));
        assert_eq!(read_chunks(stream, limits(), bytes.chunks(1)).as_ref(), Ok(&expected));
        for cut in 0..bytes.len() {
            let (one, other) = bytes.split_at(cut);
            assert_eq!(
                read_chunks(stream, limits(), [one, other]).as_ref(),
                Ok(&expected),
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn a_stream_that_breaks_off_anywhere_has_failed() {
    for (stream, bytes, expected) in whole() {
        // A last line may do without its end.
        let shortest = bytes.len() - usize::from(stream.framing == Framing::Lines);
        for end in 0..shortest {
            let result = read_whole(stream, &bytes[..end]);
            assert_eq!(result, Err(Broken::Unfinished(None)), "{:?} at {end}", stream.framing);
        }
        assert_eq!(read_whole(stream, &bytes[..shortest]), Ok(expected));
    }
}

proptest! {
    #[test]
    fn chunks_of_any_size_say_the_same(sizes in prop::collection::vec(1_usize..40, 1..60)) {
        for (stream, bytes, expected) in whole() {
            let mut rest = bytes.as_slice();
            let mut chunks = Vec::new();
            for size in sizes.iter().cycle() {
                let (chunk, after) = rest.split_at((*size).min(rest.len()));
                chunks.push(chunk);
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read_chunks(stream, limits(), chunks), Ok(expected));
        }
    }

    #[test]
    fn noise_is_never_an_end(noise in prop::collection::vec(any::<u8>(), 0..400), framing in 0_usize..3) {
        let (stream, ..) = &whole()[framing];
        prop_assert!(read_whole(stream, &noise).is_err());
    }

    #[test]
    fn a_byte_that_is_another_never_makes_an_answer_of_half_a_stream(at in 0_usize..1000, byte in any::<u8>()) {
        for (stream, mut bytes, expected) in whole() {
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(streamed) = read_whole(stream, &bytes) {
                prop_assert_eq!(streamed.end.is_null(), expected.end.is_null());
            }
        }
    }

    #[test]
    fn of_long_output_both_ends_are_kept(
        pieces in prop::collection::vec("[a\u{e9}\u{20ac}\u{1f600}]{0,9}", 0..30),
        limit in 1_usize..90,
    ) {
        let all = pieces.concat();
        let mut output = Output::new(limit, Kept::Ends);
        // Characters may come in two pieces.
        for piece in all.as_bytes().chunks(3) {
            output.push(piece);
        }
        let (text, is_truncated) = output.text();
        prop_assert_eq!(is_truncated, all.len() > limit);
        prop_assert!(text.len() <= limit, "{} bytes", text.len());
        if is_truncated {
            let first = (0..=text.len()).rev().find(|at| text.is_char_boundary(*at) && all.starts_with(&text[..*at]));
            let kept = first.expect("a begin");
            prop_assert!(all.ends_with(&text[kept..]), "{} of {}", text, all);
            prop_assert!(text.len() + 6 >= limit, "{} bytes of {limit}", text.len());
        } else {
            prop_assert_eq!(text, all);
        }
    }
}

#[test]
fn of_long_output_the_beginning_alone_can_be_kept() {
    let mut output = Output::new(7, Kept::Beginning);
    for piece in ["abc", "d\u{e9}", "\u{e9}", "rest"] {
        output.push(piece.as_bytes());
    }
    assert_eq!(output.text(), ("abcd\u{e9}".to_owned(), true));
}

#[test]
fn what_is_no_character_spoils_no_other() {
    let piece = |bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        envelope(0, &format!(r#"{{"event":{{"data":{{"stdout":"{text}"}}}}}}"#))
    };
    let end = envelope(0, r#"{"event":{"end":{"exitCode":1}}}"#);
    let bytes = [piece(b"a\xffb"), piece(b"\xc3"), end, envelope(2, "{}")].concat();
    let read = read_whole(&CONNECT, &bytes).expect("a stream");
    assert_eq!(read.stdout, "a\u{fffd}b\u{fffd}");
}

#[test]
fn an_error_in_place_of_the_end_is_a_refusal_only_if_nothing_came_before() {
    let start = envelope(0, r#"{"event":{"start":{"pid":7}}}"#);
    let end = envelope(0, r#"{"event":{"end":{"exited":true}}}"#);
    let error = |code: &str| {
        envelope(
            2,
            &format!(r#"{{"error":{{"code":"{code}","message":"m"}},"metadata":{{}}}}"#),
        )
    };
    for (code, status) in [
        ("unauthenticated", 401),
        ("invalid_argument", 400),
        ("resource_exhausted", 429),
        ("never_heard_of", 500),
    ] {
        assert_eq!(
            read_whole(&CONNECT, &error(code)),
            Err(Broken::Refused(status)),
            "{code}"
        );
        for before in [&start, &end] {
            let bytes = [before.as_slice(), &error(code)].concat();
            assert_eq!(
                read_whole(&CONNECT, &bytes),
                Err(Broken::Failed(Some(status))),
                "{code}"
            );
        }
    }
    let bytes = envelope(2, r#"{"error":{}}"#);
    assert_eq!(read_whole(&CONNECT, &bytes), Err(Broken::Refused(500)));
}

#[test]
fn an_exit_code_that_is_not_there_is_zero_only_if_the_end_says_so() {
    let end = |end: &str| {
        let bytes = [
            envelope(0, &format!(r#"{{"event":{{"end":{end}}}}}"#)),
            envelope(2, "{}"),
        ]
        .concat();
        read_whole(&CONNECT, &bytes).map(|streamed| streamed.exit_code)
    };
    assert_eq!(end(r#"{"exited":true}"#), Ok(0));
    assert_eq!(end(r#"{"exited":true,"exitCode":2.0}"#), Ok(2));
    assert_eq!(end(r#"{"exitCode":-1}"#), Ok(-1));
    for none in ["{}", r#"{"exited":false}"#, r#"{"exited":true,"exitCode":"2"}"#] {
        assert_eq!(end(none), Err(Broken::Unreadable), "{none}");
    }
    let lines = "{\"command\":{\"exitCode\":\"?\"}}\n";
    assert_eq!(read_whole(&LINES, lines.as_bytes()), Err(Broken::Unreadable));
}

#[test]
fn an_end_frame_alone_is_no_end() {
    assert_eq!(read_whole(&CONNECT, &envelope(2, "{}")), Err(Broken::Unfinished(None)));
}

#[test]
fn time_that_was_over_is_told_by_an_error_or_by_an_end_that_came_no_sooner() {
    let piece = envelope(0, r#"{"event":{"data":{"stdout":"YQ=="}}}"#);
    let exceeded = envelope(2, r#"{"error":{"code":"deadline_exceeded"}}"#);
    let expected = Streamed {
        timed_out: true,
        ..streamed("a", "", 124, Value::Null)
    };
    assert_eq!(read_whole(&CONNECT, &[piece, exceeded].concat()), Ok(expected));

    let killed = r#"{"event":{"end":{"exitCode":-1,"status":"signal: killed"}}}"#;
    let killed = [envelope(0, killed), envelope(2, "{}")].concat();
    let read = |over| read_chunks(&CONNECT, Limits { over, ..limits() }, [killed.as_slice()]);
    let timed_out = |over| read(over).expect("a stream").timed_out;
    assert!(timed_out(Instant::now()));
    assert!(!timed_out(Instant::now() + Duration::from_secs(60)));
}

#[test]
fn an_event_that_tells_of_a_failure_fails_the_stream() {
    for (stream, bytes) in [
        (&SSE, "event: error\ndata: no\n\n"),
        (&LINES, "{\"error\":{\"code\":\"no\"}}\n"),
    ] {
        let bytes = bytes.as_bytes();
        assert_eq!(read_whole(stream, bytes), Err(Broken::Failed(None)));
    }
}

#[test]
fn what_is_large_is_refused_before_there_is_room_for_it() {
    let announced = [&[0], u32::MAX.to_be_bytes().as_slice()].concat();
    let line = "x".repeat(1001);
    let data = format!("data: {}\n", "x".repeat(600)).repeat(2);
    for (stream, bytes) in [
        (&CONNECT, announced.as_slice()),
        (&LINES, line.as_bytes()),
        (&SSE, line.as_bytes()),
        (&SSE, data.as_bytes()),
    ] {
        assert_eq!(read_whole(stream, bytes), Err(Broken::TooLarge), "{:?}", stream.framing);
    }
}

#[test]
fn what_is_compressed_or_no_json_or_no_text_is_refused() {
    for (bytes, broken) in [
        (envelope(1, "{}"), Broken::Compressed),
        (envelope(3, "{}"), Broken::Compressed),
        (envelope(128, "{}"), Broken::Unreadable),
        (envelope(0, "{"), Broken::Unreadable),
        (envelope(2, ""), Broken::Unreadable),
        (envelope(0, r#"{"event":{"data":{"stdout":"!"}}}"#), Broken::Unreadable),
        (envelope(0, r#"{"event":{"data":{"stdout":7}}}"#), Broken::Unreadable),
    ] {
        assert_eq!(read_whole(&CONNECT, &bytes), Err(broken), "{bytes:?}");
    }
    assert_eq!(read_whole(&LINES, b"<html>\n"), Err(Broken::Unreadable));
    for page in ["<html></html>", r#"{"error":"no such route"}"#] {
        assert_eq!(read_whole(&CONNECT, page.as_bytes()), Err(Broken::Unreadable), "{page}");
    }
}

#[test]
fn a_last_line_may_do_without_its_end_if_it_is_whole() {
    let line = |text: &str| read_whole(&LINES, text.as_bytes());
    assert_eq!(line(r#"{"command":{"exitCode":0}}"#), Ok(streamed("", "", 0, json!(0))));
    assert_eq!(line(r#"{"command":{"exitCode":0}"#), Err(Broken::Unfinished(None)));
}
