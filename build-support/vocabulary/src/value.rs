//! Parsers of values, one for each shape of a kind.
//!
//! All of them are `const`: the compiler checks defaults with them, the tool a manifest, a kernel its command line. They
//! walk over bytes with slice patterns, which need no bounds checks and so leave no panic in a kernel, and they return
//! the bare [`Reason`], so that no formatting is linked before somebody shows it.

mod address;
mod client;
mod duration;
mod integer;
mod mac;
mod reason;
mod serial;
mod size;
mod words;

pub use self::client::{CLIENT_ID, CLIENT_ID_BYTES, ClientText, HOST_NAME, HOST_NAME_BYTES};
pub(crate) use self::integer::{Magnitude, is_range};
pub use self::serial::{SERIAL_BYTES, SERIAL_RULE, is_serial};
pub(crate) use self::size::Bytes;
pub use self::{
    address::{AddressPrefix, Family, address, address_prefix, address_v4, address_v6},
    duration::duration,
    integer::integer,
    mac::mac,
    reason::Reason,
    size::{size, size_in},
    words::{text, word},
};

/// Parses `true` or `false`.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn boolean(text: &str) -> Result<bool, Reason> {
    match text.as_bytes() {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => Err(Reason::Malformed),
    }
}

#[cfg(test)]
mod tests;
