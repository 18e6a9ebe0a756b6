//! The runtime's parts from outside, a module for each.

mod cli;
mod config;
mod engine;
mod input;
mod shell;
mod slots;
mod telemetry;
mod value;
