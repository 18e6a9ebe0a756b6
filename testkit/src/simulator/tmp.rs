//! The folder that all sandboxes of simulators share.

use std::fs::File;
use std::io;

use tokio::task::spawn_blocking;

/// The right to use fixed names in `/tmp`, until it is dropped.
#[derive(Debug)]
#[must_use = "others use the same names as soon as it is dropped"]
pub struct Tmp(#[expect(dead_code, reason = "closing it gives the lock back")] File);

impl Tmp {
    /// Waits until nobody on this machine has it. What runs in sandboxes of simulators runs here, with folders of its own
    /// for everything but `/tmp`.
    pub async fn alone() -> Self {
        Self::locked(File::lock).await
    }

    /// Waits until nobody has it alone. Others may have it, who write the same into files of the same names.
    pub async fn among_the_same() -> Self {
        Self::locked(File::lock_shared).await
    }

    async fn locked(lock: fn(&File) -> io::Result<()>) -> Self {
        let locked = spawn_blocking(move || {
            let file = File::create(std::env::temp_dir().join("testkit-tmp.lock"))?;
            lock(&file)?;
            io::Result::Ok(file)
        });
        Self(locked.await.expect("it ends").expect("a lock on a file"))
    }
}
