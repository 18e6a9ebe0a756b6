//! Everything a test, a bench or the demo needs around a provider worker, all on loopback and all
//! inside one process except the worker itself:
//!
//! - [`engine`]: an iii engine double that speaks the real WebSocket protocol;
//! - [`simulator`]: what simulators of providers have in common, faults on demand among it;
//! - [`morph`]: a stateful, strict simulator of the Morph Cloud REST API;
//! - [`e2b`]: one of E2B's, and of what it serves in each sandbox;
//! - [`daytona`]: one of Daytona's, and of the toolbox at every sandbox;
//! - [`worker`]: the built worker binary as a child process;
//! - [`deployment`]: the three of them joined;
//! - [`conformance`]: what every worker of the family promises, tried at its simulator;
//! - [`examples`]: the examples of a mapping, each a test of the worker that is made of it;
//! - [`faults`]: a suite that kills every call of every function of a worker in every way;
//! - [`soak`]: many calls on one worker, and its memory on the way.
//!
//! Invariants: ports are ephemeral unless asked otherwise, waiting is for events and always has a
//! limit, and dropping a value ends what it started (sockets, processes, directories). Unix only.

pub mod configuration;
pub mod conformance;
pub mod daytona;
pub mod deployment;
pub mod e2b;
pub mod engine;
pub mod examples;
pub mod faults;
pub mod mapping;
pub mod morph;
pub mod simulator;
pub mod soak;
pub mod worker;

mod seed;
mod signal;
mod watched;

pub use daytona::Daytona;
pub use deployment::Deployment;
pub use e2b::E2b;
pub use engine::{CallError, Engine, PendingCall};
pub use morph::Morph;
pub use seed::seed;
pub use simulator::{Fault, RateLimit, Simulator};
pub use worker::Worker;
