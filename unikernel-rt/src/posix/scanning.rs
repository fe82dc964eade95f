//! `sscanf`: whole numbers in a text, between other texts.
//!
//! C11, section 7.21.6.2, as far as libraries in C ask for it that look at a variable of the environment or a line: other conversions
//! than those of whole numbers are errors.

use super::bytes::text;
use super::errno::{EINVAL, Errno, fail};
use super::numerals::{Numeral, is_blank};
use crate::arch::variadic::{Arguments, variadic};
use core::ffi::{c_char, c_int};
use core::ptr;

/// What is returned where the text ends before the first number.
const EOF: c_int = -1;

/// How it ends before its pattern does.
enum End {
    /// The text is at its end.
    OfText,
    /// Something else is there than is asked for.
    Mismatch,
    Failure(Errno),
}

/// What is left to be read.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn skip_blanks(&mut self) {
        self.0 = &self.0[self.0.iter().take_while(|byte| is_blank(**byte)).count()..];
    }

    /// Skips a byte of the pattern.
    fn skip(&mut self, byte: u8) -> Result<(), End> {
        let (first, rest) = self.0.split_first().ok_or(End::OfText)?;
        if *first != byte {
            return Err(End::Mismatch);
        }
        self.0 = rest;
        Ok(())
    }

    /// Reads what follows a `%` in the pattern; gives the rest of that.
    ///
    /// # Safety
    /// The next argument points to a number, as it is asked for.
    unsafe fn convert<'p>(
        &mut self,
        pattern: &'p [u8],
        arguments: &mut Arguments<'_>,
        count: &mut c_int,
        is_c23: bool,
    ) -> Result<&'p [u8], End> {
        let (is_dropped, pattern) = match pattern {
            [b'*', rest @ ..] => (true, rest),
            _ => (false, pattern),
        };
        let width = Numeral::read(pattern, 10, false).filter(|_| pattern[0].is_ascii_digit());
        let (most, pattern) = match width {
            Some(width) => (width.unsigned().unwrap_or(u64::MAX) as usize, &pattern[width.length..]),
            None => (usize::MAX, pattern),
        };
        let (bytes, pattern) = match pattern {
            [b'h', b'h', rest @ ..] => (1, rest),
            [b'h', rest @ ..] => (2, rest),
            [b'l', b'l', rest @ ..] | [b'l' | b'j' | b'z' | b't', rest @ ..] => (8, rest),
            rest => (4, rest),
        };
        let (base, rest) = match pattern {
            [b'%', rest @ ..] => {
                self.skip_blanks();
                return self.skip(b'%').map(|()| rest);
            }
            [b'i', rest @ ..] => (0, rest),
            [b'o', rest @ ..] => (8, rest),
            [b'd' | b'u', rest @ ..] => (10, rest),
            [b'x' | b'X', rest @ ..] => (16, rest),
            _ => return Err(End::Failure(EINVAL)),
        };
        self.skip_blanks();
        if self.0.is_empty() {
            return Err(End::OfText);
        }
        let numeral = Numeral::read(&self.0[..self.0.len().min(most)], base, is_c23).ok_or(End::Mismatch)?;
        self.0 = &self.0[numeral.length..];
        if !is_dropped {
            let value = match pattern[0] {
                b'd' | b'i' => numeral.signed().unwrap_or_else(|nearest| nearest).cast_unsigned(),
                _ => numeral.unsigned().unwrap_or_else(|nearest| nearest),
            };
            // SAFETY: the caller's promise. The first bytes of a number are its lowest ones.
            unsafe {
                let to = ptr::with_exposed_provenance_mut::<u8>(arguments.take() as usize);
                to.copy_from_nonoverlapping((&raw const value).cast(), bytes);
            }
            *count += 1;
        }
        Ok(rest)
    }
}

/// Reads a text by its pattern; gives how many numbers it has.
///
/// # Safety
/// The arguments point to what the conversions ask for.
unsafe fn scan(from: &[u8], mut pattern: &[u8], arguments: &mut Arguments<'_>, is_c23: bool) -> Result<c_int, Errno> {
    let (mut input, mut count) = (Input(from), 0);
    while let [first, rest @ ..] = pattern {
        let step = match first {
            // SAFETY: the caller's promise.
            b'%' => unsafe { input.convert(rest, arguments, &mut count, is_c23) },
            blank if is_blank(*blank) => {
                input.skip_blanks();
                Ok(rest)
            }
            byte => input.skip(*byte).map(|()| rest),
        };
        pattern = match step {
            Ok(rest) => rest,
            Err(End::OfText) if count == 0 => return Ok(EOF),
            Err(End::OfText | End::Mismatch) => return Ok(count),
            Err(End::Failure(error)) => return Err(error),
        };
    }
    Ok(count)
}

unsafe extern "C" fn vsscanf(from: *const c_char, pattern: *const c_char, arguments: *mut Arguments<'_>) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { scan(text(from), text(pattern), &mut *arguments, false) }.unwrap_or_else(fail)
}

unsafe extern "C" fn vsscanf_c23(from: *const c_char, pattern: *const c_char, arguments: *mut Arguments<'_>) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { scan(text(from), text(pattern), &mut *arguments, true) }.unwrap_or_else(fail)
}

// By the names that headers have for it: as of C99, and as of C23.
variadic! {
    sscanf(2, ...) => vsscanf;
    __isoc99_sscanf(2, ...) => vsscanf;
    __isoc23_sscanf(2, ...) => vsscanf_c23;
}

#[cfg(test)]
mod tests {
    use super::{c_char, c_int};
    use core::ffi::CStr;

    type Scan = unsafe extern "C" fn(*const c_char, *const c_char, ...) -> c_int;

    mod host {
        use core::ffi::{c_char, c_int};

        unsafe extern "C" {
            pub(super) fn sscanf(from: *const c_char, pattern: *const c_char, ...) -> c_int;
        }
    }

    const TEXTS: [&CStr; 17] = [
        c"",
        c" ",
        c"7",
        c" -12 +34",
        c"0xff 010",
        c"ff,ee",
        c"0x1F,-8",
        c"12345",
        c"18446744073709551615 -9223372036854775808",
        c"99999999999999999999999 -99999999999999999999999",
        c"4294967297",
        c"-",
        c"x",
        c"5%6",
        c"5 % 6",
        c"\t\x0b1\n2",
        c"1.5",
    ];

    const PATTERNS: [&CStr; 18] = [
        c"%d",
        c"%lu",
        c"%lx",
        c"%d %d",
        c"%d%d",
        c"%i,%i",
        c"%x , %x",
        c"%2d%3d",
        c"%*d %ld",
        c"%hhd %hu",
        c"%lli%jd",
        c"%zo",
        c"%d%%%d",
        c" 0x%lx",
        c"12%d",
        c"%1x%1X",
        c"%*1d%u",
        c"",
    ];

    #[test]
    fn numbers_are_those_of_the_host() {
        // SAFETY: C calls it so.
        let ours = unsafe { core::mem::transmute::<*const (), Scan>(super::sscanf as *const ()) };
        let (mut found, mut expected) = ([0x55_u64; 2], [0x55_u64; 2]);
        for (text, pattern) in TEXTS.iter().flat_map(|text| PATTERNS.iter().map(move |pattern| (text, pattern))) {
            let (from, as_is) = (text.as_ptr(), pattern.as_ptr());
            let ([a, b], [c, d]) = (found.each_mut(), expected.each_mut());
            // SAFETY: no pattern has more than two numbers, and none is longer.
            let counts = unsafe {
                let ours = ours(from, as_is, core::ptr::from_mut(a), core::ptr::from_mut(b));
                (ours, host::sscanf(from, as_is, core::ptr::from_mut(c), core::ptr::from_mut(d)))
            };
            assert_eq!(counts.0, counts.1, "{text:?} {pattern:?}");
            assert_eq!(found, expected, "{text:?} {pattern:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for pattern in [c"%", c"%s", c"%l", c"%f", c"%n", c"%5"] {
            let mut arguments = super::Arguments::new(&[]);
            // SAFETY: nothing is stored.
            let outcome = unsafe { super::scan(b"5", pattern.to_bytes(), &mut arguments, false) };
            assert_eq!(outcome, Err(super::EINVAL), "{pattern:?}");
        }
    }
}
