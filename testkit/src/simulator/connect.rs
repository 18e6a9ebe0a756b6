//! The envelopes of a Connect stream.

/// The flag of the one that ends the stream.
pub(crate) const END: u8 = 0x02;

/// A message with its head.
pub(crate) fn envelope(flags: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a message below 4 GiB");
    [[flags].as_slice(), &length.to_be_bytes(), message].concat()
}
