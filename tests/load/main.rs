//! What keeps the machine busy for minutes, apart from `it`, whose stories measure time.

mod faults;
mod memory;
mod soak;

const WORKER: &str = env!("CARGO_BIN_EXE_sandbox-morph");
