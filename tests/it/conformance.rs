//! What every worker of the family promises.

use testkit::Deployment;
use testkit::deployment::DeploymentBuilder;

use crate::WORKER;

fn worker() -> DeploymentBuilder {
    Deployment::builder(WORKER)
}

testkit::conformance!(
    worker: inputs, codes, quota, cap, undo, owners, lists, long_lists, rates, exec, output, snapshots, copies, ports
);

testkit::conformance!(
    worker: adapter_images, adapter_lost_images, adapter_ids, adapter_restarts, adapter_list, adapter_exec, adapter_files, adapter_run, adapter_router, adapter_storm, adapter_snapshots, adapter_sizes, adapter_copies
);

mod files_by_exec {
    use testkit::deployment::DeploymentBuilder;

    fn worker() -> DeploymentBuilder {
        crate::files::worker()
    }

    testkit::conformance!(worker: files);
}

mod every_function {
    use testkit::deployment::{DeploymentBuilder, FUNCTIONS};

    fn worker() -> DeploymentBuilder {
        let functions = [&FUNCTIONS[..], &["extend", "fs::read", "fs::write"]].concat();
        super::worker().config("functions: [extend, fs]").functions(&functions)
    }

    testkit::conformance!(worker: schemas, descriptions, acceptance, package);
}
