//! The scripts in the shells and with the commands of this machine.

mod entries;
pub(crate) mod local;
pub(crate) mod names;
mod refused;
mod twice;

use local::{LINE, Local, Machine, OUTPUT, each, each_with};

use super::{
    reading,
    script::{Failure, Refusal},
    writing::{self, Upload},
};

/// Larger than every file here.
const MOST: usize = 64 << 20;

/// What no text has: every byte, NUL and line ends among them, so often that there are several pieces.
fn bytes(length: usize) -> Vec<u8> {
    let mixed = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7) as u8;
    (0..length).map(mixed).collect()
}

fn upload(path: &str, bytes: Vec<u8>) -> Upload {
    Upload {
        path: path.to_owned(),
        attempt: "1f0c9f54".to_owned(),
        bytes,
        mode: None,
    }
}

async fn write(local: &Local, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
    told(writing::write(local, &upload(path, bytes.to_vec())).await)
}

async fn read(local: &Local, path: &str) -> Result<Vec<u8>, Refusal> {
    told(reading::read(local, path, MOST).await)
}

/// What a script says by itself.
fn told<T>(result: Result<T, Failure>) -> Result<T, Refusal> {
    result.map_err(|failure| match failure {
        Failure::Told(refusal) => refusal,
        Failure::Uncertain(error) => panic!("{error}"),
    })
}

#[test]
fn the_statuses_of_the_scripts_are_told_apart() {
    let statuses: Vec<i64> = (1..=125)
        .filter(|status| !matches!(Refusal::of(*status), Some(Refusal::Other(_))))
        .collect();
    assert_eq!(statuses, [65, 66, 67, 68, 69, 71, 72, 73, 74, 75, 76, 77]);
    assert_eq!(Refusal::of(0), None);
}

/// The others try those that are installed.
#[test]
#[ignore = "dash, bash, mksh, zsh, busybox and toybox have to be installed, or what is not is not tried"]
fn no_shell_is_left_out() {
    assert_eq!(Machine::absent(), <[&str; 0]>::default());
}

#[tokio::test]
async fn bytes_come_back_as_they_were() {
    each(async |local| {
        for length in [0, 1, 57, 58, 10_000, 70_001] {
            let bytes = bytes(length);
            assert_eq!(write(local, "f", &bytes).await, Ok(()), "{local} {length}");
            assert_eq!(read(local, "f").await.as_ref(), Ok(&bytes), "{local} {length}");
            assert_eq!(local.file("f"), bytes, "{local} {length}");
            assert_eq!(local.names(), ["f"], "{local} {length}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_line_and_no_output_is_longer_than_it_may_be() {
    each(async |local| {
        let bytes = bytes(70_001);
        write(local, "f", &bytes).await.expect("it is written");
        read(local, "f").await.expect("it is read");
        let (lines, outputs) = local.longest();
        assert!((1..=LINE).contains(&lines), "{local}: {lines}");
        assert!((1..=OUTPUT).contains(&outputs), "{local}: {outputs}");
        assert!(local.programs() > 10, "{local} took {}", local.programs());
    })
    .await;
}

#[tokio::test]
async fn a_file_keeps_its_mode_unless_another_is_given() {
    each(async |local| {
        write(local, "f", b"a").await.expect("it is written");
        assert_eq!(local.mode("f"), 0o644, "{local}");
        for mode in [0o600, 0o755, 0o4711, 0o2640, 0o1777, 0o6755, 0o642] {
            local.set_mode("f", mode);
            write(local, "f", &bytes(20_000)).await.expect("it is written");
            assert_eq!(local.mode("f"), mode, "{local}");
        }
        let given = Upload {
            mode: Some(0o750),
            ..upload("f", b"b".to_vec())
        };
        told(writing::write(local, &given).await).expect("it is written");
        assert_eq!((local.mode("f"), local.file("f")), (0o750, b"b".to_vec()), "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_that_lacks_a_command_says_so() {
    for missing in ["base64", "sha256sum"] {
        let local = Local::on(Machine::without(missing));
        assert_eq!(write(&local, "f", b"a").await, Err(Refusal::Lacking), "{missing}");
        local.put("f", b"a");
        assert_eq!(read(&local, "f").await, Err(Refusal::Lacking), "{missing}");
        assert_eq!(local.names(), ["f"], "{missing}");
    }
}
