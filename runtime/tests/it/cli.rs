//! The command line, as an operator types it.

use clap::error::ErrorKind;
use provider_runtime::cli::{Cli, NamedFile};
use provider_runtime::manifest::{Package, render};
use serde_json::{Map, json};

const PACKAGE: Package = Package {
    name: "sandbox-example",
    version: "1.2.3",
    description: "An example",
    target: "x86_64-unknown-linux-gnu",
};

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::parse_from(&PACKAGE, ["worker"].iter().chain(arguments))
}

fn url(given: &str) -> Result<String, String> {
    let cli = parse(&["--url", given]).expect("a good command line");
    cli.engine_url().map(String::from).map_err(|error| error.to_string())
}

#[test]
fn help_and_version_speak_of_the_provider() {
    let help = parse(&["--help"]).expect_err("help");
    assert_eq!((help.kind(), help.exit_code()), (ErrorKind::DisplayHelp, 0));
    let help = help.to_string();
    for part in [
        "An example",
        "Usage: sandbox-example",
        "--config <FILE>",
        "[env: III_URL]",
    ] {
        assert!(help.contains(part), "{part:?} is not in\n{help}");
    }
    let version = parse(&["--version"]).expect_err("version");
    assert_eq!(version.to_string(), "sandbox-example 1.2.3\n");
    assert_eq!(version.exit_code(), 0);
}

#[test]
fn what_is_no_option_is_a_usage_error() {
    for arguments in [
        &["--nonsense"][..],
        &["stray"],
        &["--config"],
        &["--config", ""],
        &["--check", "--manifest"],
    ] {
        let error = parse(arguments).expect_err("a usage error");
        assert_eq!(error.exit_code(), 2, "for {arguments:?}");
    }
}

#[test]
fn options_are_taken() {
    let cli = parse(&["--config", "w.yaml", "--check"]).expect("a good command line");
    let named = NamedFile {
        path: "w.yaml".into(),
        variable: None,
    };
    assert_eq!(cli.config_file(), Some(named));
    assert!(cli.check && !cli.manifest);
}

#[test]
fn the_engine_is_a_web_socket_server() {
    for (given, address) in [
        ("", "ws://127.0.0.1:49134/"),
        (" ", "ws://127.0.0.1:49134/"),
        ("ws://engine:49134", "ws://engine:49134/"),
        ("wss://engine.example/x?token=t", "wss://engine.example/x?token=t"),
    ] {
        assert_eq!(url(given).as_deref(), Ok(address));
    }
    for given in [
        "engine:49134",
        "127.0.0.1:49134",
        "http://engine",
        "ws://",
        "ws://user:hush@engine",
        "ws://engine#hush",
    ] {
        let refusal = "--url (or III_URL): must be a ws:// or wss:// URL with a host and without user or fragment \
                       (a token goes into III_TOKEN)";
        assert_eq!(url(given), Err(refusal.to_owned()), "for {given:?}");
    }
}

#[test]
fn the_manifest_is_json() {
    let config = Map::from_iter([("owner".to_owned(), json!("default"))]);
    let manifest = r#"{
  "name": "sandbox-example",
  "version": "1.2.3",
  "description": "An example",
  "default_config": {
    "owner": "default"
  },
  "supported_targets": [
    "x86_64-unknown-linux-gnu"
  ]
}"#;
    assert_eq!(render(&PACKAGE, &config), manifest);
}
