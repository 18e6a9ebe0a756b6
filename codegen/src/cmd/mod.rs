//! A verb each: arguments, what is printed, and the exit status. The work is the library's.

pub mod check;
pub mod expand;
pub mod explain;
pub mod inspect;
pub mod new;
pub mod refresh;
pub mod schema;
pub mod stub;
pub mod test;

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use provider_codegen::diagnostic::Report;

/// How problems are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person, to standard error.
    Text,
    /// One JSON object a line with code, file, line, column, message and help, to standard output.
    Json,
}

/// Why a verb did not do what it was asked to.
pub enum Failure {
    /// The files have problems: exit status 1.
    Problems(Report),
    /// What was found is not what was wanted, and is told in full: exit status 1.
    Refused(String),
    /// The arguments make no sense: exit status 2.
    Usage(String),
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Problems(report)
    }
}

impl Failure {
    /// Tells the person or the program, and the shell.
    pub fn report(self, format: Format) -> ExitCode {
        match self {
            Self::Problems(report) if format == Format::Json => {
                print(&report.json_lines());
                ExitCode::FAILURE
            }
            Self::Problems(report) => {
                eprintln!("{}", report.render(std::io::stderr().is_terminal()));
                ExitCode::FAILURE
            }
            Self::Refused(text) => {
                eprintln!("{text}");
                ExitCode::FAILURE
            }
            Self::Usage(text) => {
                eprintln!("error: {text}");
                ExitCode::from(2)
            }
        }
    }
}

/// A folder with mapping.yaml, `spec` unless given, and functions: the first argument is the folder if it is one, or is
/// written as a path.
pub fn place(arguments: &[String]) -> (PathBuf, &[String]) {
    match arguments {
        [dir, functions @ ..] if Path::new(dir).is_dir() || dir.contains(['/', '\\']) => (dir.into(), functions),
        functions => ("spec".into(), functions),
    }
}

/// Prints to standard output. A reader that has seen enough (`| head`) is no problem.
pub fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Writes a generated file, or with `check` compares it with what is there.
pub fn keep(path: &Path, text: &str, check: bool) -> Result<(), Failure> {
    let fresh = fs::read_to_string(path).is_ok_and(|found| found == text);
    if fresh {
        print(&format!("{}: fresh\n", path.display()));
        return Ok(());
    }
    if check {
        let (path, is_there) = (path.display(), path.exists());
        let what = if is_there {
            "stale, write it anew"
        } else {
            "missing, write it"
        };
        return Err(Failure::Refused(format!("{path}: {what}")));
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, text));
    written.map_err(|error| Failure::Refused(format!("cannot write {}: {error}", path.display())))?;
    print(&format!("{}: written\n", path.display()));
    Ok(())
}
