//! Lines for a stream that perhaps nobody reads.
//!
//! Whoever has one to write never waits: a thread does. What the stream does not take is kept up to a limit; lines beyond
//! are dropped and counted, and a line of their own says so where they are missing, once others can be written again.
//!
//! `tracing-appender` does much of that. But it counts lines and not bytes, tells nobody what it has dropped, and prints to
//! standard output when it cannot end.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use tokio::time::sleep;

/// Room for some thousand lines, in bytes.
const LIMIT: usize = 1 << 20;

/// Before a stream is tried again that would have to be waited for and has been set not to.
const PAUSE: Duration = Duration::from_millis(20);

/// See the head of this file.
#[derive(Debug)]
pub(crate) struct Lines {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Line>,
    /// Of those that wait.
    bytes: usize,
    /// Whether the thread has one in its hands.
    writing: bool,
    /// Since that was told the last time.
    dropped: u64,
}

#[derive(Debug)]
struct Line {
    text: Vec<u8>,
    /// How many are lost with it.
    stands_for: u64,
}

impl Lines {
    /// # Panics
    /// If the system has no thread left.
    pub(crate) fn to(stream: impl Write + Send + 'static) -> Arc<Self> {
        let lines = Arc::new(Self {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let written = Arc::clone(&lines);
        let thread = thread::Builder::new().name("lines".to_owned());
        let started = thread.spawn(move || written.write_to(stream));
        started.expect("a thread that writes lines");
        lines
    }

    /// Adds text that ends its line.
    pub(crate) fn add(&self, text: &[u8]) {
        self.state().add(text);
        self.changed.notify_all();
    }

    /// Adds a line, whatever is in it.
    pub(crate) fn say(&self, line: &str) {
        self.add(format!("{line}\n").as_bytes());
    }

    /// Whether everything has been written, or could not be.
    pub(crate) fn is_done(&self) -> bool {
        self.state().is_done()
    }

    /// Resolves when everything has been written, or could not be.
    pub(crate) async fn written(&self) {
        while !self.is_done() {
            sleep(PAUSE).await;
        }
    }

    /// Waits until everything has been written, but no longer than that.
    pub(crate) fn flush(&self, within: Duration) {
        let is_not_done = |state: &mut State| !state.is_done();
        drop(self.changed.wait_timeout_while(self.state(), within, is_not_done));
    }

    fn write_to(&self, mut stream: impl Write) {
        loop {
            let line = self.next();
            let written = write(&mut stream, &line.text);
            self.state().written(&line, written.is_ok());
            self.changed.notify_all();
        }
    }

    fn next(&self) -> Line {
        let mut state = self.state();
        loop {
            if let Some(line) = state.take() {
                return line;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For `tracing`, which writes each event in one piece.
impl Write for &Lines {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.add(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl State {
    fn add(&mut self, text: &[u8]) {
        // Half of the room must be free again, or every other line would be about those that are not there.
        let has_room = match self.dropped {
            0 => self.bytes + text.len() <= LIMIT,
            _ => self.bytes + text.len() <= LIMIT / 2,
        };
        if !has_room {
            self.dropped += 1;
            return;
        }
        self.tell_dropped();
        self.push(text.to_vec(), 1);
    }

    fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            self.push(notice(self.dropped).into_bytes(), self.dropped);
            self.dropped = 0;
        }
    }

    fn push(&mut self, text: Vec<u8>, stands_for: u64) {
        self.bytes += text.len();
        self.waiting.push_back(Line { text, stands_for });
    }

    fn take(&mut self) -> Option<Line> {
        let line = self.waiting.pop_front()?;
        self.bytes -= line.text.len();
        self.writing = true;
        Some(line)
    }

    fn written(&mut self, line: &Line, is_written: bool) {
        self.writing = false;
        match is_written {
            true if self.waiting.is_empty() => self.tell_dropped(),
            true => {}
            false => self.dropped += line.stands_for,
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && !self.writing
    }
}

/// Like a line of the log's own: one of them may be what `RUST_LOG` asks for, this one is always.
fn notice(dropped: u64) -> String {
    let now = Timestamp::now().round(Unit::Microsecond).unwrap_or_default();
    let target = module_path!();
    format!("{now}  WARN {target}: lines are missing here: nobody read what stood before them dropped={dropped}\n")
}

fn write(stream: &mut impl Write, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, PipeReader, Read, pipe};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(20);

    fn numbered(lines: &Lines, numbers: std::ops::Range<u64>) {
        for number in numbers {
            lines.say(&format!("line {number}"));
        }
    }

    /// Reads until a line says so.
    fn read_up_to(reader: PipeReader, last: &str) -> Vec<String> {
        let mut read = Vec::new();
        for line in BufReader::new(reader).lines() {
            read.push(line.expect("text"));
            if read.last().is_some_and(|line| line == last) {
                break;
            }
        }
        read
    }

    #[test]
    fn they_arrive_in_order_and_completely() {
        let (reader, writer) = pipe().expect("a pipe");
        let lines = Lines::to(writer);
        let reading = thread::spawn(move || read_up_to(reader, "line 9999"));
        numbered(&lines, 0..10_000);
        lines.flush(DEADLINE);
        assert!(lines.is_done());
        let expected: Vec<_> = (0..10_000).map(|number| format!("line {number}")).collect();
        assert_eq!(reading.join().expect("no panic"), expected);
    }

    #[test]
    fn what_is_dropped_is_told_where_it_is_missing() {
        let (reader, writer) = pipe().expect("a pipe");
        let lines = Lines::to(writer);
        numbered(&lines, 0..200_000);
        assert!(!lines.is_done());
        let reading = thread::spawn(move || read_up_to(reader, "the last"));
        lines.flush(DEADLINE);
        lines.say("the last");
        let read = reading.join().expect("no panic");
        let kept = read.len() - 2;
        let head: Vec<_> = (0..kept).map(|number| format!("line {number}")).collect();
        assert_eq!(read[..kept], head);
        let dropped = format!("dropped={}", 200_000 - kept);
        assert!(read[kept].ends_with(&dropped), "{} lines, then {}", kept, read[kept]);
    }

    #[test]
    fn nobody_waits_for_a_reader() {
        let (_unread, writer) = pipe().expect("a pipe");
        let lines = Lines::to(writer);
        numbered(&lines, 0..200_000);
        lines.flush(Duration::from_millis(10));
        assert!(!lines.is_done());
    }

    /// Refuses until it is told to work.
    struct Broken(Arc<Mutex<Option<Vec<u8>>>>);

    impl Write for Broken {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            match self.0.lock().expect("no panic").as_mut() {
                Some(written) => written.write(text),
                None => Err(ErrorKind::BrokenPipe.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_broken_stream_does_not_take_counts_as_dropped() {
        let written = Arc::new(Mutex::new(None));
        let lines = Lines::to(Broken(Arc::clone(&written)));
        numbered(&lines, 0..3);
        lines.flush(DEADLINE);
        numbered(&lines, 3..5);
        lines.flush(DEADLINE);
        *written.lock().expect("no panic") = Some(Vec::new());
        numbered(&lines, 5..6);
        lines.flush(DEADLINE);
        let written = written.lock().expect("no panic").take().expect("it works");
        let written = String::from_utf8(written).expect("text");
        assert!(written.ends_with("dropped=5\nline 5\n"), "{written}");
    }

    #[test]
    fn a_stream_that_is_set_not_to_be_waited_for_is_tried_again() {
        struct Later(usize, io::PipeWriter);
        impl Write for Later {
            fn write(&mut self, text: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 % 2 {
                    0 => self.1.write(&text[..1]),
                    _ => Err(ErrorKind::WouldBlock.into()),
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut reader, writer) = pipe().expect("a pipe");
        let lines = Lines::to(Later(0, writer));
        lines.say("all of it");
        let mut read = [0; 10];
        reader.read_exact(&mut read).expect("a line");
        assert_eq!(&read, b"all of it\n");
    }
}
