//! Every mistake in `tests/mistakes` is found, once, and explained in full.

use std::collections::BTreeSet;

use provider_codegen::{
    check_only,
    diagnostic::{Code, Diagnostic, Report},
    schema,
};

use crate::{cases, diagnostics, golden};

#[test]
fn the_spec_that_the_mistakes_are_made_in_is_sound() {
    let report = check_only(&golden::tests().join("shed"));
    assert!(report.is_ok(), "{}", report.expect_err("problems"));
}

/// A line of the mapping, and what may stand in its place.
const SOUND: [(&str, &str); 21] = [
    (
        "functions:",
        "capabilities: {expose_port: [expose_port]}\nfunctions:\n  expose_port: {answer: {url: {template: \
         'https://{$input.port}-{$input.sandbox_id}.shed.example'}}}",
    ),
    (
        "      - {status: 404, ok: true}",
        "      - {status: [404, 410], ok: true}",
    ),
    (
        "    query: {tag: {owner: $config.owner}}",
        "    query: {tag: {owner: {template: 'is.{$config.owner}'}}}",
    ),
    (
        "            on_idle: stop",
        "            on_idle: stop\n            env: {owner: me, whose: $config.owner}",
    ),
    (
        TEXT,
        "{shell: {argv: {concat: [[sh, -c], $input.text]}, cwd: $look.plan}}",
    ),
    (TEXT, "{shell: {argv: [sh, [-c, $input.text], '$look.doors[*].name']}}"),
    (
        NOTE,
        "{find: {in: $look.doors, where: {name: $input.text}, take: name}}",
    ),
    (
        NOTE,
        "{find: {in: {first: [$look.doors, []]}, where: {number: 1}, take: name}}",
    ),
    (
        NOTE,
        "{text: {find: {in: $look.doors, where: {name: front}, take: number}}}",
    ),
    (NOTE, "{must: {template: '{$input.text}: {$pin.note}'}}"),
    (NOTE, "{omit_if: {value: $pin.note, in: ['', $look.plan]}}"),
    (NOTE, "{rfc3339: {first: [$look.idle_seconds, '1970-01-01T00:00:00Z']}}"),
    (
        "      doors: {first: ['$look.doors[*].name', []]}",
        "      doors: {concat: ['$look.doors[*].name', $look.plan, [a, b]]}",
    ),
    (
        "      doors: {first: ['$look.doors[*].name', []]}",
        "      doors: {first: ['$pin.made[*]', '$look.doors[*].name', []]}",
    ),
    (
        "until: {state: [standing]}",
        "until: {idle_seconds: ['5'], state: [standing]}",
    ),
    (
        "until: {state: [standing]}",
        "first: $build, until: {state: [standing]}",
    ),
    (
        "  - {status: 429, code: S500, retry: true}",
        "  - {status: 429, when: {$response.code: [quota]}, code: S501}\n  - {status: 429, code: S500, retry: true}",
    ),
    (
        "          reject: {note: [refused]}",
        "          reject: {note: {not: [done]}, 'made[*]': {contains: bad}}\n          when: {$look.idle_seconds: present, \
         '$look.doors[*].number': ['1']}",
    ),
    ("      - status: 409", "      - status: [202, 409]"),
    // A program whose time is over is a failure here, and told as that.
    (
        "functions:",
        "functions:\n  exec:\n    ignored: {args: why, env: why, cwd: why}\n    call: POST /sheds/{shed_id}/runs\n    path: {shed_id: \
         $input.sandbox_id}\n    body: {line: $input.cmd, timeout_ms: $input.timeout_ms}\n    outcomes: [{status: 408, code: S502, \
         message: its time is over}]\n    answer: {stdout: $response.out, stderr: $response.err, exit_code: $response.code, \
         timed_out: false, stdout_truncated: false, stderr_truncated: false}",
    ),
    // Both streams are one, which the line bounds.
    (
        "functions:",
        "functions:\n  exec:\n    call: POST /sheds/{shed_id}/runs\n    path: {shed_id: $input.sandbox_id}\n    body: {line: {shell: \
         {argv: [$input.cmd, $input.args], env: $input.env, cwd: $input.cwd, timeout_ms: $input.timeout_ms, max_output_bytes: \
         $config.max_output_bytes}}}\n    answer: {stdout: {shell_stdout: $response.out}, stderr: '', exit_code: $response.code, \
         timed_out: {shell_timed_out: {exit_code: $response.code, stderr: $response.out, timeout_ms: $input.timeout_ms}}, \
         stdout_truncated: {shell_truncated: $response.out}, stderr_truncated: false}",
    ),
];
/// What they need of the document.
const MORE: &str = "openapi.yaml
-                roof: {type: object, properties: {colour: {type: string}}}
+                env: {type: object, additionalProperties: {type: string}}

-              schema: {type: object, properties: {note: {type: string}}}
+              schema: {type: object, properties: {note: {type: string}, made: {type: array, items: {type: string}}}}
";
const TEXT: &str = "{template: '{$input.text} ({$look.plan})'}";
const NOTE: &str = "$pin.note";

#[test]
fn what_only_looks_like_a_mistake_is_none() {
    let sound = std::fs::read_to_string(golden::tests().join("shed/mapping.yaml")).expect("the mapping");
    for (old, new) in SOUND {
        let line = sound.lines().find(|line| line.contains(old)).expect("the line");
        let instead: String = line
            .replace(old, new)
            .lines()
            .map(|line| format!("+{line}\n"))
            .collect();
        let case = cases::Case {
            name: new.to_owned(),
            diff: format!("{MORE}\nmapping.yaml\n-{line}\n{instead}"),
        };
        assert!(case.run().0.problems.is_empty(), "{new}: {}", case.run().1);
    }
}

/// All that must be true of them, told together: to make each of them takes a while.
#[test]
fn every_mistake_is_found_once_and_explained() {
    let found: Vec<Found> = cases::all().into_iter().map(Found::new).collect();
    let wrong = [
        not_explained(&found),
        more_than_one_problem(&found),
        out_of_order(&found),
        codes_without_a_case(&found),
        taken_by_the_schemas(&found),
        not_mended(&found),
    ];
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    golden::fresh(&diagnostics::page_file(), &diagnostics::page(&found));
}

/// A mistake, and what the check says of it.
pub struct Found {
    pub case: cases::Case,
    pub report: Report,
    pub text: String,
}

impl Found {
    fn new(case: cases::Case) -> Self {
        let (report, text) = case.run();
        Self { case, report, text }
    }
}

/// As its `expected.txt` says.
fn not_explained(found: &[Found]) -> Vec<String> {
    let told = found.iter().filter_map(|Found { case, text, .. }| {
        let expected = golden::tests().join("mistakes").join(&case.name).join("expected.txt");
        golden::holds(&expected, text).err()
    });
    told.collect()
}

fn more_than_one_problem(found: &[Found]) -> Vec<String> {
    let cascades = found
        .iter()
        .filter(|of| !of.case.name.starts_with("several-") && of.report.problems.len() != 1);
    cascades
        .map(|of| format!("{}: {} problems", of.case.name, of.report.problems.len()))
        .collect()
}

/// By their places in the files.
fn out_of_order(found: &[Found]) -> Vec<String> {
    let told = found.iter().filter_map(|of| {
        let problems = of.report.problems.iter();
        let places: Vec<_> = problems.map(|p| (p.source.name.as_str(), p.span.start)).collect();
        (!places.is_sorted()).then(|| format!("{}: not in order: {places:?}", of.case.name))
    });
    told.collect()
}

fn codes_without_a_case(found: &[Found]) -> Vec<String> {
    let problems = found.iter().flat_map(|of| &of.report.problems);
    let seen: BTreeSet<Code> = problems.map(|problem| problem.code).collect();
    let unseen = Code::ALL
        .iter()
        .filter(|code| !code.is_of_refresh() && !seen.contains(code));
    unseen
        .map(|code| format!("without a case in tests/mistakes: {code:?}"))
        .collect()
}

/// What a schema can know of a mapping by itself.
const OF_SHAPE: [Code; 5] = [
    Code::UnknownKey,
    Code::MissingKey,
    Code::WrongShape,
    Code::ExclusiveKeys,
    Code::InvalidName,
];

fn taken_by_the_schemas(found: &[Found]) -> Vec<String> {
    let validators = [schema::mapping(), schema::overlay(), schema::examples()].map(|schema| {
        let schema = serde_json::from_str(&schema).expect("a schema");
        jsonschema::draft7::new(&schema).expect("a schema")
    });
    let mut taken = Vec::new();
    for of in found {
        let of_shape = of
            .report
            .problems
            .iter()
            .filter(|problem| OF_SHAPE.contains(&problem.code));
        for problem in of_shape {
            let validator = match problem.source.name.rsplit('/').next() {
                Some("overlay.yaml") => &validators[1],
                Some("examples.yaml") => &validators[2],
                _ => &validators[0],
            };
            let tree: serde_json::Value = serde_saphyr::from_str(&problem.source.text).unwrap_or_default();
            if validator.is_valid(&tree) {
                taken.push(format!("the schemas take {}: {}", of.case.name, problem.message));
            }
        }
    }
    taken
}

/// What a person writes for `…`: a parameter, and as a schema one that takes anything.
const WRITTEN: &str = "{name: pin, in: query, schema: {type: boolean}}";

/// The actions that a help prints, in order, with the gaps filled.
fn actions(problem: &Diagnostic) -> Vec<String> {
    let help = problem.help.as_deref().unwrap_or_default();
    let printed = help.split('`').filter(|code| code.starts_with("{target: "));
    printed
        .map(|action| action.replace("why: …", "why: Because.").replace("{…}", WRITTEN))
        .collect()
}

/// By the actions that are printed for a construct.
fn not_mended(found: &[Found]) -> Vec<String> {
    let mut unmended = Vec::new();
    let mut tried = 0;
    for of in found {
        for problem in &of.report.problems {
            let actions = actions(problem);
            if problem.code != Code::UnsupportedConstruct || actions.is_empty() {
                continue;
            }
            tried += 1;
            let lines: String = actions.iter().map(|action| format!("  - {action}\n")).collect();
            let (report, text) = of.case.run_after(|overlay| format!("{overlay}{lines}"));
            let same =
                |other: &Diagnostic| other.message == problem.message || other.source.name.ends_with("overlay.yaml");
            if report.problems.iter().any(same) {
                unmended.push(format!("{} is not mended by\n{lines}{text}", of.case.name));
            }
        }
    }
    assert!(tried > 10, "only {tried} cases print an action");
    unmended
}
