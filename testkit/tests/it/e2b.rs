//! The simulator of E2B as a client sees it.

mod client;
mod control;
mod exec;
mod files;
mod forks;
mod lists;
mod proxy;
mod strictness;
mod timeouts;
