//! Tells when a process opens a named pipe and when all that hold it open have ended.

use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

pub struct Fifo {
    path: PathBuf,
    _dir: TempDir,
    opened: oneshot::Receiver<()>,
    closed: oneshot::Receiver<()>,
}

impl Fifo {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("fifo");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        let (opening, opened) = oneshot::channel();
        let (closing, closed) = oneshot::channel();
        let reader = path.clone();
        // A thread of its own: a blocked task would keep the runtime of a failed test alive.
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(reader).expect("a fifo");
            let _ = opening.send(());
            let _ = pipe.read_to_end(&mut Vec::new());
            let _ = closing.send(());
        });
        Self {
            path,
            _dir: dir,
            opened,
            closed,
        }
    }

    /// Shell code that holds the pipe open in the shell and what it starts.
    pub fn hold(&self) -> String {
        format!("exec 9>{}", self.path.display())
    }

    pub async fn opened(&mut self) {
        let opened = timeout(LIMIT, &mut self.opened).await;
        opened.expect("nobody held the pipe").expect("a reader");
    }

    pub async fn closed(self) {
        let closed = timeout(LIMIT, self.closed).await;
        closed.expect("somebody holds the pipe").expect("a reader");
    }
}
