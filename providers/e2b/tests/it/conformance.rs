//! What every worker of the family promises.

use super::worker;

testkit::conformance!(
    worker: inputs, schemas, descriptions, acceptance, package, codes, quota, cap, undo, owners, lists, rates, exec, output, snapshots, copies, ports, files
);

testkit::conformance!(
    worker: adapter_images, adapter_ids, adapter_restarts, adapter_list, adapter_exec, adapter_files, adapter_run, adapter_router, adapter_storm, adapter_lost_images, adapter_snapshots, adapter_sizes, adapter_copies
);
