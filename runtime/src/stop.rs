//! The signals by which a process is told to end.

use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT and SIGHUP.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// Absent where the process was started to outlive its terminal.
    hang_up: Option<Signal>,
    asked: usize,
}

impl Stop {
    /// From now on they no longer end the process by themselves. Needs a runtime around it.
    pub(crate) fn new() -> io::Result<Self> {
        let hang_up = (!ignores_hang_up()).then(|| signal(SignalKind::hangup()));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: hang_up.transpose()?,
            asked: 0,
        })
    }

    /// The next time that the process is told to end.
    pub(crate) async fn asked(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hang_up => {}
        }
        self.asked += 1;
    }

    /// The second time: a worker that ends because the engine refuses it has not been told yet.
    pub(crate) async fn asked_twice(&mut self) {
        while self.asked < 2 {
            self.asked().await;
        }
    }
}

/// Whether whoever has started the process has it ignore SIGHUP, as `nohup` does. Known on Linux only.
fn ignores_hang_up() -> bool {
    const HANG_UP: u64 = 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & HANG_UP != 0)
}
