//! Texts that end with a zero byte: comparing them, and finding bytes in them.
//!
//! Libraries in C call these; `std` does not.

use super::bytes::text;
use core::ffi::{c_char, c_int};
use core::ptr;

/// The bytes of a C string, of which the zero at its end is the last. No more is read than is asked for.
///
/// # Safety
/// `text` is a C string, which nobody changes meanwhile.
unsafe fn bytes(text: *const c_char) -> impl Iterator<Item = u8> {
    let mut next = text.cast::<u8>();
    let mut has_ended = false;
    core::iter::from_fn(move || {
        if has_ended {
            return None;
        }
        // SAFETY: the caller's promise: no byte before was the last.
        let byte = unsafe { next.read() };
        has_ended = byte == 0;
        next = next.wrapping_add(1);
        Some(byte)
    })
}

/// The difference of the first two bytes that are not the same.
fn compare(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> c_int {
    one.zip(other).find(|(one, other)| one != other).map_or(0, |(one, other)| c_int::from(one) - c_int::from(other))
}

/// A pointer to the byte at `index`; null without one.
fn pointer(text: *const c_char, index: Option<usize>) -> *mut c_char {
    index.map_or(ptr::null_mut(), |index| text.wrapping_add(index).cast_mut())
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strcmp(one: *const c_char, other: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare(bytes(one), bytes(other)) }
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strncmp(one: *const c_char, other: *const c_char, most: usize) -> c_int {
    // SAFETY: the caller's promise: they are C strings, or have as many bytes.
    unsafe { compare(bytes(one).take(most), bytes(other).take(most)) }
}

/// The zero at the end may be asked for, too.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strchr(text: *const c_char, byte: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    pointer(text, unsafe { bytes(text) }.position(|found| found == byte as u8))
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strrchr(text: *const c_char, byte: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    let found = unsafe { bytes(text) }.enumerate().filter(|(_, found)| *found == byte as u8).last();
    pointer(text, found.map(|(index, _)| index))
}

/// How many bytes it begins with that are all in `set`.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strspn(begin: *const c_char, set: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    let (begin, set) = unsafe { (bytes(begin), text(set)) };
    begin.take_while(|byte| set.contains(byte)).count()
}

/// How many bytes it begins with of which none is in `set`.
#[cfg_attr(unikernel, unsafe(no_mangle))]
unsafe extern "C" fn strcspn(begin: *const c_char, set: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    let (begin, set) = unsafe { (bytes(begin), text(set)) };
    begin.take_while(|byte| *byte != 0 && !set.contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::{c_char, c_int};
    use core::ffi::CStr;

    mod host {
        use core::ffi::{c_char, c_int};

        unsafe extern "C" {
            pub(super) fn strcmp(one: *const c_char, other: *const c_char) -> c_int;
            pub(super) fn strncmp(one: *const c_char, other: *const c_char, most: usize) -> c_int;
            pub(super) fn strchr(text: *const c_char, byte: c_int) -> *mut c_char;
            pub(super) fn strrchr(text: *const c_char, byte: c_int) -> *mut c_char;
            pub(super) fn strspn(begin: *const c_char, set: *const c_char) -> usize;
            pub(super) fn strcspn(begin: *const c_char, set: *const c_char) -> usize;
        }
    }

    const TEXTS: [&CStr; 9] = [c"", c"a", c"ab", c"abc", c"abcabc", c"b", c"cab\xff", c"\x80", c"a\x01b"];

    #[test]
    fn texts_are_compared_and_searched_as_on_the_host() {
        for (one, other) in TEXTS.iter().flat_map(|one| TEXTS.iter().map(move |other| (one, other))) {
            let (a, b) = (one.as_ptr(), other.as_ptr());
            // SAFETY: they are C strings.
            unsafe {
                assert_eq!(super::strcmp(a, b).signum(), host::strcmp(a, b).signum(), "{one:?} {other:?}");
                assert_eq!(super::strspn(a, b), host::strspn(a, b), "{one:?} {other:?}");
                assert_eq!(super::strcspn(a, b), host::strcspn(a, b), "{one:?} {other:?}");
                for most in 0..8 {
                    let found = super::strncmp(a, b, most);
                    assert_eq!(found.signum(), host::strncmp(a, b, most).signum(), "{one:?} {other:?} {most}");
                }
            }
        }
        for (text, byte) in TEXTS.iter().flat_map(|text| (-1..256).map(move |byte: c_int| (text.as_ptr(), byte))) {
            // SAFETY: it is a C string.
            unsafe {
                assert_eq!(super::strchr(text, byte), host::strchr(text, byte), "{byte}");
                assert_eq!(super::strrchr(text, byte), host::strrchr(text, byte), "{byte}");
            }
        }
    }

    #[test]
    fn no_more_is_read_than_there_is() {
        let (one, other) = ([b'a'; 3], [b'a'; 3]);
        let (one, other) = (one.as_ptr().cast::<c_char>(), other.as_ptr().cast::<c_char>());
        // SAFETY: they have three bytes.
        assert_eq!(unsafe { super::strncmp(one, other, 3) }, 0);
    }
}
