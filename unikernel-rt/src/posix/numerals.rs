//! `strtol` and its relatives: numbers in texts.

use super::bytes::text;
use super::errno::{EINVAL, ERANGE, Errno, fail};
use core::ffi::{c_char, c_int};

/// What C calls blank.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A number at the beginning of a text.
#[derive(PartialEq, Eq)]
pub(super) struct Numeral {
    is_negative: bool,
    /// Without its sign; none where it does not fit.
    magnitude: Option<u64>,
    /// How many bytes it has.
    pub(super) length: usize,
}

impl Numeral {
    /// Reads one that begins with its sign or a digit. Base 0 is told by how it begins: `0x`, `0`, or else; and `0b`, as of C23.
    pub(super) fn read(text: &[u8], base: u32, is_c23: bool) -> Option<Self> {
        let (sign, unsigned) = text.split_at(usize::from(matches!(text, [b'+' | b'-', ..])));
        let is_digit = |digit: &u8, base| char::from(*digit).is_digit(base);
        let (prefix, base) = match unsigned {
            [b'0', b'x' | b'X', digit, ..] if matches!(base, 0 | 16) && is_digit(digit, 16) => (2, 16),
            [b'0', b'b' | b'B', digit, ..] if is_c23 && matches!(base, 0 | 2) && is_digit(digit, 2) => (2, 2),
            [b'0', ..] if base == 0 => (0, 8),
            _ if base == 0 => (0, 10),
            _ => (0, base),
        };
        let mut digits = unsigned[prefix..].iter().map_while(|digit| char::from(*digit).to_digit(base));
        let append = |value: u64, digit| value.checked_mul(base.into())?.checked_add(u64::from(digit));
        let count = digits.clone().count();
        (count > 0).then(|| Numeral {
            is_negative: sign == b"-",
            magnitude: digits.try_fold(0, append),
            length: sign.len() + prefix + count,
        })
    }

    /// As a number with a sign; or the nearest, where it does not fit.
    pub(super) fn signed(&self) -> Result<i64, i64> {
        let Some(magnitude) = self.magnitude else { return Err(if self.is_negative { i64::MIN } else { i64::MAX }) };
        match self.is_negative {
            true => 0_i64.checked_sub_unsigned(magnitude).ok_or(i64::MIN),
            false => i64::try_from(magnitude).map_err(|_| i64::MAX),
        }
    }

    /// As a number without a sign, where one with `-` is counted down from 0; or the largest, where it does not fit.
    pub(super) fn unsigned(&self) -> Result<u64, u64> {
        let magnitude = self.magnitude.ok_or(u64::MAX)?;
        Ok(if self.is_negative { magnitude.wrapping_neg() } else { magnitude })
    }
}

/// Reads a number behind blanks, and tells where it ends: where the text begins, if there is none.
///
/// # Safety
/// `start` is a C string, and `end` null or valid for a pointer.
unsafe fn read(
    start: *const c_char,
    end: *mut *const c_char,
    base: c_int,
    is_c23: bool,
) -> Result<Option<Numeral>, Errno> {
    let base = u32::try_from(base).ok().filter(|base| matches!(base, 0 | 2..=36)).ok_or(EINVAL)?;
    // SAFETY: the caller's promise.
    let text = unsafe { text(start) };
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    let numeral = Numeral::read(&text[blanks..], base, is_c23);
    if !end.is_null() {
        let length = numeral.as_ref().map_or(0, |numeral| blanks + numeral.length);
        // SAFETY: the caller's promise.
        unsafe { end.write(start.wrapping_add(length)) };
    }
    Ok(numeral)
}

/// What a function returns: the number, or the nearest one with an error; 0 where there is none.
fn result<T: Default>(found: Result<Option<Numeral>, Errno>, value: impl FnOnce(&Numeral) -> Result<T, T>) -> T {
    match found.map(|numeral| numeral.map_or(Ok(T::default()), |numeral| value(&numeral))) {
        Ok(Ok(value)) => value,
        Ok(Err(nearest)) => {
            fail(ERANGE);
            nearest
        }
        Err(error) => {
            fail(error);
            T::default()
        }
    }
}

/// Defines functions by the names that headers have for them: as of C23, where they say so.
macro_rules! functions {
    ($($number:ident $read:ident: $($name:ident $is_c23:literal)+;)+) => {
        $($(#[cfg_attr(unikernel, unsafe(no_mangle))]
        unsafe extern "C" fn $name(start: *const c_char, end: *mut *const c_char, base: c_int) -> $number {
            // SAFETY: the caller's promise.
            result(unsafe { read(start, end, base, $is_c23) }, Numeral::$read)
        })+)+
    };
}

functions! {
    i64 signed: strtol false strtoll false __isoc23_strtol true __isoc23_strtoll true;
    u64 unsigned: strtoul false strtoull false __isoc23_strtoul true __isoc23_strtoull true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::CStr;

    mod host {
        use core::ffi::{c_char, c_int};

        unsafe extern "C" {
            pub(super) fn strtol(start: *const c_char, end: *mut *const c_char, base: c_int) -> i64;
            pub(super) fn strtoul(start: *const c_char, end: *mut *const c_char, base: c_int) -> u64;
        }
    }

    /// Characters that numbers are made of, and others.
    const LETTERS: &[u8] = b"0011789afzFxXbB+- \t\x0b.\xff";

    #[test]
    fn numbers_are_read_as_on_the_host() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..crate::test_cases::cases() {
            let mut text: [u8; 28] = core::array::from_fn(|_| LETTERS[random.usize(..LETTERS.len())]);
            if random.bool() {
                text[random.usize(..8)..].iter_mut().for_each(|byte| *byte = b'0' + *byte % 10);
            }
            text[random.usize(..text.len())] = 0;
            let start = text.as_ptr().cast::<c_char>();
            let base = [0, 0, 2, 8, 10, 16, 36][random.usize(..7)];
            let (mut ours, mut hosts) = (core::ptr::null(), core::ptr::null());
            // SAFETY: it is a C string: it has been cut by a zero byte.
            let (text, found, expected) = unsafe {
                let found = read(start, &mut ours, base, false).expect("it is a base");
                let expected = (host::strtol(start, &mut hosts, base), host::strtoul(start, &mut hosts, base));
                (CStr::from_ptr(start), found, expected)
            };
            let found = found.map_or((0, 0), |numeral| {
                (
                    numeral.signed().unwrap_or_else(|nearest| nearest),
                    numeral.unsigned().unwrap_or_else(|nearest| nearest),
                )
            });
            assert_eq!((found, ours), (expected, hosts), "{text:?} {base}");
        }
    }

    #[test]
    fn bases_are_those_that_have_digits() {
        for base in [-1, 1, 37] {
            // SAFETY: it is a C string.
            assert!(unsafe { read(c"1".as_ptr(), core::ptr::null_mut(), base, false) } == Err(EINVAL), "{base}");
        }
    }

    #[test]
    fn binary_numbers_are_those_of_c23() {
        let read = |text: &[u8], base, is_c23| {
            Numeral::read(text, base, is_c23).map(|numeral| (numeral.signed(), numeral.length))
        };
        assert_eq!(read(b"-0b101", 0, true), Some((Ok(-5), 6)));
        assert_eq!(read(b"0B12", 2, true), Some((Ok(1), 3)));
        assert_eq!(read(b"0b2", 0, true), Some((Ok(0), 1)));
        assert_eq!(read(b"0b101", 0, false), Some((Ok(0), 1)));
        assert_eq!(read(b"0b1", 16, true), Some((Ok(0xb1), 3)));
    }
}
