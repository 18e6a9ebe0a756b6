//! A crash writes no memory to disk: the API key is in it, and what callers have sent.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns core dumps off for the rest of the process's life.
///
/// On Linux that takes two steps: a dump that is piped to a program disregards the limit. With the second the process
/// is also not to be debugged, and what /proc shows of its memory and environment is root's.
pub(crate) fn forbid() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::getrlimit;

    use super::*;

    #[test]
    fn neither_a_file_nor_a_program_gets_one() {
        forbid().expect("the process may do that to itself");
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        assert_eq!(
            rustix::process::dumpable_behavior(),
            Ok(rustix::process::DumpableBehavior::NotDumpable)
        );
    }
}
