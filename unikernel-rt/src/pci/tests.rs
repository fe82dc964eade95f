//! Configuration spaces as they are, and as they must not be.

extern crate std;

use super::fake::Fake;
use super::{Capability, base_address, capabilities, enable, functions, interrupt_line};
use crate::arch::pci::Function;
use core::ops::ControlFlow;
use std::vec::Vec;

const NIC: u32 = 0x1041_1af4;
const BRIDGE: u32 = 0x0001_1b36;

fn found(space: &Fake) -> Vec<(u8, u8, u8)> {
    let mut all = Vec::new();
    functions(space, &mut |function, identity| {
        assert_eq!((identity.vendor, identity.device), (0x1af4, 0x1041));
        all.push((function.bus(), function.device(), function.function()));
        ControlFlow::Continue(())
    });
    all
}

fn bridge(space: &Fake, at: (u8, u8, u8), secondary: u8) {
    let function = space.add(at, BRIDGE, 1);
    space.set(function, 0x18, u32::from(at.0) | u32::from(secondary) << 8 | 0xff << 16);
}

#[test]
fn functions_come_in_the_order_of_their_addresses_and_behind_bridges_too() {
    let space = Fake::default();
    bridge(&space, (0, 2, 0), 3);
    bridge(&space, (0, 4, 0), 1);
    bridge(&space, (1, 0, 0), 200);
    for at in [(0, 3, 0), (0, 31, 0), (1, 5, 0), (3, 0, 0), (200, 31, 0)] {
        space.add(at, NIC, 0);
    }
    assert_eq!(found(&space), [(0, 3, 0), (0, 31, 0), (1, 5, 0), (3, 0, 0), (200, 31, 0)]);
}

#[test]
fn only_what_says_so_has_more_than_one_function() {
    let space = Fake::default();
    for number in [0, 2, 7] {
        space.add((0, 3, number), NIC, 0x80);
        space.add((0, 4, number), NIC, 0);
    }
    space.add((0, 5, 1), NIC, 0x80); // without function 0 there is no device
    assert_eq!(found(&space), [(0, 3, 0), (0, 3, 2), (0, 3, 7), (0, 4, 0)]);
}

#[test]
fn bridges_that_lead_in_circles_are_not_followed() {
    let space = Fake::default();
    bridge(&space, (0, 1, 0), 0);
    bridge(&space, (0, 2, 0), 1);
    bridge(&space, (0, 3, 0), 1);
    bridge(&space, (1, 0, 0), 1);
    bridge(&space, (1, 1, 0), 0);
    space.add((1, 2, 0), NIC, 0);
    assert_eq!(found(&space), [(1, 2, 0)]);
}

#[test]
fn a_space_full_of_bridges_ends() {
    let space = Fake::default();
    for bus in 0..=255 {
        bridge(&space, (bus, 0, 0), bus.saturating_add(1));
    }
    space.add((255, 1, 0), NIC, 0);
    assert_eq!(found(&space), [(255, 1, 0)]);
}

#[test]
fn a_machine_without_pci_has_nothing() {
    assert_eq!(found(&Fake::default()), []);
}

#[test]
fn the_walk_stops_when_told() {
    let space = Fake::default();
    space.add((0, 1, 0), NIC, 0);
    space.add((0, 2, 0), NIC, 0);
    let mut visited = 0;
    functions(&space, &mut |_, _| {
        visited += 1;
        ControlFlow::Break(())
    });
    assert_eq!(visited, 1);
}

fn nic(space: &Fake) -> Function {
    let function = space.add((0, 3, 0), NIC, 0);
    space.set(function, 0x04, 1 << 20);
    function
}

#[test]
fn capabilities_are_followed_to_their_end() {
    let space = Fake::default();
    let function = nic(&space);
    space.set(function, 0x34, 0x98);
    space.set(function, 0x98, 0x8002_4011);
    space.set(function, 0x40, 0x0110_0009);
    let all: Vec<Capability> = capabilities(&space, function).collect();
    let expected = [
        Capability { id: 0x11, offset: 0x98, private: 0x8002 },
        Capability { id: 0x09, offset: 0x40, private: 0x0110 },
    ];
    assert_eq!(all, expected);
}

#[test]
fn capabilities_that_link_in_circles_end() {
    let space = Fake::default();
    let function = nic(&space);
    space.set(function, 0x34, 0x40);
    space.set(function, 0x40, 0x0000_5009);
    space.set(function, 0x50, 0x0000_4009);
    assert_eq!(capabilities(&space, function).count(), 48);
}

#[test]
fn capabilities_do_not_lead_into_the_header_and_need_their_status_bit() {
    let space = Fake::default();
    let function = nic(&space);
    space.set(function, 0x34, 0x40);
    space.set(function, 0x40, 0x0000_3c09);
    assert_eq!(capabilities(&space, function).count(), 1);
    space.set(function, 0x04, 0);
    assert_eq!(capabilities(&space, function).count(), 0);
}

#[test]
fn base_addresses_have_32_or_64_bits() {
    let space = Fake::default();
    let function = nic(&space);
    // What is behind the last is something else, whatever it looks like.
    let behind = (6, 0xfeb0_0000);
    for (register, value) in
        [(0, 0xc001), (1, 0xfebd_0000), (2, 0xe000_000c), (3, 0x0000_0380), (5, 0x1000_0004), behind]
    {
        space.set(function, 0x10 + 4 * register, value);
    }
    assert_eq!(base_address(&space, function, 0), None, "I/O ports");
    assert_eq!(base_address(&space, function, 1), Some(0xfebd_0000));
    assert_eq!(base_address(&space, function, 2), Some(0x380_e000_0000));
    assert_eq!(base_address(&space, function, 4), None, "not set");
    assert_eq!(base_address(&space, function, 5), None, "64 bits, of which the half would be no base address register");
    assert_eq!(base_address(&space, function, 6), None, "no such register");
    assert_eq!(base_address(&space, function, 255), None);
}

#[test]
fn enabling_leaves_the_rest_of_the_command_register_and_the_status_alone() {
    use super::ConfigurationSpace;
    let space = Fake::default();
    let function = nic(&space);
    space.set(function, 0x04, 0xf8b0_0501);
    // SAFETY: no machine's function is behind this space.
    unsafe { enable(&space, function, true) };
    assert_eq!(space.read(function, 0x04), 0x0000_0107);
    // SAFETY: no machine's function is behind this space.
    unsafe { enable(&space, function, false) };
    assert_eq!(space.read(function, 0x04), 0x0000_0507);
}

#[test]
fn an_interrupt_line_needs_a_pin() {
    let space = Fake::default();
    let function = nic(&space);
    for (value, expected) in [(0x010b, Some(11)), (0x000b, None), (0x01ff, None), (0x0400, Some(0))] {
        space.set(function, 0x3c, value);
        assert_eq!(interrupt_line(&space, function), expected);
    }
}

/// Whatever the bytes are, the walk ends, and no register is asked for that is not there.
#[test]
fn random_configuration_spaces_never_panic() {
    struct Noise(core::cell::Cell<u64>);
    impl super::ConfigurationSpace for Noise {
        fn read(&self, _function: Function, _offset: u8) -> u32 {
            let mut state = self.0.get();
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            self.0.set(state);
            // Absent functions are frequent, or the walk would take long.
            if state >> 60 != 0 { u32::MAX } else { state as u32 }
        }
        unsafe fn write(&self, _function: Function, _offset: u8, _value: u32) {}
    }
    let noise = Noise(core::cell::Cell::new(0x9e37_79b9_7f4a_7c15));
    let mut seen = 0;
    while seen < crate::test_cases::cases() {
        functions(&noise, &mut |function, _| {
            seen += 1;
            assert!(capabilities(&noise, function).count() <= 48);
            let _ = (0..=255).filter_map(|index| base_address(&noise, function, index)).count();
            let _ = interrupt_line(&noise, function);
            ControlFlow::Continue(())
        });
        seen += 1;
    }
}
