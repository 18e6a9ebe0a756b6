//! What runs in each sandbox, and for how long it may still run.
//!
//! A provider's timeout for a sandbox that is set anew for one program must not cut off another that runs beside it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The programs under way, by sandbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Busy(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// When each program will have ended at the latest.
    programs: HashMap<String, BTreeMap<u64, Instant>>,
}

/// A program under way, or about to be; dropped, it has ended.
#[derive(Debug)]
pub(crate) struct Program {
    busy: Busy,
    sandbox: String,
    number: u64,
}

impl Busy {
    pub fn program(&self, sandbox: &str, may_run: Duration) -> Program {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        let programs = state.programs.entry(sandbox.to_owned()).or_default();
        programs.insert(number, Instant::now() + may_run);
        Program {
            busy: self.clone(),
            sandbox: sandbox.to_owned(),
            number,
        }
    }

    /// Whole seconds, rounded up, until the last of a sandbox's programs has ended, `own` aside.
    pub fn secs(&self, sandbox: &str, own: Option<&Program>) -> Option<u64> {
        let state = self.lock();
        let own = own.map(|program| program.number);
        let others = state
            .programs
            .get(sandbox)?
            .iter()
            .filter(|(number, _)| Some(**number) != own);
        let last = *others.map(|(_, end)| end).max()?;
        let left = last.saturating_duration_since(Instant::now());
        Some(left.as_millis().div_ceil(1000) as u64)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let mut state = self.busy.lock();
        if let Some(programs) = state.programs.get_mut(&self.sandbox) {
            programs.remove(&self.number);
            if programs.is_empty() {
                state.programs.remove(&self.sandbox);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sandbox_is_busy_until_its_last_program_ends() {
        let busy = Busy::default();
        let long = busy.program("a", Duration::from_secs(60));
        let short = busy.program("a", Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!((busy.secs("a", None), busy.secs("b", None)), (Some(59), None));
        assert_eq!(busy.secs("a", Some(&long)), Some(4));
        drop(long);
        assert_eq!(busy.secs("a", None), Some(4));
        drop(short);
        assert_eq!(busy.secs("a", None), None);
        assert!(busy.lock().programs.is_empty());
    }
}
