//! `cargo codegen <verb>`: what the integrator works with.
//!
//! Exit status: 0 all is well, 1 problems were found, 2 the command line makes no sense.

mod cmd;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Checks a provider's spec/ folder and shows what is generated from it.
#[derive(Parser)]
#[command(name = "codegen", bin_name = "cargo codegen", version)]
struct Cli {
    /// How problems are printed.
    #[arg(long, global = true, value_enum, default_value = "text")]
    format: cmd::Format,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Check(cmd::check::Check),
    Expand(cmd::expand::Expand),
    Explain(cmd::explain::Explain),
    Schema(cmd::schema::Schema),
    Inspect(cmd::inspect::Inspect),
    Stub(cmd::stub::Stub),
    Test(cmd::test::Test),
    Refresh(cmd::refresh::Refresh),
    New(cmd::new::New),
}

fn main() -> ExitCode {
    let Cli { format, verb } = Cli::parse();
    let result = match verb {
        Verb::Check(check) => check.run(format),
        Verb::Expand(expand) => expand.run(),
        Verb::Explain(explain) => explain.run(),
        Verb::Schema(schema) => schema.run(),
        Verb::Inspect(inspect) => inspect.run(),
        Verb::Stub(stub) => stub.run(),
        Verb::Test(test) => test.run(),
        Verb::Refresh(refresh) => refresh.run(format),
        Verb::New(new) => new.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(format),
    }
}
