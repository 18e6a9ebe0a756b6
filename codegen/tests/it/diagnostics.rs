//! What is told of problems beside the text for a person: lines of JSON, and a page that has every code.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::Command,
};

use provider_codegen::diagnostic::{Code, Report};
use serde_json::{Value, json};

use crate::{cases, golden, mistakes::Found};

#[test]
fn a_problem_is_one_json_object_in_one_line() {
    let report = report("parameter-misspelt");
    let object: Value = serde_json::from_str(report.json_lines().trim_end()).expect("one line of JSON");
    let file = report.problems[0].source.name.as_str();
    let expected = json!({
        "code": "M012",
        "file": file,
        "line": 85,
        "column": 18,
        "message": "`GET /sheds/{shed_id}` has no path parameter `sheds_id`",
        "help": "did you mean `shed_id`?",
    });
    assert_eq!(object, expected);
}

#[test]
fn the_command_prints_json_to_standard_output_and_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mapping.yaml"), "provider: [\n").expect("to write");
    let (status, output) = check(folder.path());
    let object: Value = serde_json::from_str(output.trim_end()).expect("one line of JSON");
    assert_eq!(
        (status, &object["code"], &object["line"]),
        (Some(1), &json!("M001"), &json!(2))
    );
}

#[test]
fn the_command_prints_nothing_in_json_when_all_is_well() {
    assert_eq!(check(&golden::tests().join("shed")), (Some(0), String::new()));
}

/// Where the manual is, which `mistakes.rs` holds against [`page`].
pub fn page_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md")
}

fn check(folder: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["check", "--format", "json"])
        .arg(folder)
        .output()
        .expect("to run");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

fn report(name: &str) -> Report {
    let case = cases::all()
        .into_iter()
        .find(|case| case.name == name)
        .expect("the case");
    case.run().0
}

/// The manual: each code with the smallest of its mistakes as an example, and what else is said under it.
pub fn page(found: &[Found]) -> String {
    let mut page = String::from(
        "# Diagnostics\n\nWritten by `UPDATE_GOLDENS=1 cargo test -p provider-codegen`, from the codes and the mistakes in \
         `codegen/tests/mistakes`;\nthe spec in which they are made is `codegen/tests/shed`. A code keeps its meaning for \
         ever, the wording may change.\n`cargo codegen check --format json` prints one object a line: `code`, `file`, \
         `line`, `column`, `message`, `help`.\n",
    );
    for code in Code::ALL {
        let mut of: Vec<_> = found
            .iter()
            .filter(|of| of.report.problems.iter().any(|p| p.code == *code))
            .collect();
        of.sort_by_key(|of| (of.report.problems.len(), of.case.diff.len()));
        section(&mut page, *code, &of);
    }
    page
}

/// The shortest story of `tests/cli` in which a refresh finds the code.
fn story(code: Code) -> String {
    let folder = golden::tests().join("cli/expected");
    let mark = format!("error[{}]", code.name());
    let files = std::fs::read_dir(folder).expect("the stories").flatten();
    let texts = files.map(|file| std::fs::read_to_string(file.path()).expect("a story"));
    let mut told: Vec<String> = texts.filter(|text| text.contains(&mark)).collect();
    told.sort_by_key(|text| (text.len(), text.clone()));
    told.first().expect("a story for each code").trim_end().to_owned()
}

fn section(page: &mut String, code: Code, of: &[&Found]) {
    let _ = write!(page, "\n## {}: {}\n\n", code.name(), code.summary());
    if code.is_of_refresh() {
        let _ = write!(page, "```text\n{}\n```\n", story(code));
        return;
    }
    let Found { case, text, .. } = of.first().expect("a case for each code");
    let (diff, text) = (case.diff.trim_end(), text.trim_end());
    let _ = write!(page, "```diff\n{diff}\n```\n```text\n{text}\n```\n");
    let mut others: Vec<String> = of[1..]
        .iter()
        .flat_map(|of| {
            let problems = of.report.problems.iter();
            problems.filter(|p| p.code == code).map(|p| p.message.clone())
        })
        .filter(|message| !text.contains(message) && !message.contains("/tmp"))
        .collect();
    others.sort();
    others.dedup();
    if !others.is_empty() {
        let _ = write!(page, "\nAlso:\n");
    }
    for message in others {
        let _ = writeln!(page, "- {message}");
    }
}
