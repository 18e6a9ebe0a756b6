//! The memory of a process, where the system tells of it.

use std::fs;

use testkit::Worker;

/// A worker's memory, if this system tells: Linux does.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'w>(&'w Worker);

impl<'w> Memory<'w> {
    pub fn of(worker: &'w Worker) -> Option<Self> {
        cfg!(target_os = "linux").then_some(Self(worker))
    }

    /// What it has now, in bytes.
    pub fn now(self) -> u64 {
        self.0.memory()
    }

    /// The most that it has had since the start or [`Memory::forget_peak`], in bytes.
    pub fn peak(self) -> u64 {
        self.0.peak_memory()
    }

    pub fn forget_peak(self) {
        let pid = self.0.pid().expect("a running worker");
        fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a process of ours");
    }
}
