//! The worker as a sandbox adapter of the engine: what its router forwards `sandbox::*` to.
//!
//! The contract's functions are made of the provider's own `create`, `exec` and `stop`; a provider needs nothing for them.

mod fault;
