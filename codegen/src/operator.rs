//! The closed list of operators of the value language.
//!
//! Each names a function of the runtime's `value` module; the runtime computes, this table says what may stand where.

/// What kind of value an operator takes or yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Any,
    Boolean,
    Integer,
    String,
    /// A string that stands for bytes.
    Base64,
    /// A list of anything.
    List,
    /// A list of whole numbers.
    Integers,
    /// A list of strings.
    Texts,
    /// A string-keyed map.
    Map,
    /// A string, number or boolean.
    Plain,
    /// A moment: a string or a number.
    Moment,
    /// A number, or digits in a string.
    Numeral,
    /// A list of strings and of lists of them.
    Words,
    /// A map of strings.
    Strings,
    /// What its first argument is.
    Same,
}

/// A named argument.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

#[derive(Debug)]
pub enum Takes {
    One(Kind),
    Many(Kind),
    Named(&'static [Field]),
    /// A string with references in braces, alone or beside other values that it names.
    Template,
}

#[derive(Debug)]
pub struct Operator {
    /// The key in YAML, and the name of the runtime's function.
    pub name: &'static str,
    pub takes: Takes,
    pub yields: Kind,
    /// Whether the result is absent when the argument is.
    pub optional: bool,
    /// One sentence, for explanations, the schema and the manual.
    pub doc: &'static str,
    pub example: &'static str,
}

impl Operator {
    /// Whether it has more named arguments than are given.
    pub fn has_more_than(&self, given: usize) -> bool {
        matches!(self.takes, Takes::Named(fields) if fields.len() > given)
    }

    /// Whether it can find that the caller's input cannot be used, if that is what it is given. That is found before
    /// anything is sent.
    pub fn refuses_input(&self) -> bool {
        self.name == "shell" || self.reads_text()
    }

    /// Whether it reads text that may be in no such notation.
    pub fn reads_text(&self) -> bool {
        matches!(
            self.name,
            "integer" | "from_base64" | "from_octal" | "rfc3339" | "chunks" | "segments"
        )
    }

    /// Whether it looks at a text and keeps nothing of it.
    pub fn only_looks(&self) -> bool {
        self.name == "shell_truncated"
    }

    /// Whether it takes an absent value and yields one that is there, or an error.
    pub fn demands(&self) -> bool {
        self.name == "must"
    }

    /// A help line that shows how it is written.
    pub fn usage(&self) -> String {
        format!("write for example `{}`", self.example)
    }
}

pub fn find(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

const fn unit(name: &'static str, yields: Kind, doc: &'static str, example: &'static str) -> Operator {
    Operator {
        name,
        takes: Takes::One(Kind::Integer),
        yields,
        optional: true,
        doc,
        example,
    }
}

pub const OPERATORS: &[Operator] = &[
    Operator {
        name: "first",
        takes: Takes::Many(Kind::Any),
        yields: Kind::Same,
        optional: true,
        doc: "The first of the values that is there.",
        example: "{first: [$input.idle_timeout_secs, $config.default_idle_timeout_secs]}",
    },
    Operator {
        name: "must",
        takes: Takes::One(Kind::Any),
        yields: Kind::Same,
        optional: false,
        doc: "A value that the provider has to give: without it the call has failed, with S502.",
        example: "{must: $start.token}",
    },
    Operator {
        name: "max",
        takes: Takes::Many(Kind::Integer),
        yields: Kind::Integer,
        optional: true,
        doc: "The largest of the whole numbers that are there.",
        example: "{max: [$sandbox.idle_timeout_secs, {ms_to_secs: $input.timeout_ms}]}",
    },
    Operator {
        name: "sum",
        takes: Takes::Many(Kind::Integer),
        yields: Kind::Integer,
        optional: true,
        doc: "The sum of the whole numbers that are there.",
        example: "{sum: [{ms_to_secs: $input.timeout_ms}, 15]}",
    },
    Operator {
        name: "min",
        takes: Takes::Many(Kind::Integer),
        yields: Kind::Integer,
        optional: true,
        doc: "The smallest of the whole numbers that are there.",
        example: "{min: [$input.idle_timeout_secs, 86400]}",
    },
    Operator {
        name: "template",
        takes: Takes::Template,
        yields: Kind::String,
        optional: true,
        doc: "A string with values put in: references, and what is computed beside it. Absent if one of the values is.",
        example: "{template: {text: 'port-{$input.port}-{mode}', mode: {to_octal: $input.mode}}}",
    },
    Operator {
        name: "text",
        takes: Takes::One(Kind::Plain),
        yields: Kind::String,
        optional: true,
        doc: "A number or boolean as a string.",
        example: "{text: $input.port}",
    },
    Operator {
        name: "integer",
        takes: Takes::One(Kind::Numeral),
        yields: Kind::Integer,
        optional: true,
        doc: "A whole number that the provider writes as a string, or as a number that may have a fraction: of 5.0 it is 5, and 5.5 \
              is refused.",
        example: "{integer: $response.exit_status}",
    },
    Operator {
        name: "to_json",
        takes: Takes::One(Kind::Any),
        yields: Kind::String,
        optional: true,
        doc: "A value as JSON text, for a field or parameter that takes JSON within a string.",
        example: "{to_json: {owner: $config.owner}}",
    },
    Operator {
        name: "to_base64",
        takes: Takes::One(Kind::String),
        yields: Kind::Base64,
        optional: true,
        doc: "Text as base64 of its bytes.",
        example: "{to_base64: $input.content}",
    },
    Operator {
        name: "from_base64",
        takes: Takes::One(Kind::String),
        yields: Kind::String,
        optional: true,
        doc: "The text that base64 stands for; bytes that are no UTF-8 become U+FFFD.",
        example: "{from_base64: $response.content}",
    },
    Operator {
        name: "as_file",
        takes: Takes::Named(&[field("bytes", Kind::Base64), field("name", Kind::String)]),
        yields: Kind::Base64,
        optional: true,
        doc: "Bytes as a part of a form whose `filename` is this; without it that is the name of the part.",
        example: "{as_file: {bytes: $input.bytes_base64, name: $input.path}}",
    },
    Operator {
        name: "to_octal",
        takes: Takes::One(Kind::Integer),
        yields: Kind::String,
        optional: true,
        doc: "A whole number in octal digits, as file modes are written: 420 is `0644`.",
        example: "{to_octal: $response.mode}",
    },
    Operator {
        name: "from_octal",
        takes: Takes::One(Kind::String),
        yields: Kind::Integer,
        optional: true,
        doc: "The whole number that octal digits stand for: `0644` is 420.",
        example: "{from_octal: $input.mode}",
    },
    Operator {
        name: "segments",
        takes: Takes::One(Kind::String),
        yields: Kind::String,
        optional: true,
        doc: "A path of several segments, for a parameter of a path: its slashes stay. Refused if a segment is empty, `.` or `..`.",
        example: "{segments: $input.path}",
    },
    unit(
        "secs_to_ms",
        Kind::Integer,
        "Seconds as milliseconds.",
        "{secs_to_ms: $input.idle_timeout_secs}",
    ),
    unit(
        "secs_to_mins",
        Kind::Integer,
        "Seconds as minutes, rounded up, at least 1.",
        "{secs_to_mins: $input.idle_timeout_secs}",
    ),
    unit(
        "ms_to_secs",
        Kind::Integer,
        "Milliseconds as seconds, rounded up.",
        "{ms_to_secs: $input.timeout_ms}",
    ),
    unit(
        "secs_text",
        Kind::String,
        "Seconds as `300s`.",
        "{secs_text: $input.idle_timeout_secs}",
    ),
    Operator {
        name: "rfc3339",
        takes: Takes::One(Kind::Moment),
        yields: Kind::String,
        optional: true,
        doc: "A moment as RFC 3339 in UTC: from seconds since 1970, or from text that is RFC 3339 already.",
        example: "{rfc3339: $ready.created}",
    },
    Operator {
        name: "rfc3339_ms",
        takes: Takes::One(Kind::Integer),
        yields: Kind::String,
        optional: true,
        doc: "A moment as RFC 3339 in UTC, from milliseconds since 1970.",
        example: "{rfc3339_ms: $response.create_time_ms}",
    },
    Operator {
        name: "concat",
        takes: Takes::Many(Kind::Any),
        yields: Kind::List,
        optional: false,
        doc: "Values and lists of values as one list.",
        example: "{concat: [$input.cmd, $input.args]}",
    },
    Operator {
        name: "times",
        takes: Takes::One(Kind::Integer),
        yields: Kind::Integers,
        optional: false,
        doc: "The numbers from 1 to this one, for a step that is made so often.",
        example: "{times: $input.count}",
    },
    Operator {
        name: "chunks",
        takes: Takes::Named(&[field("of", Kind::String), field("bytes", Kind::Integer)]),
        yields: Kind::Texts,
        optional: false,
        doc: "What base64 stands for in pieces of so many bytes, each in base64 again.",
        example: "{chunks: {of: $input.bytes_base64, bytes: 49152}}",
    },
    Operator {
        name: "omit_if",
        takes: Takes::Named(&[field("value", Kind::Any), field("in", Kind::List)]),
        yields: Kind::Any,
        optional: true,
        doc: "The value, unless it is one of the list: then nothing, and the field is left out.",
        example: "{omit_if: {value: $input.image, in: ['', default]}}",
    },
    Operator {
        name: "find",
        takes: Takes::Named(&[
            field("in", Kind::List),
            field("where", Kind::Map),
            field("take", Kind::String),
        ]),
        yields: Kind::Any,
        optional: true,
        doc: "Of the first object in a list whose fields are as `where` says, the field `take`.",
        example: "{find: {in: $look.routes, where: {port: $input.port}, take: url}}",
    },
    Operator {
        name: "switch",
        takes: Takes::Named(&[
            field("of", Kind::Plain),
            field("cases", Kind::Map),
            optional("default", Kind::Any),
        ]),
        yields: Kind::Any,
        optional: true,
        doc: "What stands in `cases` under the value as text; the `default` for any other, and where there is none.",
        example: "{switch: {of: $status.put, cases: {201: true, 200: false}}}",
    },
    Operator {
        name: "shell",
        takes: Takes::Named(&[
            field("argv", Kind::Words),
            optional("env", Kind::Strings),
            optional("cwd", Kind::String),
            optional("timeout_ms", Kind::Integer),
            optional("default_timeout_secs", Kind::Integer),
            optional("max_output_bytes", Kind::Integer),
            optional("max_bytes", Kind::Integer),
        ]),
        yields: Kind::String,
        optional: false,
        doc: "One POSIX shell line that runs a program with exactly these arguments, environment and folder, kills it after \
              the timeout, and ends with it, whatever it leaves running. For providers that hand their command to a shell.",
        example: "{shell: {argv: [$input.cmd, $input.args], env: $input.env, cwd: $input.cwd, timeout_ms: $input.timeout_ms}}",
    },
    Operator {
        name: "shell_stdout",
        takes: Takes::One(Kind::String),
        yields: Kind::String,
        optional: false,
        doc: "The standard output of a `shell` line as the program wrote it.",
        example: "{shell_stdout: $run.stdout}",
    },
    Operator {
        name: "shell_stderr",
        takes: Takes::One(Kind::String),
        yields: Kind::String,
        optional: false,
        doc: "The standard error of a `shell` line as the program wrote it.",
        example: "{shell_stderr: $run.stderr}",
    },
    Operator {
        name: "shell_truncated",
        takes: Takes::One(Kind::String),
        yields: Kind::Boolean,
        optional: false,
        doc: "Whether a `shell` line left out the middle of this stream, for it was longer than `max_output_bytes`.",
        example: "{shell_truncated: $run.stdout}",
    },
    Operator {
        name: "shell_timed_out",
        takes: Takes::Named(&[
            field("exit_code", Kind::Integer),
            field("stderr", Kind::String),
            field("timeout_ms", Kind::Integer),
        ]),
        yields: Kind::Boolean,
        optional: false,
        doc: "Whether the timeout of a `shell` line ended the program.",
        example: "{shell_timed_out: {exit_code: $run.exit_code, stderr: $run.stderr, timeout_ms: $input.timeout_ms}}",
    },
];
