//! What the generator makes of specs, what it says of them, and what its commands print. What the tests read and write
//! lies beside `it/`: specs, mistakes, and texts that were looked at.

mod alternatives;
mod answers;
mod apis;
mod cases;
mod cli;
mod code;
mod compiled;
mod contract;
mod diagnostics;
mod diagrams;
mod documents;
mod generated;
mod golden;
mod manual;
mod mistakes;
mod mutant;
mod mutants;
mod nested;
mod new;
mod overlay;
mod probe;
mod replacements;
mod requests;
mod saves;
