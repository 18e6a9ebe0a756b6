//! What callers and operators observe of the built worker, a module for each subject. `cargo test --test it create::` runs
//! those of one.

mod acceptance;
mod answers;
mod architecture;
mod bad_input;
mod branch;
mod check;
mod cli;
mod compile;
mod configuration;
mod conflicts;
mod conformance;
mod create;
mod engine_lost;
mod error_codes;
mod examples;
mod exec;
mod expose_port;
mod extend;
mod files;
mod key;
mod lag;
mod leaks;
mod lifetime;
mod limiter;
mod list;
mod log;
mod log_lines;
mod looks;
mod measured;
mod neutral;
mod observed;
mod ownership;
mod path_segments;
mod provenance;
mod proxies;
mod rate_limits;
mod readme;
mod registration;
mod release;
mod reliability;
mod requests;
mod retries;
mod rows;
mod schemas;
mod secrets;
mod shutdown;
mod slots;
mod snapshot;
mod sources;
mod stop;
mod thundering_herd;
mod unread_log;

/// The worker under test. Every story starts a process of its own.
const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");
