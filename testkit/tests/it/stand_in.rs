//! A worker that is one of these tests: this binary again, with an ignored test of this name as its only one.

use std::env;

use testkit::Deployment;
use testkit::deployment::DeploymentBuilder;

/// A deployment whose worker is the test of this name. What the deployment adds to its command line follows `--`, behind
/// which the test harness looks for names only.
pub fn deployed(test: &str) -> DeploymentBuilder {
    let binary = Deployment::builder(env::current_exe().expect("this binary"));
    let arguments = [test, "--exact", "--ignored", "--nocapture", "--"];
    arguments.into_iter().fold(binary, DeploymentBuilder::arg)
}

/// What follows a flag on the command line of such a worker.
pub fn argument(flag: &str) -> String {
    let following = env::args().skip_while(|arg| arg != flag).nth(1);
    following.expect("a flag and its value")
}
