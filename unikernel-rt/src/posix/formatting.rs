//! The conversions of `printf` and its relatives: whole numbers, characters, texts and pointers.
//!
//! C11, section 7.21.6.1, and the GNU C library where that leaves a choice. Numbers with a fraction, wide characters, `%n` and what is
//! unknown are errors: no argument behind one could be found.

use super::bytes::strnlen;
use super::errno::{EINVAL, EOVERFLOW, Errno};
use crate::arch::variadic::Arguments;
use core::ffi::{c_char, c_int};
use core::ptr;

/// What a conversion gives its text to, part by part.
type Write<'a> = &'a mut dyn FnMut(&[u8]);

/// Writes a text with its conversions; gives the count of its bytes.
///
/// # Safety
/// The arguments are those that the conversions ask for.
pub(super) unsafe fn format(mut text: &[u8], arguments: &mut Arguments<'_>, write: Write<'_>) -> Result<c_int, Errno> {
    let mut output = Output { write, count: 0 };
    while let Some(at) = text.iter().position(|byte| *byte == b'%') {
        output.text(&text[..at]);
        // SAFETY: the caller's promise.
        unsafe {
            let (conversion, rest) = Conversion::read(&text[at + 1..], arguments)?;
            conversion.write(arguments, &mut output)?;
            text = rest;
        }
    }
    output.text(text);
    c_int::try_from(output.count).map_err(|_| EOVERFLOW)
}

struct Output<'a> {
    write: Write<'a>,
    count: usize,
}

impl Output<'_> {
    fn text(&mut self, text: &[u8]) {
        self.count += text.len();
        (self.write)(text);
    }

    fn fill(&mut self, byte: u8, mut count: usize) {
        let part = [byte; 32];
        while count > 0 {
            let part = &part[..part.len().min(count)];
            self.text(part);
            count -= part.len();
        }
    }
}

/// What stands behind a `%`.
struct Conversion<'a> {
    flags: &'a [u8],
    is_left: bool,
    width: usize,
    precision: Option<usize>,
    /// Of the number.
    bytes: u32,
    kind: u8,
}

impl<'a> Conversion<'a> {
    /// Reads one; gives what follows it, too.
    ///
    /// # Safety
    /// There is an argument for each `*`.
    unsafe fn read(text: &'a [u8], arguments: &mut Arguments<'_>) -> Result<(Self, &'a [u8]), Errno> {
        let (flags, mut rest) = text.split_at(text.iter().take_while(|byte| b"-+ #0".contains(byte)).count());
        // SAFETY: the caller's promise.
        let width = unsafe { number(&mut rest, arguments) }?;
        let mut precision = None;
        if let [b'.', behind @ ..] = rest {
            rest = behind;
            // SAFETY: the caller's promise.
            precision = usize::try_from(unsafe { number(&mut rest, arguments) }?).ok(); // less than 0: as if there were none
        }
        let (bytes, rest) = match rest {
            [b'h', b'h', rest @ ..] => (1, rest),
            [b'h', rest @ ..] => (2, rest),
            [b'l', b'l', rest @ ..] | [b'l' | b'j' | b'z' | b't', rest @ ..] => (8, rest),
            rest => (4, rest),
        };
        let [kind, rest @ ..] = rest else { return Err(EINVAL) };
        let is_left = width < 0 || flags.contains(&b'-');
        let width = width.unsigned_abs() as usize;
        Ok((Conversion { flags, is_left, width, precision, bytes, kind: *kind }, rest))
    }

    fn has(&self, flag: u8) -> bool {
        self.flags.contains(&flag)
    }

    /// # Safety
    /// There is an argument, of the kind that is asked for.
    unsafe fn write(&self, arguments: &mut Arguments<'_>, output: &mut Output<'_>) -> Result<(), Errno> {
        // SAFETY: the caller's promise.
        let mut take = || unsafe { arguments.take() };
        let unused_bits = 64 - 8 * self.bytes;
        match self.kind {
            b'%' => output.text(b"%"),
            b'd' | b'i' => {
                let value = (take() << unused_bits).cast_signed() >> unused_bits;
                let sign = match self.flags {
                    _ if value < 0 => "-",
                    flags if flags.contains(&b'+') => "+",
                    flags if flags.contains(&b' ') => " ",
                    _ => "",
                };
                self.number(sign, value.unsigned_abs(), 10, b'a', output);
            }
            b'u' => self.number("", take() << unused_bits >> unused_bits, 10, b'a', output),
            b'o' => self.number("", take() << unused_bits >> unused_bits, 8, b'a', output),
            b'x' | b'X' => {
                let value = take() << unused_bits >> unused_bits;
                let prefix = match self.kind {
                    _ if value == 0 || !self.has(b'#') => "",
                    b'x' => "0x",
                    _ => "0X",
                };
                self.number(prefix, value, 16, self.kind - (b'x' - b'a'), output);
            }
            b'p' => match take() {
                0 => self.field("", 0, b"(nil)", output),
                address => self.number("0x", address, 16, b'a', output),
            },
            b'c' if self.bytes == 4 => self.field("", 0, &[take() as u8], output),
            b's' if self.bytes == 4 => {
                let start: *const c_char = ptr::with_exposed_provenance(take() as usize);
                let text: &[u8] = match self.precision {
                    _ if !start.is_null() => {
                        // SAFETY: the caller's promise: it has as many bytes, or ends before.
                        unsafe {
                            let count = strnlen(start, self.precision.unwrap_or(usize::MAX));
                            core::slice::from_raw_parts(start.cast(), count)
                        }
                    }
                    Some(..6) => b"",
                    _ => b"(null)",
                };
                self.field("", 0, text, output);
            }
            _ => return Err(EINVAL),
        }
        Ok(())
    }

    /// Writes a number behind its sign or prefix. `ten` is the digit behind 9.
    fn number(&self, prefix: &str, mut value: u64, radix: u64, ten: u8, output: &mut Output<'_>) {
        let mut digits = [0; 22]; // of 64 bits in octal
        let mut first = digits.len();
        while value > 0 {
            let digit = (value % radix) as u8;
            first -= 1;
            digits[first] = if digit < 10 { b'0' + digit } else { ten + digit - 10 };
            value /= radix;
        }
        let digits = &digits[first..];
        let mut zeros = self.precision.unwrap_or(1).saturating_sub(digits.len());
        if radix == 8 && self.has(b'#') {
            zeros = zeros.max(1);
        }
        if self.has(b'0') && !self.is_left && self.precision.is_none() {
            zeros = zeros.max(self.width.saturating_sub(prefix.len() + digits.len()));
        }
        self.field(prefix, zeros, digits, output);
    }

    /// Writes a text behind its prefix and zeros, with blanks up to the width.
    fn field(&self, prefix: &str, zeros: usize, text: &[u8], output: &mut Output<'_>) {
        let blanks = self.width.saturating_sub(prefix.len() + zeros + text.len());
        if !self.is_left {
            output.fill(b' ', blanks);
        }
        output.text(prefix.as_bytes());
        output.fill(b'0', zeros);
        output.text(text);
        if self.is_left {
            output.fill(b' ', blanks);
        }
    }
}

/// Reads a width or a precision: digits, of which there may be none, or a `*` for an argument.
///
/// # Safety
/// There is an argument for the `*`.
unsafe fn number(text: &mut &[u8], arguments: &mut Arguments<'_>) -> Result<c_int, Errno> {
    if let [b'*', rest @ ..] = *text {
        *text = rest;
        // SAFETY: the caller's promise.
        return Ok(unsafe { arguments.take() } as c_int);
    }
    let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    *text = rest;
    let append = |value: c_int, digit: &u8| value.checked_mul(10)?.checked_add(c_int::from(digit - b'0'));
    digits.iter().try_fold(0, append).ok_or(EOVERFLOW)
}

#[cfg(test)]
mod tests;
