//! The simulator as a client sees it.

mod boxes;
mod client;
mod exec;
mod faults;
#[path = "../fifo/mod.rs"]
mod fifo;
#[path = "../http/mod.rs"]
mod http;
mod lifecycle;
mod strictness;
