//! Instructions as assemblers encode them, and where they lead.

use super::*;

const CODE: u64 = 0x101000;
const DATA: u64 = 0x102000;

fn code(bytes: &[u8]) -> Section<'_> {
    Section { address: CODE, bytes, executable: true }
}

/// The places that a relocation in `bytes` leads to.
fn places(target: &Target, kind: RelocationType, addend: i64, bytes: &[u8], at: u64, data: &[u8]) -> Vec<u64> {
    let sections = [code(bytes), Section { address: DATA, bytes: data, executable: false }];
    let mut found = Vec::new();
    target.references(kind, addend, CODE + at, &sections[0], &sections, &mut found);
    assert!(found.iter().all(|reference| reference.from == CODE + at && !reference.in_table));
    found.iter().map(|reference| reference.to).collect()
}

#[test]
fn the_processor_counts_from_the_end_of_the_instruction() {
    for (bytes, displacement, immediate) in [
        (&[0x48, 0x8d, 0x35, 0, 0, 0, 0][..], 3, 0),            // lea rsi, [rip + X]
        (&[0x90, 0x90, 0x90, 0x80, 0x3d, 0, 0, 0, 0, 7], 5, 1), // cmp byte ptr [rip + X], 7
        (&[0x90, 0x90, 0x90, 0xc6, 0x05, 0, 0, 0, 0, 1], 5, 1), // mov byte ptr [rip + X], 1
        (&[0x90, 0x48, 0x90, 0x48, 0x83, 0x3d, 0, 0, 0, 0, 0], 6, 1), // cmp qword ptr [rip + X], 0
        (&[0x90, 0x90, 0x48, 0xc7, 0x05, 0, 0, 0, 0, 1, 0, 0, 0], 5, 4), // mov qword ptr [rip + X], 1
        (&[0x90, 0x90, 0x66, 0xc7, 0x05, 0, 0, 0, 0, 1, 0], 5, 2), // mov word ptr [rip + X], 1
        (&[0x90, 0x90, 0x90, 0xf6, 0x05, 0, 0, 0, 0, 1], 5, 1), // test byte ptr [rip + X], 1
        (&[0x90, 0x90, 0x48, 0xf7, 0x25, 0, 0, 0, 0], 5, 0),    // mul qword ptr [rip + X]
        (&[0x90, 0x66, 0x0f, 0x70, 0x05, 0, 0, 0, 0, 0xee], 5, 1), // pshufd xmm0, [rip + X], 0xee
        (&[0x66, 0x0f, 0x3a, 0x0f, 0x05, 0, 0, 0, 0, 8], 5, 1), // palignr xmm0, [rip + X], 8
        (&[0x90, 0x90, 0x0f, 0x28, 0x05, 0, 0, 0, 0], 5, 0),    // movaps xmm0, [rip + X]
        (&[0x90, 0x66, 0x0f, 0x69, 0x05, 0, 0, 0, 0], 5, 0),    // punpckhwd xmm0, [rip + X]
        (&[0x90, 0x90, 0x90, 0x83, 0xe8, 0, 0, 0, 0], 5, 0),    // sub eax, 0; no displacement relative to it
        (&[0xe8, 0, 0, 0, 0], 1, 0),                            // call X, the first of its section
    ] {
        assert_eq!(immediate_bytes(&code(bytes), CODE + displacement), immediate, "{bytes:02x?}");
    }
}

#[test]
fn a_section_and_an_offset_lead_to_the_sum() {
    let section = Target { address: DATA, size: 0, is_section: true };
    let lea = [0x48, 0x8d, 0x35, 0, 0, 0, 0];
    assert_eq!(places(&section, R_X86_64_PC32, 0x20 - 4, &lea, 3, &[]), [DATA + 0x20]);
    let compare = [0x90, 0x90, 0x90, 0x80, 0x3d, 0, 0, 0, 0, 7];
    assert_eq!(places(&section, R_X86_64_PC32, 0x20 - 5, &compare, 5, &[]), [DATA + 0x20]);
    assert_eq!(places(&section, R_X86_64_32, 0x20, &[0; 4], 0, &[]), [DATA + 0x20]);
}

#[test]
fn an_offset_from_a_symbol_stays_within_it() {
    let symbol = Target { address: DATA, size: 16, is_section: false };
    let lea = [0x48, 0x8d, 0x35, 0, 0, 0, 0];
    assert_eq!(places(&symbol, R_X86_64_PC32, 8 - 4, &lea, 3, &[]), [DATA + 8]);
    assert_eq!(places(&symbol, R_X86_64_PC32, -8 - 4, &lea, 3, &[]), [DATA], "an index that begins at 1");
    assert_eq!(places(&symbol, R_X86_64_PC32, 16 - 4, &lea, 3, &[]), [DATA + 15], "the end of the array");
    let without_size = Target { address: DATA, size: 0, is_section: false };
    assert_eq!(places(&without_size, R_X86_64_64, 8, &[0; 8], 0, &[]), [DATA]);
}

#[test]
fn an_entry_of_the_global_offset_table_is_referred_to_where_it_is_read() {
    let symbol = Target { address: 0x108000, size: 0, is_section: false };
    let mut data = [0; 16];
    data[8..].copy_from_slice(&0x108000_u64.to_le_bytes());
    let read = |displacement: u32| {
        let mut bytes = [0x48, 0x8b, 0x05, 0, 0, 0, 0]; // mov rax, [rip + X]
        bytes[3..].copy_from_slice(&displacement.to_le_bytes());
        places(&symbol, R_X86_64_REX_GOTPCRELX, -4, &bytes, 3, &data)
    };
    assert_eq!(read((DATA + 8 - CODE - 7) as u32), [0x108000, DATA + 8]);
    assert_eq!(read((DATA - CODE - 7) as u32), [0x108000], "another one's entry");
    assert_eq!(read((0x108000 - CODE - 7) as u32), [0x108000], "made into a lea");
}

#[test]
fn offsets_in_tables_are_told_as_such() {
    let sections = [Section { address: DATA, bytes: &[0; 8], executable: false }];
    let mut found = Vec::new();
    let text = Target { address: CODE, size: 0, is_section: true };
    text.references(R_X86_64_PC32, 0x40 + 4, DATA + 4, &sections[0], &sections, &mut found);
    assert_eq!(found, [Reference { from: DATA + 4, to: CODE + 0x44, in_table: true }]);
}
