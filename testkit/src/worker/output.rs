//! The lines a child process writes, collected as they come.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;

use crate::watched::Watched;

#[derive(Debug, Default)]
struct Lines {
    stdout: Vec<String>,
    stderr: Vec<String>,
    closed: usize,
}

type Pick = fn(&mut Lines) -> &mut Vec<String>;

#[derive(Debug)]
pub(super) struct Output {
    lines: Arc<Watched<Lines>>,
}

impl Output {
    pub(super) fn of(child: &mut Child) -> Self {
        let lines = Arc::new(Watched::new(Lines::default()));
        // One that goes elsewhere has no lines here.
        tokio::spawn(collect(child.stdout.take(), Arc::clone(&lines), |l| &mut l.stdout));
        tokio::spawn(collect(child.stderr.take(), Arc::clone(&lines), |l| &mut l.stderr));
        Self { lines }
    }

    pub(super) fn stdout(&self) -> String {
        self.lines.read(|lines| lines.stdout.concat())
    }

    pub(super) fn stderr(&self) -> String {
        self.lines.read(|lines| lines.stderr.concat())
    }

    pub(super) async fn line(&self, limit: Duration, part: &str) -> Option<String> {
        let found = self.lines.wait(limit, |lines| {
            let mut all = lines.stdout.iter().chain(&lines.stderr);
            match all.find(|line| line.contains(part)) {
                Some(line) => Some(Some(line.trim_end().to_owned())),
                None => (lines.closed == 2).then_some(None),
            }
        });
        found.await.flatten()
    }

    /// Whether both streams were closed within `limit`.
    pub(super) async fn wait_closed(&self, limit: Duration) -> bool {
        let closed = self.lines.wait(limit, |l| (l.closed == 2).then_some(()));
        closed.await.is_some()
    }
}

async fn collect(stream: Option<impl AsyncRead + Unpin>, lines: Arc<Watched<Lines>>, pick: Pick) {
    if let Some(stream) = stream {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
            let text = String::from_utf8_lossy(&line).into_owned();
            lines.update(|lines| pick(lines).push(text));
            line.clear();
        }
    }
    lines.update(|lines| lines.closed += 1);
}
