//! The contract's inputs, and what the fields that take them may be called.

use std::collections::BTreeSet;

use crate::document::{Location, TypeKind};

use super::{place::Place, words::words};

/// The inputs that have found their place.
pub type Given = BTreeSet<&'static str>;

/// A value in YAML, and what a person should look at.
type Written = (String, Option<&'static str>);

/// An input, and what the field that takes it may be called, likeliest first.
pub struct Synonyms {
    /// Empty for what is the worker's own.
    pub input: &'static str,
    pub names: &'static [&'static str],
    pub fits: fn(&Place) -> bool,
    pub value: fn(&Place, &mut Given) -> Written,
}

pub fn synonyms(function: &str) -> &'static [Synonyms] {
    match function {
        "create" => &CREATE,
        "exec" => &EXEC,
        "snapshot" => &SNAPSHOT,
        "branch" => &BRANCH,
        "expose_port" => &EXPOSE_PORT,
        "fs::read" => &READ,
        "fs::write" => &WRITE,
        _ => &[],
    }
}

const TAGS: Synonyms = Synonyms {
    input: "",
    names: &["metadata", "labels", "tags", "annotations"],
    fits: is_open_map,
    value: |_, _| ("{iii-owner: $config.owner, iii-attempt: $attempt}".to_owned(), None),
};

const CREATE: [Synonyms; 4] = [
    Synonyms {
        input: "image",
        names: &[
            "image",
            "imageid",
            "imagename",
            "template",
            "templateid",
            "snapshot",
            "snapshotid",
            "blueprintname",
            "blueprintid",
            "baseimage",
            "base",
        ],
        fits: is_string,
        value: |_, _| ("$input.image".to_owned(), None),
    },
    IDLE,
    TAGS,
    NAME,
];

const IDLE: Synonyms = Synonyms {
    input: "idle_timeout_secs",
    names: &[
        "idletimeoutsecs",
        "idletimeoutseconds",
        "idletimeout",
        "idletimeoutms",
        "keepalivetimeseconds",
        "autostopinterval",
        "ttlseconds",
        "ttl",
        "timeoutseconds",
        "timeoutsecs",
        "timeoutms",
        "timeout",
    ],
    fits: is_number,
    value: |place, _| {
        let secs = "{first: [$input.idle_timeout_secs, $config.default_idle_timeout_secs]}";
        match unit(place) {
            Unit::Unsaid => (secs.to_owned(), Some("in seconds?")),
            Unit::Millis => (format!("{{secs_to_ms: {secs}}}"), None),
            Unit::Seconds => (secs.to_owned(), None),
            Unit::Minutes => (format!("{{secs_to_mins: {secs}}}"), None),
        }
    },
};

/// Some providers want every thing named.
const NAME: Synonyms = Synonyms {
    input: "",
    names: &["name"],
    fits: |place| place.required && is_string(place),
    value: |_, _| ("{template: 'iii-{$attempt}'}".to_owned(), None),
};

const SNAPSHOT: [Synonyms; 2] = [TAGS, NAME];

const BRANCH: [Synonyms; 2] = [
    Synonyms {
        input: "count",
        names: &["count", "replicas", "copies", "number", "n"],
        fits: is_number,
        value: |_, _| ("$input.count".to_owned(), None),
    },
    TAGS,
];

const PATH: Synonyms = Synonyms {
    input: "path",
    names: &["path", "filepath", "filename", "file"],
    fits: |place| is_string(place) && !is_bytes(place),
    value: |place, _| match place.location {
        Some(Location::Path) => (
            "$input.path".to_owned(),
            Some("or {segments: $input.path}, if slashes stay in the path"),
        ),
        _ => ("$input.path".to_owned(), None),
    },
};

const READ: [Synonyms; 1] = [PATH];

const WRITE: [Synonyms; 4] = [
    PATH,
    Synonyms {
        input: "bytes_base64",
        names: &["file", "content", "contents", "data", "bytes", "body"],
        fits: is_bytes,
        value: |_, _| ("$input.bytes_base64".to_owned(), None),
    },
    Synonyms {
        input: "bytes_base64",
        names: &["bytesbase64", "contentbase64", "base64"],
        fits: is_string,
        value: |_, _| ("$input.bytes_base64".to_owned(), None),
    },
    Synonyms {
        input: "mode",
        names: &["mode", "permissions"],
        fits: |place| is_number(place) || is_string(place),
        value: |place, _| match is_string(place) {
            true => ("{to_octal: $input.mode}".to_owned(), Some("in octal digits?")),
            false => ("$input.mode".to_owned(), None),
        },
    },
];

const EXPOSE_PORT: [Synonyms; 2] = [
    Synonyms {
        input: "port",
        names: &["port", "portnumber", "targetport", "containerport"],
        fits: |place| is_number(place) || is_string(place),
        value: |place, _| match is_string(place) {
            true => ("{text: $input.port}".to_owned(), None),
            false => ("$input.port".to_owned(), None),
        },
    },
    Synonyms {
        input: "",
        names: &["name"],
        fits: |place| place.required && is_string(place),
        value: |_, _| ("{template: 'port-{$input.port}'}".to_owned(), None),
    },
];

/// The time of a program, which the configuration knows if the caller does not.
const TIMEOUT_MS: &str = "{first: [$input.timeout_ms, {secs_to_ms: $config.default_exec_timeout_secs}]}";
const TIMEOUT_SECS: &str = "{first: [{ms_to_secs: $input.timeout_ms}, $config.default_exec_timeout_secs]}";

/// The command comes last: what has no field of its own goes into its shell line.
const EXEC: [Synonyms; 5] = [
    Synonyms {
        input: "env",
        names: &["env", "envs", "environment", "envvars", "environmentvariables"],
        fits: is_open_map,
        value: |_, _| ("$input.env".to_owned(), None),
    },
    Synonyms {
        input: "cwd",
        names: &["cwd", "workdir", "workingdir", "workingdirectory", "dir", "directory"],
        fits: is_string,
        value: |_, _| ("$input.cwd".to_owned(), None),
    },
    Synonyms {
        input: "timeout_ms",
        names: &[
            "timeoutms",
            "connecttimeoutms",
            "timeoutmillis",
            "timeoutmilliseconds",
            "timeoutseconds",
            "timeoutsecs",
            "timeout",
        ],
        fits: is_number,
        value: |place, _| match unit(place) {
            Unit::Millis => (TIMEOUT_MS.to_owned(), None),
            Unit::Seconds => (TIMEOUT_SECS.to_owned(), None),
            _ => (TIMEOUT_SECS.to_owned(), Some("in seconds?")),
        },
    },
    Synonyms {
        input: "args",
        names: &["args", "arguments"],
        fits: is_list,
        value: |_, _| ("$input.args".to_owned(), None),
    },
    Synonyms {
        input: "cmd",
        names: &["command", "cmd", "argv", "commandline", "cmdline", "line", "script"],
        fits: |place| is_string(place) || is_list(place),
        value: |place, given| (command(place, given), None),
    },
];

/// A program alone, a list of it and its arguments, or a shell line.
fn command(place: &Place, given: &mut Given) -> String {
    if given.contains("args") && is_string(place) {
        return "$input.cmd".to_owned();
    }
    if is_list(place) {
        given.insert("args");
        return "{concat: [$input.cmd, $input.args]}".to_owned();
    }
    let mut line = "{shell: {argv: [$input.cmd, $input.args]".to_owned();
    given.insert("args");
    for input in ["env", "cwd", "timeout_ms"] {
        if given.insert(input) {
            line.push_str(&format!(", {input}: $input.{input}"));
        }
    }
    if line.contains("timeout_ms") {
        line.push_str(", default_timeout_secs: $config.default_exec_timeout_secs");
    }
    line + ", max_output_bytes: $config.max_output_bytes}}"
}

fn is_string(place: &Place) -> bool {
    place.ty.is_text()
}

fn is_bytes(place: &Place) -> bool {
    place.ty.kind == TypeKind::Binary
}

fn is_number(place: &Place) -> bool {
    matches!(place.ty.kind, TypeKind::Integer | TypeKind::Number)
}

fn is_list(place: &Place) -> bool {
    matches!(place.ty.kind, TypeKind::Array(_))
}

fn is_open_map(place: &Place) -> bool {
    matches!(&place.ty.kind, TypeKind::Object(known, Some(_)) if known.is_empty())
}

enum Unit {
    Millis,
    Seconds,
    Minutes,
    Unsaid,
}

/// Of a duration, by its name and what the document says of it.
fn unit(place: &Place) -> Unit {
    let said = words(&format!("{} {}", place.name(), place.said));
    let says = |of: &[&str]| said.iter().any(|word| of.contains(&word.as_str()));
    if says(&["ms", "milli", "millisecond"]) {
        Unit::Millis
    } else if says(&["min", "minute"]) {
        Unit::Minutes
    } else if says(&["sec", "second"]) {
        Unit::Seconds
    } else {
        Unit::Unsaid
    }
}
