//! A configuration space in memory.

extern crate std;

use super::ConfigurationSpace;
use crate::arch::pci::Function;
use core::cell::RefCell;
use std::vec::Vec;

/// Functions with the bytes that were set; everything else reads as zeros, absent functions as ones.
#[derive(Default)]
pub(crate) struct Fake(RefCell<Vec<(Function, [u32; 64])>>);

impl Fake {
    /// Adds a function with its identity and header type.
    pub(crate) fn add(&self, at: (u8, u8, u8), identity: u32, header_type: u8) -> Function {
        let function = Function { bus: at.0, device: at.1, function: at.2 };
        let mut registers = [0; 64];
        registers[0] = identity;
        registers[3] = u32::from(header_type) << 16;
        self.0.borrow_mut().push((function, registers));
        function
    }

    /// Sets the 32 bits at `offset`.
    pub(crate) fn set(&self, function: Function, offset: u8, value: u32) {
        let mut functions = self.0.borrow_mut();
        let (_, registers) =
            functions.iter_mut().find(|(other, _)| *other == function).expect("a function of this fake");
        registers[usize::from(offset / 4)] = value;
    }
}

impl ConfigurationSpace for Fake {
    fn read(&self, function: Function, offset: u8) -> u32 {
        let functions = self.0.borrow();
        let found = functions.iter().find(|(other, _)| *other == function);
        found.map_or(u32::MAX, |(_, registers)| registers[usize::from(offset / 4)])
    }

    unsafe fn write(&self, function: Function, offset: u8, value: u32) {
        self.set(function, offset, value);
    }
}
