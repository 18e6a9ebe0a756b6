//! The simulator as a client sees it.

mod boxes;
mod client;
mod exec;
mod faults;
mod lifecycle;
mod strictness;
