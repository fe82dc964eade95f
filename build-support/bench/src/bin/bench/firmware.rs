//! A kernel that does nothing but end the machine: what is left is QEMU and its firmware.

use unikernel_vocabulary::contract::{ports, pvh};

/// Where it is loaded.
const ADDRESS: u32 = 0x10_0000;
const HEADERS_BYTES: u32 = 64 + 2 * 56;
/// `mov dx, DEBUG_EXIT; mov al, 0; out dx, al; hlt`, for `isa-debug-exit`.
const CODE: [u8; 8] = {
    let [low, high] = ports::DEBUG_EXIT.to_le_bytes();
    [0x66, 0xba, low, high, 0xb0, 0, 0xee, 0xf4]
};

/// An ELF with a PVH note (<https://xenbits.xen.org/docs/unstable/misc/pvh.html>).
pub(super) fn empty_kernel() -> Vec<u8> {
    let note_at = HEADERS_BYTES + CODE.len() as u32;
    let note: Vec<u8> = [4, 4, pvh::NOTE_TYPE]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .chain(*pvh::NOTE_OWNER)
        .chain((ADDRESS + HEADERS_BYTES).to_le_bytes())
        .collect();
    let end = note_at + note.len() as u32;
    let mut elf = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 62, 0, 1, 0, 0, 0];
    let mut words = |values: &[u64]| elf.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    // Entry, program headers, section headers.
    words(&[u64::from(ADDRESS + HEADERS_BYTES), 64, 0]);
    // Flags; sizes and numbers of headers.
    elf.extend([0, 0, 0, 0, 64, 0, 56, 0, 2, 0, 64, 0, 0, 0, 0, 0]);
    for (kind, at, size) in [(1_u32, 0, end), (4, note_at, note.len() as u32)] {
        let address = u64::from(ADDRESS + at);
        elf.extend(kind.to_le_bytes().into_iter().chain(5_u32.to_le_bytes()));
        let fields = [at.into(), address, address, size.into(), size.into(), 4];
        elf.extend(fields.iter().flat_map(|value: &u64| value.to_le_bytes()));
    }
    elf.extend(CODE);
    elf.extend(note);
    elf
}

#[cfg(test)]
mod tests {
    use object::{Object, ObjectSegment};

    #[test]
    fn the_empty_kernel_is_an_elf() {
        let bytes = super::empty_kernel();
        let elf = object::File::parse(&bytes[..]).expect("an ELF");
        let segment = elf.segments().next().expect("a segment");
        assert_eq!((segment.address(), segment.size()), (0x10_0000, bytes.len() as u64));
        assert_eq!(segment.data_range(elf.entry(), 4).expect("is inside"), Some(&[0x66, 0xba, 1, 5][..]));
    }
}
