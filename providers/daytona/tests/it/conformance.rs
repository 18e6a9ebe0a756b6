//! What every worker of the family promises.

use super::worker;

testkit::conformance!(
    worker: inputs, schemas, descriptions, acceptance, package, codes, quota, cap, undo, owners, lists, long_lists, rates, exec, output, snapshots, copies, ports, files
);
