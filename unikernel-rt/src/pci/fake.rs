//! A configuration space in memory.

extern crate std;

use super::ConfigurationSpace;
use crate::arch::pci::Function;
use core::cell::RefCell;
use std::vec::Vec;

struct Registers {
    function: Function,
    values: [u32; 64],
    /// The bits that a write changes.
    writable: [u32; 64],
}

/// Functions with the bytes that were set; everything else reads as zeros, absent functions as ones.
#[derive(Default)]
pub(crate) struct Fake(RefCell<Vec<Registers>>);

impl Fake {
    /// Adds a function with its identity and header type.
    pub(crate) fn add(&self, at: (u8, u8, u8), identity: u32, header_type: u8) -> Function {
        let function = Function::new(at.0, at.1, at.2);
        let mut values = [0; 64];
        values[0] = identity;
        values[3] = u32::from(header_type) << 16;
        self.0.borrow_mut().push(Registers { function, values, writable: [u32::MAX; 64] });
        function
    }

    /// Sets the 32 bits at `offset`.
    pub(crate) fn set(&self, function: Function, offset: u8, value: u32) {
        self.with(function, |registers| registers.values[usize::from(offset / 4)] = value);
    }

    /// Sets the 32 bits at `offset`, of which a write changes those of `writable`.
    pub(crate) fn set_writable(&self, function: Function, offset: u8, value: u32, writable: u32) {
        self.set(function, offset, value);
        self.with(function, |registers| registers.writable[usize::from(offset / 4)] = writable);
    }

    fn with(&self, function: Function, change: impl FnOnce(&mut Registers)) {
        let mut all = self.0.borrow_mut();
        change(all.iter_mut().find(|registers| registers.function == function).expect("a function of this fake"));
    }
}

impl ConfigurationSpace for Fake {
    fn read(&self, function: Function, offset: u8) -> u32 {
        let all = self.0.borrow();
        let found = all.iter().find(|registers| registers.function == function);
        found.map_or(u32::MAX, |registers| registers.values[usize::from(offset / 4)])
    }

    unsafe fn write(&self, function: Function, offset: u8, value: u32) {
        self.with(function, |registers| {
            let index = usize::from(offset / 4);
            let writable = registers.writable[index];
            registers.values[index] = registers.values[index] & !writable | value & writable;
        });
    }
}
