//! `cargo codegen <verb>`: what the integrator works with.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use provider_codegen::{check_only, diagnostic::Report, generate};

/// Checks a provider's spec/ folder and shows what is generated from it.
#[derive(Parser)]
#[command(name = "codegen", bin_name = "cargo codegen", version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Check mapping, overlay and document, and show every problem.
    Check {
        /// The folder with mapping.yaml.
        #[arg(default_value = "spec")]
        dir: PathBuf,
    },
    /// Print the generated code, formatted.
    Expand {
        /// The folder with mapping.yaml.
        #[arg(default_value = "spec")]
        dir: PathBuf,
        /// Only the module of this function.
        #[arg(long)]
        function: Option<String>,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::Check { dir } => check_only(&dir).map(|()| println!("{}: no problems", dir.display())),
        Verb::Expand { dir, function } => generate(&dir).map(|generated| match function {
            Some(name) => print!("{}", generated.module(&name).unwrap_or_default()),
            None => print!("{}", generated.provider),
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => failed(&report),
    }
}

fn failed(report: &Report) -> ExitCode {
    eprintln!(
        "{}",
        report.render(std::io::IsTerminal::is_terminal(&std::io::stderr()))
    );
    ExitCode::FAILURE
}
