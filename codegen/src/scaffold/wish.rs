//! Which inputs of the contract go where, by the names that providers have for them.

use std::collections::BTreeSet;

use crate::document::{Document, Location, Operation, ShapeKind};

use super::{
    place::{Place, places},
    words::{Segment, segments, words},
};

/// The inputs that have found their place.
pub type Given = BTreeSet<&'static str>;

/// A value in YAML, and what a person should look at.
type Written = (String, Option<&'static str>);

/// An input, and what the field that takes it may be called, likeliest first.
struct Wish {
    /// Empty for what is the worker's own.
    input: &'static str,
    names: &'static [&'static str],
    fits: fn(&Place) -> bool,
    value: fn(&Place, &mut Given) -> Written,
}

/// Fills the places of an operation with the inputs of a function; `id` is the value that names the sandbox.
pub fn filled(document: &Document, operation: &Operation, function: &str, id: &str) -> (Vec<Place>, Given) {
    let mut places = places(document, operation);
    let mut given = Given::new();
    name_sandbox(operation, &mut places, id);
    for wish in wishes(function) {
        let called = |name: &&str| {
            places
                .iter()
                .position(|place| place.value.is_none() && (wish.fits)(place) && place.is_called(name))
        };
        if let Some(at) = wish.names.iter().find_map(called) {
            let (value, note) = (wish.value)(&places[at], &mut given);
            places[at].value = Some(value);
            places[at].note = note.map(str::to_owned);
            given.insert(wish.input);
        }
    }
    given.remove("");
    places.iter_mut().for_each(sole_value);
    (places, given)
}

/// The one parameter of the path, else the first that is called like the id of a sandbox.
fn name_sandbox(operation: &Operation, places: &mut [Place], id: &str) {
    const IDS: [&str; 8] = [
        "sandboxid",
        "sandboxidorname",
        "sandbox",
        "instanceid",
        "machineid",
        "devboxid",
        "vmid",
        "boxid",
    ];
    let segments = segments(&operation.path);
    let parameters = segments.iter().filter(|segment| **segment == Segment::Parameter);
    let sole = parameters.count() == 1 && operation.api.is_none();
    let in_path = |place: &Place| place.location == Some(Location::Path);
    let found = places.iter_mut().find(|place| match sole {
        true => in_path(place),
        false => place.location.is_some() && IDS.iter().any(|name| place.is_called(name)),
    });
    if let Some(place) = found {
        place.value = Some(id.to_owned());
    }
}

/// What must be given and can be one thing only.
fn sole_value(place: &mut Place) {
    if let (true, Some([sole])) = (place.is_missing(), place.shape.values.as_deref()) {
        place.value = sole.as_str().map(super::scalar::scalar);
    }
}

fn wishes(function: &str) -> &'static [Wish] {
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

const TAGS: Wish = Wish {
    input: "",
    names: &["metadata", "labels", "tags", "annotations"],
    fits: is_open_map,
    value: |_, _| ("{iii-owner: $config.owner, iii-attempt: $attempt}".to_owned(), None),
};

const CREATE: [Wish; 4] = [
    Wish {
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

const IDLE: Wish = Wish {
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
const NAME: Wish = Wish {
    input: "",
    names: &["name"],
    fits: |place| place.required && is_string(place),
    value: |_, _| ("{template: 'iii-{$attempt}'}".to_owned(), None),
};

const SNAPSHOT: [Wish; 2] = [TAGS, NAME];

const BRANCH: [Wish; 2] = [
    Wish {
        input: "count",
        names: &["count", "replicas", "copies", "number", "n"],
        fits: is_number,
        value: |_, _| ("$input.count".to_owned(), None),
    },
    TAGS,
];

const PATH: Wish = Wish {
    input: "path",
    names: &["path", "filepath", "filename", "file"],
    fits: is_string,
    value: |_, _| ("$input.path".to_owned(), None),
};

const READ: [Wish; 1] = [PATH];

const WRITE: [Wish; 3] = [
    PATH,
    Wish {
        input: "bytes_base64",
        names: &["bytesbase64", "contentbase64", "base64"],
        fits: is_string,
        value: |_, _| ("$input.bytes_base64".to_owned(), None),
    },
    Wish {
        input: "mode",
        names: &["mode", "permissions"],
        fits: is_number,
        value: |_, _| ("$input.mode".to_owned(), None),
    },
];

const EXPOSE_PORT: [Wish; 2] = [
    Wish {
        input: "port",
        names: &["port", "portnumber", "targetport", "containerport"],
        fits: |place| is_number(place) || is_string(place),
        value: |place, _| match is_string(place) {
            true => ("{text: $input.port}".to_owned(), None),
            false => ("$input.port".to_owned(), None),
        },
    },
    Wish {
        input: "",
        names: &["name"],
        fits: |place| place.required && is_string(place),
        value: |_, _| ("{template: 'port-{$input.port}'}".to_owned(), None),
    },
];

/// The command comes last: what has no field of its own goes into its shell line.
const EXEC: [Wish; 5] = [
    Wish {
        input: "env",
        names: &["env", "envs", "environment", "envvars", "environmentvariables"],
        fits: is_open_map,
        value: |_, _| ("$input.env".to_owned(), None),
    },
    Wish {
        input: "cwd",
        names: &["cwd", "workdir", "workingdir", "workingdirectory", "dir", "directory"],
        fits: is_string,
        value: |_, _| ("$input.cwd".to_owned(), None),
    },
    Wish {
        input: "timeout_ms",
        names: &[
            "timeoutms",
            "timeoutmillis",
            "timeoutmilliseconds",
            "timeoutseconds",
            "timeoutsecs",
            "timeout",
        ],
        fits: is_number,
        value: |place, _| match unit(place) {
            Unit::Millis => ("$input.timeout_ms".to_owned(), None),
            Unit::Seconds => ("{ms_to_secs: $input.timeout_ms}".to_owned(), None),
            _ => ("{ms_to_secs: $input.timeout_ms}".to_owned(), Some("in seconds?")),
        },
    },
    Wish {
        input: "args",
        names: &["args", "arguments"],
        fits: is_list,
        value: |_, _| ("$input.args".to_owned(), None),
    },
    Wish {
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
    line + "}}"
}

fn is_string(place: &Place) -> bool {
    place.shape.kind == ShapeKind::String
}

fn is_number(place: &Place) -> bool {
    matches!(place.shape.kind, ShapeKind::Integer | ShapeKind::Number)
}

fn is_list(place: &Place) -> bool {
    matches!(place.shape.kind, ShapeKind::Array(_))
}

fn is_open_map(place: &Place) -> bool {
    matches!(&place.shape.kind, ShapeKind::Object(known, Some(_)) if known.is_empty())
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
