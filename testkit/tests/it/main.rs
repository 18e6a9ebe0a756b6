//! The doubles against the real SDK and a plain HTTP client, and the fault suite against a worker that deserves it.

mod channels;
mod daytona;
mod deployment;
mod e2b;
mod engine;
mod faults;
mod fifo;
mod http;
mod router;
mod sdk;
mod simulator;
mod stand_in;
mod worker;
