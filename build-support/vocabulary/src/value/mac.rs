//! MAC addresses: six bytes in hexadecimal, with `:` in between.

use crate::mismatch::Reason;

/// Parses a MAC address such as `52:54:00:12:34:56`.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn mac(text: &str) -> Result<[u8; 6], Reason> {
    let mut bytes = text.as_bytes();
    let mut address = [0; 6];
    let mut octets: &mut [u8] = &mut address;
    while let [octet, octets_rest @ ..] = octets {
        let [high, low, rest @ ..] = bytes else { return Err(Reason::Malformed) };
        *octet = match ((*high as char).to_digit(16), (*low as char).to_digit(16)) {
            (Some(high), Some(low)) => (high << 4 | low) as u8,
            _ => return Err(Reason::Malformed),
        };
        bytes = match (octets_rest.is_empty(), rest) {
            (true, []) => rest,
            (false, [b':', rest @ ..]) => rest,
            _ => return Err(Reason::Malformed),
        };
        octets = octets_rest;
    }
    Ok(address)
}
