//! What is told to `cargo codegen test`, which runs the tests and shows what has become of each example.

use std::fs;
use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::written::Example;

/// Where it is told: a folder, in which each example has a file. Without it nobody has asked.
const FOLDER: &str = "EXAMPLES_REPORT";

pub(super) fn write(function: &str, example: &Example, failure: Option<&str>) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let report = json!({"function": function, "summary": example.summary, "failure": failure});
    let file = Path::new(&folder).join(format!("{}.json", Uuid::new_v4()));
    fs::write(file, report.to_string()).expect("to write the report");
}
