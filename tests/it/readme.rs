//! What the README says can be done as it says.

use std::{
    env,
    fs::{self, File},
    path::Path,
    process::Command,
};

use testkit::Deployment;

use crate::WORKER;

fn yaml_block(readme: &str) -> &str {
    let blocks = readme.split("```yaml\n").skip(1);
    let mut blocks = blocks.filter_map(|after| Some(after.split_once("```")?.0));
    blocks
        .find(|block| block.contains("reboot:"))
        .expect("a block with the endpoint")
}

#[test]
fn the_new_endpoint_of_the_readme_holds_and_is_registered() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let spec = tempfile::tempdir().expect("a folder");
    for file in ["openapi.json", "overlay.yaml"] {
        fs::copy(Path::new("spec").join(file), spec.path().join(file)).expect("a copy");
    }
    let mapping = fs::read_to_string("spec/mapping.yaml").expect("the mapping");
    fs::write(
        spec.path().join("mapping.yaml"),
        format!("{mapping}\n{}", yaml_block(&readme)),
    )
    .expect("a mapping");
    let generated = provider_codegen::generate(spec.path()).unwrap_or_else(|report| panic!("{report}"));
    assert!(generated.provider.contains("Function::new(\"reboot\", handle)"));
}

/// What callers in other languages begin with: the fence of its block, and what runs it from standard input.
const QUICKSTARTS: [(&str, &str, &[&str]); 2] = [
    ("python", "examples/quickstart.py", &["python3", "-"]),
    ("js", "examples/quickstart.mjs", &["node", "--input-type=module", "-"]),
];

#[test]
fn the_quickstarts_of_the_readme_are_the_examples() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    for (language, file, _) in QUICKSTARTS {
        let example = fs::read_to_string(file).expect("an example");
        let block = format!("```{language}\n{example}```\n");
        assert!(readme.contains(&block), "README.md has another {file}");
    }
}

/// In the folder that NODE_SDK names, where node looks for packages.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 with iii-sdk, and node with iii-sdk in the folder that NODE_SDK names"]
async fn the_quickstarts_print_what_the_readme_says() {
    let deployment = Deployment::start(WORKER).await;
    for (_, file, program) in QUICKSTARTS {
        let mut quickstart = Command::new(program[0]);
        quickstart.args(&program[1..]).arg(deployment.morph().known_snapshot());
        quickstart.env("III_URL", deployment.engine.url());
        quickstart.stdin(File::open(file).expect("an example"));
        quickstart.current_dir(env::var("NODE_SDK").unwrap_or_else(|_| ".".to_owned()));
        let running = tokio::task::spawn_blocking(move || quickstart.output());
        let output = running.await.expect("no panic").expect("a program");
        let (said, told) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(said.contains("0 it's $HOME *\n"), "{file}: {said}{told}");
        assert!(
            deployment.morph().instances().is_empty(),
            "{file} has stopped its sandbox"
        );
    }
}
