//! Chance that can be had again.

/// A seed from an environment variable, or else a new one; printed, so that what it led to can be repeated.
///
/// # Panics
/// If the variable is not a whole number.
pub fn seed(variable: &str) -> u64 {
    let seed = match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a whole number")),
        Err(_) => fastrand::u64(..),
    };
    println!("{variable}={seed}");
    seed
}
