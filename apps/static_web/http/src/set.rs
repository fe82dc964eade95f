//! Sets of characters, as bits: a look at one is a load and a test.

/// A set of bytes.
pub(crate) struct Set([u32; 8]);

/// The characters of a token (RFC 9110, section 5.6.2).
pub(crate) static TOKEN: Set = Set::with_letters_and_digits(b"!#$%&'*+-.^_`|~");

/// The characters of a host's name or IPv4 address (RFC 3986, section 3.2.2), but for `%`.
pub(crate) static HOST: Set = Set::with_letters_and_digits(b"!$&'()*+,-.;=_~");

/// The characters of a path and a query (RFC 3986, sections 3.3 and 3.4), and of what is escaped in them.
pub(crate) static REFERENCE: Set = Set::with_letters_and_digits(b"!$%&'()*+,-./:;=?@_~");

impl Set {
    const fn with_letters_and_digits(others: &[u8]) -> Self {
        let mut words = [0; 8];
        let mut byte = 0_u8;
        loop {
            let mut is_in = byte.is_ascii_alphanumeric();
            let mut rest = others;
            while let [first, after @ ..] = rest {
                is_in |= *first == byte;
                rest = after;
            }
            words[(byte >> 5) as usize] |= (is_in as u32) << (byte & 31);
            if byte == u8::MAX {
                return Set(words);
            }
            byte += 1;
        }
    }

    #[inline]
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 5)] >> (byte & 31) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{HOST, REFERENCE, TOKEN};

    #[test]
    fn sets_have_what_they_were_given() {
        for byte in 0..=u8::MAX {
            let of = |others: &[u8]| byte.is_ascii_alphanumeric() || others.contains(&byte);
            assert_eq!(TOKEN.has(byte), of(b"!#$%&'*+-.^_`|~"), "{byte:#x}");
            assert_eq!(HOST.has(byte), of(b"-._~!$&'()*+,;="), "{byte:#x}");
            assert_eq!(REFERENCE.has(byte), of(b"-._~!$&'()*+,;=:@/?%"), "{byte:#x}");
        }
    }
}
