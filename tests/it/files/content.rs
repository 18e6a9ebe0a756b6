//! What is in a file, whatever it is called and however large it is.

use super::{Disk, base64, worker};

const NAMES: [&str; 9] = [
    "plain",
    "-n",
    "it's \"quoted\" \\ back",
    "$HOME `id` $(id)",
    "; touch gone & | > <",
    "*?[a]!^~",
    "two\nlines\n",
    " ü 漢字 ",
    "a/b/c",
];

#[tokio::test]
async fn a_name_is_a_name_whatever_is_in_it() {
    let disk = Disk::of(worker()).await;
    for name in NAMES {
        let bytes = base64(3 * name.len());
        disk.write(name, &bytes).await.expect("it is written");
        assert_eq!(disk.read(name).await, Ok(bytes), "{name:?}");
    }
    let count = disk.script("find . -type f | tr -cd '\\0/' | wc -c; find . -type f -print0 | tr -cd '\\0' | wc -c");
    assert_eq!(count.await.split_ascii_whitespace().last(), Some("9"));
}

/// The longest path there is, each of its bytes quoted by itself: a line has room for it and for a piece.
#[tokio::test]
async fn the_longest_path_fits_into_a_line() {
    let disk = Disk::of(worker()).await;
    let folder = "'!".repeat(100);
    let path = format!("{}x", format!("{folder}/").repeat(20));
    let bytes = base64(300_000);
    disk.write(&path, &bytes).await.expect("it is written");
    assert_eq!(disk.read(&path).await, Ok(bytes));
}

#[tokio::test]
async fn a_small_file_takes_a_program_and_a_large_one_several() {
    let disk = Disk::of(worker().config("max_response_bytes: 62914560")).await;
    for (length, written, read) in [
        (0, 1, 1),
        (3, 1, 1),
        (60_000, 1, 1),
        (600_000, 8, 1),
        (20 << 20, 232, 28),
    ] {
        let bytes = base64(length);
        disk.write("f", &bytes).await.expect("it is written");
        assert_eq!(disk.programs(), written, "to write {length}");
        assert!(disk.read("f").await.as_ref() == Ok(&bytes), "{length} have changed");
        assert_eq!(disk.programs(), read, "to read {length}");
    }
}

#[tokio::test]
async fn what_is_configured_for_programs_of_callers_is_not_for_these() {
    let disk = Disk::of(worker().config("max_output_bytes: 1\ndefault_exec_timeout_secs: 1")).await;
    let bytes = base64(600_000);
    disk.write("f", &bytes).await.expect("it is written");
    assert_eq!(disk.read("f").await, Ok(bytes));
    let lines = disk.deployment.morph().requests_to("POST", super::RUN).into_iter();
    let lines: Vec<_> = lines
        .map(|request| request.body.expect("a body")["command"][0].to_string())
        .collect();
    assert!(
        lines.iter().all(|line| line.len() <= 131_071 + 1000),
        "longer than a line"
    );
    assert_eq!(disk.script("echo more than one byte").await.len(), 1);
}

#[tokio::test]
async fn a_file_keeps_its_mode_and_a_link_its_target() {
    let disk = Disk::of(worker()).await;
    disk.script("touch f; chmod 4751 f; ln -s f link").await;
    disk.write("link", "aGk=").await.expect("it is written");
    assert_eq!(
        disk.script("stat -c '%a %F' f link; cat f").await,
        "4751 regular file\n777 symbolic link\nhi"
    );
    disk.write("new", "aGk=").await.expect("it is written");
    assert_eq!(disk.script("stat -c %a new").await, "644\n");
}

/// Two writers, and a reader beside them: whatever is seen is what one of them has written, and all of it.
#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_leave_the_content_of_one() {
    let disk = Disk::of(worker()).await;
    let contents = [base64(400_000), "eHl6".repeat(130_000)];
    disk.write("f", &contents[0]).await.expect("it is written");
    let begun: Vec<_> = [0, 1, 0, 1]
        .into_iter()
        .map(|which: usize| disk.deployment.begin("fs::write", disk.writing("f", &contents[which])))
        .collect();
    for _ in 0..4 {
        let seen = disk.read("f").await.expect("it is read");
        assert!(contents.contains(&seen), "a mixture of {} characters", seen.len());
    }
    for writing in begun {
        writing.await.expect("it is written");
    }
    assert!(contents.contains(&disk.read("f").await.expect("it is read")));
    assert_eq!(disk.script("ls -A").await, "f\n");
}

#[tokio::test]
async fn a_sandbox_without_a_clock_has_files_too() {
    let disk = Disk::of(worker()).await;
    let commands = [
        "sh",
        "env",
        "head",
        "tail",
        "wc",
        "rm",
        "cat",
        "ls",
        "mv",
        "mkdir",
        "chmod",
        "chown",
        "base64",
        "sha256sum",
        "readlink",
    ];
    disk.deployment.morph().set_commands(&commands);
    let bytes = base64(300_000);
    disk.write("f", &bytes).await.expect("it is written");
    assert_eq!(disk.read("f").await, Ok(bytes));
}
