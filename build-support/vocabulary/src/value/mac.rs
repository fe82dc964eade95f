//! MAC addresses: six bytes in hexadecimal, with `:` in between.

use super::Reason;
use super::integer::digit;

/// Parses a MAC address such as `52:54:00:12:34:56`.
///
/// # Errors
/// [`Reason::Malformed`] for anything else.
pub const fn mac(text: &str) -> Result<[u8; 6], Reason> {
    let mut bytes = text.as_bytes();
    let mut address = 0u64;
    let mut octets = 0usize; // counted to the end, because a loop of a known length would be unrolled
    while let [high, low, rest @ ..] = bytes {
        let (high, low) = (digit(*high), digit(*low));
        if high > 15 || low > 15 {
            break;
        }
        address = address << 8 | (high << 4 | low) as u64;
        octets += 1;
        bytes = match rest {
            [] if octets == 6 => {
                let [_, _, a, b, c, d, e, f] = address.to_be_bytes();
                return Ok([a, b, c, d, e, f]);
            }
            [b':', rest @ ..] => rest,
            _ => break,
        };
    }
    Err(Reason::Malformed)
}
