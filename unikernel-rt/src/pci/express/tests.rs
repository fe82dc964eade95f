//! Functions as QEMU has them, firmware that has been there before, and what no function should say.

extern crate std;

use super::{CONFIGURATION, IO, WINDOW, assign, assign_line, attach, base_address, in_memory};
use crate::arch::pci::Function;
use crate::arch::window::fake;
use crate::pci::fake::Fake;
use crate::pci::{ConfigurationSpace, interrupt_line};
use crate::test_cases::cases;
use core::ops::Range;
use fastrand::Rng;
use std::vec::Vec;

const NIC: u32 = 0x1041_1af4;
/// The type of a range below 4 GiB, and of one anywhere that may be prefetched.
const LOW: u32 = 0;
const WIDE: u32 = 0xc;

/// Adds a function without any range.
fn add(space: &Fake, device: u8) -> Function {
    let function = space.add((0, device, 0), NIC, 0);
    for index in 0..6 {
        space.set_writable(function, 0x10 + 4 * index, 0, 0);
    }
    function
}

/// Gives a function a range whose addresses are chosen by the bits of `mask`.
fn set_range(space: &Fake, function: Function, index: u8, kind: u32, mask: u64) {
    space.set_writable(function, 0x10 + 4 * index, kind, mask as u32);
    if kind == WIDE && index < 5 {
        space.set_writable(function, 0x14 + 4 * index, 0, (mask >> 32) as u32);
    }
}

/// A virtio device of QEMU: 32 ports, its messages' table, and its registers.
fn card(space: &Fake, device: u8) -> Function {
    let function = add(space, device);
    space.set_writable(function, 0x10, IO, !0x1f);
    set_range(space, function, 1, LOW, 0xffff_f000);
    set_range(space, function, 4, WIDE, !0x3fff);
    function
}

fn addresses(space: &Fake, function: Function) -> [Option<u64>; 6] {
    core::array::from_fn(|index| base_address(space, function, index as u8))
}

#[test]
fn each_range_gets_an_address_of_its_own() {
    let space = Fake::default();
    let mut free = WINDOW;
    let cards = [card(&space, 1), card(&space, 31)];
    for card in cards {
        assign(&space, card, &mut free);
    }
    assert_eq!(addresses(&space, cards[0]), [None, Some(0xc000_0000), None, None, Some(0xc000_4000), None]);
    assert_eq!(addresses(&space, cards[1]), [None, Some(0xc000_8000), None, None, Some(0xc000_c000), None]);
    assert_eq!(free, 0xc001_0000..WINDOW.end);
    let registers = (0..6).map(|index| space.read(cards[1], 0x10 + 4 * index)).collect::<Vec<_>>();
    assert_eq!(registers, [IO, 0xc000_8000, 0, 0, 0xc000_c00c, 0], "kinds stay, and what there is not");
}

#[test]
fn what_does_not_fit_stays_without() {
    let space = Fake::default();
    let function = add(&space, 1);
    set_range(&space, function, 0, LOW, 0x8000_0000); // 2 GiB
    set_range(&space, function, 1, LOW, 0xffff_f000);
    set_range(&space, function, 2, WIDE, !0x1_ffff_ffff); // 8 GiB
    set_range(&space, function, 4, LOW, 0xf000_0000); // 256 MiB, of which the second half of the window is the only one left
    set_range(&space, function, 5, LOW, 0xf000_0000);
    let mut free = WINDOW;
    assign(&space, function, &mut free);
    assert_eq!(addresses(&space, function), [None, Some(0xc000_0000), None, None, Some(0xd000_0000), None]);
    assert_eq!(free, WINDOW.end..WINDOW.end);
    for (start, expected) in [(0xdfff_f000, Some(0xdfff_f000)), (0xdfff_f001, None), (WINDOW.end, None)] {
        let space = Fake::default();
        let function = add(&space, 1);
        set_range(&space, function, 0, LOW, 0xffff_f000);
        assign(&space, function, &mut (start..WINDOW.end));
        assert_eq!(base_address(&space, function, 0), expected, "from {start:#x} on");
    }
}

#[test]
fn addresses_of_firmware_stay_and_there_are_no_others() {
    for (index, low, high) in [(1, 0xc100_0000, 0), (4, WIDE, 0xc0), (4, 0xc000_000c, 0)] {
        let space = Fake::default();
        let (first, second) = (card(&space, 1), card(&space, 2));
        space.set_writable(first, 0x10 + 4 * index, low, 0xffff_f000);
        if index == 4 {
            space.set_writable(first, 0x14 + 4 * index, high, u32::MAX);
        }
        let before = addresses(&space, first);
        let mut free = WINDOW;
        for function in [first, second] {
            assign(&space, function, &mut free);
        }
        let expected = u64::from(high) << 32 | u64::from(low & !0xf);
        assert_eq!(before[usize::from(index)], Some(expected));
        assert_eq!(base_address(&space, first, index), Some(expected));
        assert_eq!(addresses(&space, second), [None; 6]);
    }
}

#[test]
fn pins_of_neighbours_take_turns() {
    let space = Fake::default();
    for (device, pin, line) in [
        (1, 1, Some(17)),
        (2, 1, Some(18)),
        (3, 1, Some(19)),
        (4, 1, Some(16)),
        (4, 4, Some(19)),
        (31, 2, Some(16)),
        (5, 0, None),
    ] {
        let function = space.add((0, device, pin), NIC, 0);
        space.set(function, 0x3c, 0x1234_00ff | u32::from(pin) << 8);
        assign_line(&space, function, 16);
        assert_eq!(interrupt_line(&space, function), line, "pin {pin} of device {device}");
        assert_eq!(space.read(function, 0x3c) >> 16, 0x1234);
    }
}

#[test]
fn registers_are_where_pci_express_has_them() {
    for (function, offset, expected) in [
        (Function::new(0, 0, 0), 0, 0),
        (Function::new(0, 0, 0), 0xfc, 0xfc),
        (Function::new(1, 2, 3), 0x44, 1 << 20 | 2 << 15 | 3 << 12 | 0x44),
        (Function::new(255, 31, 7), 0xfc, 0x0fff_f0fc),
    ] {
        assert_eq!(in_memory(function.address(offset)), expected, "{function:?}");
    }
}

#[test]
fn a_machine_with_something_else_there_has_no_such_bridge() {
    for bytes in [[0; 4], [0xff; 4], 0x29c0_8086_u32.to_le_bytes()] {
        fake::set(CONFIGURATION, &bytes);
        assert!(!attach(16), "{bytes:?}");
    }
}

/// Whatever functions say, no two have the same addresses, and none has an address outside.
#[test]
fn random_functions_never_overlap() {
    let mut random = Rng::with_seed(14);
    let mut taken = 0;
    for _ in 0..cases() / 10 {
        let space = Fake::default();
        let window = 0xc000_0000..0xc000_0000 + (1 << random.u32(12..28));
        let mut free = window.clone();
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for device in 0..8 {
            let function = add(&space, device);
            let mut masks = [0; 6];
            let mut index = 0;
            while index < 6 {
                let kind = [LOW, WIDE, random.u32(..16)][random.usize(..3)];
                // Some are none that a function should have: addresses are chosen by the upper bits.
                let mask = if random.u8(..8) == 0 { random.u64(..) } else { u64::MAX << random.u32(4..36) };
                set_range(&space, function, index, kind, mask & !0xf);
                masks[usize::from(index)] = mask as u32 & !0xf;
                index += if kind & 0b111 == 0b100 { 2 } else { 1 };
            }
            assign(&space, function, &mut free);
            for (index, mask) in (0..).zip(masks) {
                let address = base_address(&space, function, index);
                ranges.extend(address.map(|address| address..address + u64::from(!mask) + 1));
            }
        }
        taken += ranges.len();
        ranges.sort_by_key(|range| range.start);
        for range in &ranges {
            assert!(
                range.start >= u64::from(window.start) && range.end <= u64::from(window.end),
                "{range:x?} of {window:x?}"
            );
        }
        for pair in ranges.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{pair:x?}");
        }
    }
    assert!(taken > cases() / 10, "only {taken} ranges");
}
