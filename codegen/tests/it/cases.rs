//! The mistakes: each is a change of the sound spec in `tests/shed`, and the text that a person then sees.
//!
//! `mistake.diff` is a diff without line numbers: a file's name, then the lines that go (`-`), come (`+`) or stand around
//! them (` `). The lines that go or stand must be found exactly once. An empty line ends a change. A file that begins
//! with `=` is replaced as a whole.

use std::fs;

use provider_codegen::{check_only, diagnostic::Report};

use crate::golden::tests;

const FILES: [&str; 4] = ["mapping.yaml", "openapi.yaml", "overlay.yaml", "examples.yaml"];

pub struct Case {
    pub name: String,
    pub diff: String,
}

/// All cases, by name.
pub fn all() -> Vec<Case> {
    let folder = tests().join("mistakes");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .expect("the folder of mistakes")
        .map(|entry| {
            let folder = entry.expect("a folder").path();
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            let diff = fs::read_to_string(folder.join("mistake.diff")).expect("mistake.diff");
            Case { name, diff }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

impl Case {
    /// What the check finds, and its text with the folder called `spec`.
    pub fn run(&self) -> (Report, String) {
        self.run_after(str::to_owned)
    }

    /// The same, with the overlay changed.
    pub fn run_after(&self, overlay: impl Fn(&str) -> String) -> (Report, String) {
        let folder = tempfile::tempdir().expect("a folder");
        for file in FILES {
            let sound = fs::read_to_string(tests().join("shed").join(file)).expect("a sound file");
            let mut mistaken = apply(&self.name, &self.diff, file, sound);
            if file == "overlay.yaml" {
                mistaken = overlay(&mistaken);
            }
            fs::write(folder.path().join(file), mistaken).expect("to write");
        }
        let nothing = Report { problems: Vec::new() };
        let report = check_only(folder.path()).err().unwrap_or(nothing);
        let text = report
            .render(false)
            .replace(&folder.path().display().to_string(), "spec");
        (report, text)
    }
}

fn apply(case: &str, diff: &str, file: &str, sound: String) -> String {
    let mut text = sound;
    let mut here = false;
    for change in diff.split("\n\n") {
        let mut lines: Vec<&str> = change.lines().collect();
        if lines.first().is_some_and(|line| FILES.contains(line)) {
            here = lines.remove(0) == file;
        }
        if !here {
            continue;
        }
        if lines.first() == Some(&"=") {
            return lines[1..].iter().map(|line| format!("{line}\n")).collect();
        }
        let side = |sign: char| -> String {
            let wanted = lines.iter().filter(|line| line.starts_with([sign, ' ']));
            wanted.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (old, new) = (side('-'), side('+'));
        assert_eq!(
            text.matches(&old).count(),
            1,
            "{case}: these lines must be found once in {file}:\n{old}"
        );
        text = text.replace(&old, &new);
    }
    text
}
