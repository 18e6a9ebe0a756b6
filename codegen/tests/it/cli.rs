//! The binary as an integrator uses it: each test is a story of commands, and the text that a person sees.

mod explain;
mod inspect;
mod refresh;
mod schema;
mod stub;
mod test;
mod usage;

use std::{fs, process::Command};

use tempfile::TempDir;

use crate::golden::{fresh, tests};

/// A folder with the sound spec of `tests/shed` as `spec`, and what was done in it so far.
struct Story {
    folder: TempDir,
    told: String,
}

impl Story {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("spec")).expect("a folder");
        for file in ["mapping.yaml", "openapi.yaml", "overlay.yaml"] {
            fs::copy(tests().join("shed").join(file), folder.path().join("spec").join(file)).expect("to copy");
        }
        Self {
            folder,
            told: String::new(),
        }
    }

    /// Puts the examples of `tests/shed` beside the mapping.
    fn exemplify(&self) {
        let file = "examples.yaml";
        fs::copy(
            tests().join("shed").join(file),
            self.folder.path().join("spec").join(file),
        )
        .expect("to copy");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("a file")
    }

    /// Makes one file of another by changes, each of which must be possible.
    fn change(&self, from: &str, to: &str, changes: &[(&str, &str)]) -> &Self {
        let mut text = self.read(from);
        for (old, new) in changes {
            assert!(text.contains(old), "{from} has no\n{old}");
            text = text.replace(old, new);
        }
        fs::write(self.folder.path().join(to), text).expect("to write");
        self
    }

    /// Runs a verb; its exit status.
    fn run(&mut self, arguments: &[&str]) -> i32 {
        let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("the binary");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let status = output.status.code().expect("an exit status");
        let line = arguments.join(" ");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        self.told
            .push_str(&format!("$ cargo codegen {line}\n{out}{err}[exit status {status}]\n"));
        status
    }

    /// Compares what was told with a golden file. `UPDATE_GOLDENS=1` writes it.
    #[track_caller]
    fn is_told_as(&self, name: &str) {
        fresh(
            &tests().join("cli/expected").join(name).with_extension("txt"),
            &self.told,
        );
    }
}
