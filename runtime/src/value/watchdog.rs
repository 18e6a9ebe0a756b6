//! Runs a program in the sandbox, keeps its time and its output, and says how that went.
//!
//! Giving up on the call would leave a program running. `timeout PROGRAM` alone does not end it either: busybox's
//! signals only the process it started, and coreutils' sends no KILL once that process has ended. So a small script
//! runs the program and uses `timeout` as a clock. It needs `setsid` and `timeout`, which coreutils and util-linux, or
//! busybox, bring. Where they are missing, a program whose caller named a timeout does not run: the line says so and
//! exits 127. One whose caller named none runs without, and the line says that.
//!
//! The program gets a session of its own, and so a process group. When time is over the whole group gets TERM, and when
//! the program has ended, but 2 s later at most, KILL; then the line exits 124. A child that the program moved to
//! another session stays. The script has a session too: if the provider ends the line early, the script still keeps the
//! time, and `kill 0` in the program does not reach it.
//!
//! A provider reads until everybody who holds the pipe has closed it, and children inherit it. So the program writes to
//! two files, which lose their names before it begins: whatever is killed, nothing stays behind, and a child may go on
//! writing. When the program has ended, the script copies what is there, of a long stream its begin and its end.
//! That needs `head`, `tail`, `wc`, `rm` and a folder to write in; without one of them the program gets the pipes. The
//! one thing that a program can tell is that its output is a file: who opens `/dev/stdout` anew, begins it anew.
//!
//! What [`report`](super::report) reads of it are marks that no program can foresee: `iii-ATTEMPT-cut` between the two
//! parts, and at the end of standard error `iii-ATTEMPT-` with a word, if there was a timeout to be kept.

use super::Line;
use crate::error::Error;

/// More than any answer holds, and a number that a shell with 32 bits can count one further than.
const UNBOUNDED: u64 = 2_000_000_000;

/// Starts [`SCRIPT`], which is `$0`, in a session of its own; this is what it does where that cannot be.
///
/// In a subshell, since `setsid` would go to the background if it led its process group, as this shell may.
const START: &str = r#"(exec setsid sh -c "$0" "$@");exit $?"#;
const REFUSE: &str =
    r#"for p in setsid timeout;do type $p>/dev/null 2>&1||{ echo "sh: $p: not found">&2;exit 127;};done;"#;
const GO_ON: &str = r#"type setsid timeout>/dev/null 2>&1||{ shift;exec sh -c "$0" untimed "$@";};"#;

/// `$0` is the time in seconds, or what to report of a program that has no time; `$1` the begin of the marks, `$2` the
/// longest stream, `$3` how much of that is from its begin; then comes the program. Terse, because the provider's longest command has to hold it too.
///
/// Standard output is 5, or a file that 6 and 7 read; standard error is 8, or one that 9 and 4 read; 3 is the line's
/// own. The shells here have no standard error, for they report there that a child was killed.
///
/// - `x` becomes the program, `c` is a clock: it waits for a line of its input, so many seconds long.
/// - `p` copies a stream. Its size is tried with one reader, since a child may be writing: no reader goes to the end.
/// - `g` runs the program. The left side of its pipe writes the number of the program's group and, when the program
///   has ended, an empty line and its status. The right side waits for the empty line. Neither the program nor a clock
///   holds the other's pipes open. If the left side was killed itself, the clock has not run out.
/// - The loop looks for a folder where the files can be made, opened and deprived of their names.
const SCRIPT: &str = r#"m=$1 l=$2 h=$3;shift 3;exec 3>&2 5>&1 8>&2 2>/dev/null;k=:
x="exec \"\$@\" >&5 2>&8 3>&- 4<&- 5>&- 6<&- 7<&- 8>&- 9<&-"
c(){ timeout $1 sh -c "read l">/dev/null 3>&- 5>&- 8>&-;}
p(){ if [ `tail -c $((l+1)) <&$1|wc -c` -gt $l ];then head -c $h <&$2;printf %s $m-cut;tail -c $((l-h)) <&$2;else head -c $l <&$2;fi;}
g(){ case $0 in
[0-9]*)r=$({ (exec setsid sh -c "echo \$\$;$x" sh "$@");echo "
$?";}|(read p;c $0&&{ read s;echo end;exit $s;};[ $? = 1 ]||echo over;kill -s TERM -- -$p;c 2;kill -s KILL -- -$p;exit 124));;
*)r=$0;(eval "$x");;esac;s=$?;$k 6 7;$k 9 4 >&3;[ $r ]&&printf %s $m-$r>&3;exit $s;}
type head tail wc rm>&2&&for d in "${TMPDIR:-/tmp}" /dev/shm /var/tmp .;do d=$d/$m-$$.;(umask 77;:>"$d">"$d-")&&{ k=p;rm -f -- "$d"*;g "$@";} 5>>"$d" 6<"$d" 7<"$d" 8>>"$d-" 9<"$d-" 4<"$d-";rm -f -- "$d"*;done
g "$@""#;

/// How long a program may run.
pub(super) enum Time {
    Unlimited,
    /// Seconds that its caller asked for, as [`seconds`] writes them: without a clock it must not run.
    Asked(String),
    /// Seconds that it gets where there is a clock.
    Usual(String),
}

impl Time {
    /// `asked` is in milliseconds, `usual` in seconds; either may be absent.
    pub(super) fn of(asked: Option<u64>, usual: Option<u64>) -> Result<Self, Error> {
        match (asked, usual) {
            // `timeout 0` waits for ever.
            (Some(0), _) => Err(Error::bad_input("timeout_ms", "must be at least 1")),
            (Some(ms), _) => Ok(Self::Asked(seconds(ms))),
            (None, Some(secs)) => Ok(Self::Usual(secs.max(1).to_string())),
            (None, None) => Ok(Self::Unlimited),
        }
    }
}

/// What stands before a program: it may run for `time`, and write so many bytes to a stream.
pub(super) fn words(line: &Line<'_>, time: Time, max_output_bytes: Option<u64>) -> Vec<String> {
    let limit = max_output_bytes.unwrap_or(UNBOUNDED).min(UNBOUNDED);
    let mut words = vec!["sh".to_owned(), "-c".to_owned()];
    match time {
        Time::Unlimited => words.extend([SCRIPT.to_owned(), String::new()]),
        Time::Asked(secs) => words.extend([format!("{REFUSE}{START}"), SCRIPT.to_owned(), secs]),
        Time::Usual(secs) => words.extend([format!("{GO_ON}{START}"), SCRIPT.to_owned(), secs]),
    }
    let first = line.kept.first(limit);
    words.extend([mark(line.attempt), limit.to_string(), first.to_string()]);
    words
}

/// `300`, or `0.25`: a fraction only where needed, since not every `timeout` reads one.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What every mark of a line begins with.
pub(super) fn mark(attempt: &str) -> String {
    format!("iii-{attempt}")
}
