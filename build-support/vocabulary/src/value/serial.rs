//! Serials of disks.

/// Most bytes of a serial: what a virtio disk tells (virtio 1.2, section 5.2.6, `VIRTIO_BLK_T_GET_ID`).
pub const SERIAL_BYTES: u16 = 20;

/// What a serial is, for messages.
pub const SERIAL_RULE: &str = "a serial is 1 to 20 letters, digits, `_`, `-`, `.` and `+`";

/// Whether a text can be the serial of a disk: in every hypervisor's configuration, unquoted.
#[must_use]
pub const fn is_serial(text: &str) -> bool {
    let mut bytes = text.as_bytes();
    let is_length = !bytes.is_empty() && bytes.len() <= SERIAL_BYTES as usize;
    while let [byte, rest @ ..] = bytes {
        if !(byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-' | b'.' | b'+')) {
            return false;
        }
        bytes = rest;
    }
    is_length
}

#[cfg(test)]
mod tests {
    use super::is_serial;

    #[test]
    fn serials_are_short_and_plain() {
        for text in ["a", "data", "WD-12_3.4+5", "01234567890123456789"] {
            assert!(is_serial(text), "{text}");
        }
        for text in ["", "012345678901234567890", "a b", "a,b", "\"a\"", "a=b", "gr\u{fc}n", "a\n", "a/b"] {
            assert!(!is_serial(text), "{text}");
        }
    }
}
