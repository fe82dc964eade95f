//! Capabilities as devices have them, and as they must not have them.

use super::{Layout, Region, kind, layout};
use crate::arch::pci::Function;
use crate::pci::Identity;
use crate::pci::fake::Fake;

/// A device as QEMU shows it: everything in base address register 4, which has 64 bits; MSI-X in register 1.
fn device(space: &Fake) -> Function {
    let function = space.add((0, 3, 0), 0x1042_1af4, 0);
    for (offset, value) in [
        (0x04, 1 << 20),
        (0x34, 0x98),
        (0x14, 0xfebd_0000),
        (0x20, 0x000c),
        (0x24, 0x38),
        (0x98, 0x8001_8411),
        (0x9c, 0x0000_0801),
        (0x84, 0x0514_7009),
        (0x88, 0),
        (0x8c, 0),
        (0x90, 0), // access by configuration space: not used
        (0x70, 0x0214_6009),
        (0x74, 4),
        (0x78, 0x3000),
        (0x7c, 0x1000),
        (0x80, 4),
        (0x60, 0x0410_5009),
        (0x64, 4),
        (0x68, 0x2000),
        (0x6c, 0x1000),
        (0x50, 0x0310_4009),
        (0x54, 4),
        (0x58, 0x1000),
        (0x5c, 0x1000),
        (0x40, 0x0110_0009),
        (0x44, 4),
        (0x48, 0x0000),
        (0x4c, 0x1000),
    ] {
        space.set(function, offset, value);
    }
    function
}

fn region(address: u64, size_bytes: u32) -> Option<Region> {
    Some(Region { address, size_bytes })
}

#[test]
fn a_device_is_laid_out_as_its_capabilities_say() {
    let space = Fake::default();
    let function = device(&space);
    let expected = Layout {
        common: region(0x38_0000_0000, 0x1000),
        notify: region(0x38_0000_3000, 0x1000),
        notify_multiplier: 4,
        interrupt_status: region(0x38_0000_1000, 0x1000),
        device: region(0x38_0000_2000, 0x1000),
        messages: Some((0x98, Region { address: 0xfebd_0800, size_bytes: 16 })),
    };
    assert_eq!(layout(&space, function), expected);
}

#[test]
fn a_legacy_device_has_nothing_of_it() {
    let space = Fake::default();
    let function = space.add((0, 3, 0), 0x1001_1af4, 0);
    assert_eq!(layout(&space, function), Layout::default());
}

#[test]
fn the_first_capability_that_can_be_used_counts() {
    let space = Fake::default();
    let function = device(&space);
    // What stood for access by configuration space is another place of the common registers, first in the list.
    for (offset, value) in [(0x84, 0x0110_7009), (0x88, 1), (0x8c, 0x100), (0x90, 0x200)] {
        space.set(function, offset, value);
    }
    assert_eq!(layout(&space, function).common, region(0xfebd_0100, 0x200));
    for (offset, value, why) in [
        (0x88, 6, "no such base address register"),
        (0x88, 0, "one that is not set"),
        (0x8c, 0x101, "an odd place"),
        (0x90, 0, "nothing in it"),
    ] {
        let space = Fake::default();
        let function = device(&space);
        space.set(function, 0x84, 0x0110_7009);
        space.set(function, 0x88, 1);
        space.set(function, 0x90, 0x200);
        space.set(function, offset, value);
        assert_eq!(layout(&space, function).common, region(0x38_0000_0000, 0x1000), "{why}");
    }
}

#[test]
fn an_offset_that_leads_beyond_all_addresses_is_none() {
    let space = Fake::default();
    let function = device(&space);
    space.set(function, 0x20, 0xffff_f00c);
    space.set(function, 0x24, 0xffff_ffff);
    space.set(function, 0x48, 0x1000);
    assert_eq!(layout(&space, function).common, None);
}

#[test]
fn a_length_is_cut_to_what_a_driver_can_use() {
    let space = Fake::default();
    let function = device(&space);
    space.set(function, 0x4c, u32::MAX);
    assert_eq!(layout(&space, function).common, region(0x38_0000_0000, 1 << 20));
}

#[test]
fn a_capability_at_the_end_of_the_space_does_not_wrap() {
    let space = Fake::default();
    let function = device(&space);
    space.set(function, 0x34, 0xfc);
    space.set(function, 0xfc, 0x0110_9809);
    // Its fields would be the identity, the command register and the class: those of a region of the fourth base address register.
    space.set(function, 0x00, 0x1042_1a04);
    space.set(function, 0x08, 0x2000);
    assert_eq!(layout(&space, function).common, region(0x38_0000_0000, 0x1000));
}

#[test]
fn kinds_are_told_by_modern_and_by_transitional_identities() {
    for (vendor, device, expected) in [
        (0x1af4, 0x1041, Some(1)),
        (0x1af4, 0x1042, Some(2)),
        (0x1af4, 0x107f, Some(63)),
        (0x1af4, 0x1080, None),
        (0x1af4, 0x1000, Some(1)),
        (0x1af4, 0x1001, Some(2)),
        (0x1af4, 0x1005, Some(4)),
        (0x1af4, 0x1009, Some(9)),
        (0x1af4, 0x1006, None),
        (0x1af4, 0x100a, None),
        (0x1af4, 0x0fff, None),
        (0x8086, 0x1041, None),
    ] {
        assert_eq!(kind(Identity { vendor, device }), expected, "{vendor:x}:{device:x}");
    }
}

/// Whatever the capabilities say, what comes of them is within the limits that mapping relies on.
#[test]
fn random_capabilities_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..crate::test_cases::cases() {
        let space = Fake::default();
        let function = space.add((0, 3, 0), 0x1042_1af4, 0);
        space.set(function, 0x04, 1 << 20);
        space.set(function, 0x34, random() as u32);
        for offset in (0x10..0x28).step_by(4).chain((0x40..=0xfc).step_by(4)) {
            let value = random() as u32;
            // Links and kinds that lead somewhere are frequent.
            let value = if offset >= 0x40 && value & 3 != 0 {
                value & 0x07ff_fc00 | [0x09, 0x11][(value & 1) as usize]
            } else {
                value
            };
            space.set(function, offset as u8, value);
        }
        let layout = layout(&space, function);
        for region in [layout.common, layout.notify, layout.interrupt_status, layout.device].into_iter().flatten() {
            assert!(region.address % 4 == 0 && region.address != 0 && (1..=1 << 20).contains(&region.size_bytes));
        }
    }
}
