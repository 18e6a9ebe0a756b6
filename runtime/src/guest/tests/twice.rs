//! Scripts that are run twice or break off, and files that change meanwhile.

use std::{fs, path::Path};

use super::{
    Failure, Refusal, Upload, bytes,
    local::{Fate, Local, each, each_with},
    read, told, upload, write, writing,
};
use crate::guest::{
    reading::digest,
    script::{DROP, JOIN, STORE},
};

/// So many bytes are several pieces.
const LARGE: usize = 20_000;

#[tokio::test]
async fn what_is_run_twice_is_done_once() {
    each_with(Fate::Twice, async |local| {
        for bytes in [b"one piece".to_vec(), bytes(LARGE)] {
            assert_eq!(write(local, "f", &bytes).await, Ok(()), "{local}");
            assert_eq!(read(local, "f").await.as_ref(), Ok(&bytes), "{local}");
            assert_eq!(local.names(), ["f"], "{local}");
        }
    })
    .await;
}

/// Whichever program it is whose answer does not come, or that is never run.
#[tokio::test]
async fn a_write_that_breaks_off_leaves_the_old_content_or_the_new_and_nothing_beside() {
    for length in [10, LARGE] {
        let fates = (0..programs(length).await).flat_map(|number| [Fate::Lost(number), Fate::Unsent(number)]);
        for fate in fates {
            each_with(fate, async |local| breaks_off(local, length).await).await;
        }
    }
}

async fn breaks_off(local: &Local, length: usize) {
    local.put("f", b"old");
    let upload = upload("f", bytes(length));
    let written = writing::write(local, &upload).await;
    assert!(matches!(written, Err(Failure::Uncertain(_))), "{local}: {written:?}");
    told(DROP.run(local, writing::removal(&upload)).await).expect("it is removed");
    assert_eq!(local.names(), ["f"], "{local}");
    let left = local.file("f");
    assert!(left == b"old" || left == upload.bytes, "{local}: {} bytes", left.len());
}

/// What [`JOIN`] takes.
fn joining(upload: &Upload, pieces: usize) -> Vec<String> {
    let more = [pieces.to_string(), digest(&upload.bytes), String::new(), String::new()];
    [upload.target().names(), more.to_vec()].concat()
}

/// How many programs it takes to write so many bytes.
async fn programs(length: usize) -> usize {
    let local = Local::usual();
    write(&local, "f", &bytes(length)).await.expect("it is written");
    local.programs()
}

#[tokio::test]
async fn a_piece_that_comes_after_the_end_is_not_kept() {
    each(async |local| {
        let upload = upload("f", Vec::new());
        let store = async |at, piece: &[u8]| {
            let args = upload.target().storing(at, piece);
            told(STORE.run(local, args).await)
        };
        store(0, b"a").await.expect("it is stored");
        assert_eq!(local.names().len(), 1, "{local}");
        told(DROP.run(local, writing::removal(&upload)).await).expect("it is removed");
        assert_eq!(store(1, b"b").await, Err(Refusal::Broken), "{local}");
        assert_eq!(local.names(), <[&str; 0]>::default(), "{local}");
    })
    .await;
}

#[tokio::test]
async fn pieces_of_two_writers_do_not_mix() {
    each(async |local| {
        let (one, other) = (upload("f", b"ab".to_vec()), upload("f", bytes(LARGE)));
        let other = Upload {
            attempt: "other".to_owned(),
            ..other
        };
        for (at, piece) in [(1, b"b"), (0, b"a")].into_iter().rev() {
            let args = one.target().storing(at, piece);
            told(STORE.run(local, args).await).expect("it is stored");
        }
        told(writing::write(local, &other).await).expect("it is written");
        assert_eq!(local.file("f"), other.bytes, "{local}");
        told(JOIN.run(local, joining(&one, 2)).await).expect("it is written");
        assert_eq!(local.file("f"), b"ab", "{local}");
        assert_eq!(local.names(), ["f"], "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_what_was_sent_does_not_take_the_place_of_the_file() {
    let spoils = |home: &Path, number: usize| {
        let entries = fs::read_dir(home)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path());
        if let (2, Some(folder)) = (number, entries.into_iter().find(|path| path.is_dir())) {
            fs::write(folder.join("0"), "spoilt").expect("a piece");
        }
    };
    let local = Local::usual().between(spoils);
    local.put("f", b"old");
    assert_eq!(write(&local, "f", &bytes(LARGE)).await, Err(Refusal::Changed));
    assert_eq!(
        (local.names(), local.file("f")),
        (vec!["f".to_owned()], b"old".to_vec())
    );
}

/// Another content for each number.
fn changed(number: usize) -> Vec<u8> {
    bytes(LARGE + number).into_iter().rev().collect()
}

#[tokio::test]
async fn a_file_that_changes_once_is_read_anew() {
    let local = Local::usual().between(|home, number| {
        if number == 2 {
            fs::write(home.join("f"), changed(1)).expect("a file");
        }
    });
    local.put("f", &bytes(LARGE));
    assert_eq!(read(&local, "f").await, Ok(changed(1)));
}

#[tokio::test]
async fn a_file_that_changes_all_the_time_is_not_read() {
    let local = Local::usual().between(|home, number| {
        fs::write(home.join("f"), changed(number)).expect("a file");
    });
    assert_eq!(read(&local, "f").await, Err(Refusal::Changed));
}

#[tokio::test]
async fn a_file_that_goes_meanwhile_is_missing() {
    let local = Local::usual().between(|home, number| {
        if number == 1 {
            fs::remove_file(home.join("f")).expect("a file");
        }
    });
    local.put("f", &bytes(LARGE));
    assert_eq!(read(&local, "f").await, Err(Refusal::Missing));
}
