//! The 32-bit FNV-1a hash, which tells one build of an image from another.
//!
//! The image hash covers what is loaded and never written, by ascending address: the code (`__image_start` to `__code_end`), the
//! entry (`__entry_start` to `__text_end`) and the constants (`__rodata_start` to `__rodata_end`). In the ELF these are the
//! segments that are not writable. <https://datatracker.ietf.org/doc/html/rfc9923>

/// The hash of no bytes.
pub const OFFSET_BASIS: u32 = 0x811c_9dc5;

const PRIME: u32 = 0x0100_0193;

/// The hash of what has the hash `hash`, with `byte` behind it.
#[inline]
#[must_use]
pub const fn add(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(PRIME)
}

/// The hash of bytes.
#[must_use]
pub fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes.into_iter().fold(OFFSET_BASIS, add)
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_test_vectors_of_its_authors() {
        assert_eq!(hash(*b""), 0x811c_9dc5);
        assert_eq!(hash(*b"a"), 0xe40c_292c);
        assert_eq!(hash(*b"foobar"), 0xbf9c_f968);
    }
}
