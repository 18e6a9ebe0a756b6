//! Runs what may panic on odd input, and keeps the panic to ourselves.
//!
//! The client generator panics on constructs that it does not know. Its message becomes a problem of ours; printed by the
//! panic hook as well, with a backtrace of somebody else's code, it would look like a crash.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, UnwindSafe},
    sync::Once,
};

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// The result, or the text of the panic. Other threads' panics are printed as ever.
pub fn catch<T>(run: impl FnOnce() -> T + UnwindSafe) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CAUGHT.get() {
                loud(info);
            }
        }));
    });
    let before = CAUGHT.replace(true);
    let result = panic::catch_unwind(run);
    CAUGHT.set(before);
    result.map_err(|panic| text(&*panic))
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the generator panicked").to_owned()
}
