//! The folder that all sandboxes of simulators share.

use std::fs::File;

use tokio::task::spawn_blocking;

/// The right to use fixed names in `/tmp`, until it is dropped.
#[derive(Debug)]
#[must_use = "others use the same names as soon as it is dropped"]
pub struct Tmp(#[expect(dead_code, reason = "closing it gives the lock back")] File);

impl Tmp {
    /// Waits until nobody on this machine has it. What runs in sandboxes of simulators runs here, with folders of its own
    /// for everything but `/tmp`.
    pub async fn alone() -> Self {
        let locked = spawn_blocking(|| {
            let file = File::create(std::env::temp_dir().join("testkit-tmp.lock"))?;
            file.lock()?;
            std::io::Result::Ok(file)
        });
        Self(locked.await.expect("it ends").expect("a lock on a file"))
    }
}
