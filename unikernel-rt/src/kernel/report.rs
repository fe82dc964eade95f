//! Reports of the runtime itself: lines on the console where one is declared, and on the screen after a boot by BIOS.
//!
//! Written in pieces, without `core::fmt`: every kernel carries this code, and formatting would double the smallest ones.

use super::{Console, Kernel};
use crate::arch::stack;
use crate::firmware::screen;
use core::fmt::{self, Write};
use core::marker::PhantomData;
use unikernel_vocabulary::contract::report;

/// A report that is being written, piece by piece, to the console of `K`.
pub(crate) struct Report<K>(pub(super) PhantomData<K>);

impl<K: Kernel> Report<K> {
    /// Begins a report, with the prefix that distinguishes the runtime's output from the application's.
    pub(crate) fn begin() -> Self {
        Report(PhantomData).text("unikernel: ")
    }

    /// Begins the report of a word of the boot command line.
    pub(crate) fn boot_argument(key: &[u8]) -> Self {
        Self::begin().text("boot argument `").bytes(key)
    }

    /// Writes a text.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes as they are.
    #[inline(never)]
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        K::Console::write(bytes);
        if !K::Console::IS_ON_SCREEN {
            screen::write(bytes);
        }
        self
    }

    /// Writes a number in decimal.
    pub(crate) fn decimal(self, number: u32) -> Self {
        self.digits(u64::from(number), 10, 1)
    }

    /// Writes a number in hexadecimal, with a prefix and at least `least_digits` digits.
    pub(crate) fn hexadecimal(self, number: u64, least_digits: usize) -> Self {
        self.text(report::HEXADECIMAL).digits(number, 16, least_digits)
    }

    /// Writes a number in hexadecimal without a prefix, with at least `least_digits` digits.
    pub(crate) fn hexadecimal_digits(self, number: u64, least_digits: usize) -> Self {
        self.digits(number, 16, least_digits)
    }

    /// Writes a value by its `Display`.
    pub(crate) fn formatted(mut self, message: fmt::Arguments<'_>) -> Self {
        // The console never fails. A `Display` of the application that fails only truncates its own message.
        let _ = match message.as_str() {
            Some(text) => self.write_str(text),
            None => self.write_fmt(message),
        };
        self
    }

    /// Writes the words of the stack from `stack` on that may be return addresses, a line each, and the identity of their image.
    /// `unikernel` translates these lines into functions and source lines.
    pub(crate) fn calls(self, stack: u64) -> Self {
        /// The limit for deep recursions, whose frames all look alike.
        const MOST: usize = 100;
        if !K::Console::IS_DECLARED {
            return self; // a screen has no room for them
        }
        let mut left = MOST;
        stack::calls(stack, |address, value| {
            let line = Report::<K>(PhantomData).text(report::STACK_WORD).hexadecimal(address, 1);
            line.text(report::STACK_WORD_VALUE).hexadecimal(value, 1);
            left -= 1;
            left > 0
        });
        self.text(report::IMAGE).hexadecimal(stack::image_hash().into(), 8)
    }

    /// Ends the line.
    pub(crate) fn end(self) {
        self.text("\n");
    }

    #[inline(never)]
    fn digits(self, mut number: u64, base: u64, least_digits: usize) -> Self {
        const MOST: usize = 16;
        let mut digits = [b'0'; MOST];
        let mut first = MOST;
        for (index, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b"0123456789abcdef"[(number % base) as usize & 0xf];
            number /= base;
            first = index;
            if number == 0 && MOST - index >= least_digits {
                break;
            }
        }
        self.bytes(digits.get(first..).unwrap_or_default())
    }
}

impl<K: Kernel> Write for Report<K> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        *self = Report(PhantomData).text(text);
        Ok(())
    }
}
