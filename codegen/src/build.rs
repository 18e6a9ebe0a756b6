//! What a worker's `build.rs` calls.

use std::{env, fs, path::Path, process};

/// Generates the worker of `spec/` (relative to the package) into `OUT_DIR`, and tells cargo what to watch.
///
/// Problems are printed as `cargo codegen check` prints them, and end the build.
pub fn build(spec: impl AsRef<Path>) {
    let spec = spec.as_ref();
    println!("cargo::rerun-if-changed={}", spec.display());
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(target) = env::var("TARGET") {
        println!("cargo::rustc-env=TARGET={target}");
    }
    let generated = match crate::generate(spec) {
        Ok(generated) => generated,
        Err(report) => {
            eprintln!("{}", report.render(false));
            process::exit(1);
        }
    };
    for note in &generated.notes {
        println!("cargo::warning={note}");
    }
    for input in &generated.inputs {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    for (name, text) in generated.files() {
        let written = env::var("OUT_DIR")
            .map_err(|error| error.to_string())
            .and_then(|out| fs::write(Path::new(&out).join(name), text).map_err(|error| error.to_string()));
        if let Err(error) = written {
            eprintln!("cannot write {name}: {error}");
            process::exit(1);
        }
    }
}
