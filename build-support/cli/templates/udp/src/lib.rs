//! The logic of `template-name`, which needs no machine: `cargo test` runs its unit tests on the host.
#![no_std]
#![forbid(unsafe_code)]

/// The answer to a datagram, in its place: ASCII letters become capitals.
pub fn answer(datagram: &mut [u8]) {
    datagram.make_ascii_uppercase();
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn letters_become_capitals_and_other_bytes_stay() {
        let mut datagram = *b"ping 1\xff\n";
        answer(&mut datagram);
        assert_eq!(&datagram, b"PING 1\xff\n");
    }
}
