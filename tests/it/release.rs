//! `.ci/release`: the archives of a worker, whichever tools the machine has.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

/// Builds nothing: leaves a binary where cargo would, with a time of its own.
const CARGO: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --package) package=$2 ;;
    --target) target=$2 ;;
  esac
  shift
done
case $target in
  unheard-of) echo "error: could not find specification for target" >&2; exit 101 ;;
esac
mkdir -p "$CARGO_TARGET_DIR/$target/release"
echo "$package for $target" >"$CARGO_TARGET_DIR/$target/release/$package"
"#;

/// The tar of macOS, as far as it is called here: it knows none of GNU's long options for what an archive says.
const BSDTAR: &str = r#"#!/bin/bash
set -euo pipefail
given=()
while [ $# -gt 0 ]; do
  case $1 in
    --version) echo "bsdtar 3.5.3 - libarchive 3.7.4 zlib/1.2.12"; exit 0 ;;
    --uid) given+=("--owner=$2"); shift ;;
    --gid) given+=("--group=$2"); shift ;;
    --sort*|--mtime*|--owner*|--group*) echo "tar: Option $1 is not supported" >&2; exit 1 ;;
    *) given+=("$1") ;;
  esac
  shift
done
exec "$GNU_TAR" "${given[@]}"
"#;

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let machine = Self { folder };
        machine.tool("cargo-of-the-test", CARGO);
        machine
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn tool(&self, name: &str, text: &str) {
        let folder = self.path().join("bin");
        fs::create_dir_all(&folder).expect("a folder");
        let tool = folder.join(name);
        fs::write(&tool, text).expect("to write");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("to make it executable");
    }

    /// A worker with these lines in its manifest.
    fn worker(&self, targets: &str) -> String {
        let folder = self.path().join("worker");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(
            folder.join("iii.worker.yaml"),
            format!("iii: v1\nbin: sandbox-acme\n{targets}"),
        )
        .expect("to write");
        folder.display().to_string()
    }

    fn released(&self, worker: &str, out: &str, targets: &[&str]) -> Output {
        let path = std::env::var("PATH").expect("a path");
        let gnu = Command::new("sh").args(["-c", "command -v tar"]).output().expect("tar");
        Command::new(".ci/release")
            .args([worker, &self.path().join(out).display().to_string()])
            .args(targets)
            .env("PATH", format!("{}:{path}", self.path().join("bin").display()))
            .env("GNU_TAR", String::from_utf8_lossy(&gnu.stdout).trim())
            .env("CARGO", "cargo-of-the-test")
            .env("CARGO_TARGET_DIR", self.path().join("target"))
            .output()
            .expect("the script")
    }

    fn archive(&self, out: &str, target: &str) -> Vec<u8> {
        let archive = self.path().join(out).join(format!("sandbox-acme-{target}.tar.gz"));
        fs::read(&archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()))
    }
}

const TWO: &str = "targets:\n  - one-target\n  - another-target\nlicense: MIT\n";

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_target_of_the_manifest_has_an_archive_of_the_same_bytes_whichever_tar_there_is() {
    let machine = Machine::new();
    let worker = machine.worker(TWO);
    let output = machine.released(&worker, "gnu", &[]);
    assert!(output.status.success(), "{}", told(&output));
    machine.tool("tar", BSDTAR);
    let output = machine.released(&worker, "bsd", &[]);
    assert!(output.status.success(), "{}", told(&output));
    for target in ["one-target", "another-target"] {
        assert_eq!(
            machine.archive("gnu", target),
            machine.archive("bsd", target),
            "{target}"
        );
    }
    let listed = Command::new("tar")
        .args(["--list", "--verbose", "--numeric-owner", "--file"])
        .arg(machine.path().join("bsd/sandbox-acme-one-target.tar.gz"))
        .env("TZ", "UTC")
        .output()
        .expect("tar");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.starts_with("-rwxr-xr-x 0/0"), "{listed}");
    assert!(listed.contains("1970-01-01 00:00 sandbox-acme\n"), "{listed}");
}

#[test]
fn without_a_target_nothing_is_released_and_that_is_an_error() {
    let machine = Machine::new();
    for targets in ["", "targets: []\n", "targets:\nlicense: MIT\n"] {
        let output = machine.released(&machine.worker(targets), "out", &[]);
        assert_eq!(output.status.code(), Some(1), "{targets:?}");
        assert!(
            told(&output).contains("lists no targets"),
            "{targets:?}: {}",
            told(&output)
        );
    }
}

#[test]
fn a_target_that_cannot_be_built_is_told_with_what_to_do() {
    let machine = Machine::new();
    let worker = machine.worker(TWO);
    let output = machine.released(&worker, "out", &["unheard-of"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("rustup target add unheard-of"),
        "{}",
        told(&output)
    );
}
