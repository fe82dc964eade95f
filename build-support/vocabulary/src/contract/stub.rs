//! What the stubs of an ISO add to the start info of PVH, in fields that loaders leave zero.
//!
//! A kernel that finds them has been booted from an image, by its BIOS or UEFI stub, and not by a hypervisor's own loader.

use super::fnv1a;

/// Offset of the identity of the image: PVH reserves the field.
pub const IDENTITY: usize = 52;

/// In the flags of the start info: the BIOS shows text, 80 characters a line at 0xb8000. The highest of the flags that PVH has not
/// defined.
pub const TEXT_SCREEN: u32 = 1 << 31;

/// The identity of an image with this kernel, command line and kind of firmware; never 0, which other loaders leave there.
///
/// Two images are the same where all three are. The stub's header, [`HEADER`](super::bios_stub::HEADER) bytes into the image, has the
/// identity too, so that a kernel recognises the disk that it was booted from.
#[must_use]
pub fn identity(parts: &[&[u8]]) -> u32 {
    let lengths = parts.iter().flat_map(|part| (part.len() as u64).to_le_bytes());
    let bytes = parts.iter().flat_map(|part| part.iter().copied());
    fnv1a::hash(lengths.chain(bytes)).max(1)
}

#[cfg(test)]
mod tests {
    use super::identity;

    #[test]
    fn every_part_counts_and_so_does_where_it_ends() {
        let image: [&[u8]; 3] = [b"kernel", b"port=80", b"bios"];
        assert_eq!(identity(&image), identity(&image));
        let others: [[&[u8]; 3]; 4] = [
            [b"kernem", b"port=80", b"bios"],
            [b"kernel", b"port=81", b"bios"],
            [b"kernel", b"port=80", b"uefi"],
            [b"kernelp", b"ort=80", b"bios"],
        ];
        assert!(others.iter().all(|other| identity(other) != identity(&image)));
    }
}
