//! The simulator of Daytona as a client sees it.

mod client;
mod exec;
mod files;
mod lifecycle;
mod lists;
mod strictness;
