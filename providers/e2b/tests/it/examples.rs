//! The examples of spec/, each a test of the worker.

testkit::examples!(crate::WORKER);
