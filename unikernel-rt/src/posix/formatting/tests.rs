//! Compared with the host's `snprintf`: random conversions, in buffers of all sizes.

extern crate std;

use super::format;
use crate::arch::variadic::Arguments;
use crate::posix::errno::{EINVAL, EOVERFLOW};
use crate::posix::printing::snprintf;
use core::ffi::{CStr, c_char, c_int};
use fastrand::Rng;
use std::vec::Vec;

type Print = unsafe extern "C" fn(*mut c_char, usize, *const c_char, ...) -> c_int;

mod host {
    use core::ffi::{c_char, c_int};

    unsafe extern "C" {
        pub(super) fn snprintf(buffer: *mut c_char, room: usize, pattern: *const c_char, ...) -> c_int;
    }
}

const TEXTS: [&CStr; 4] = [c"", c"a", c"some text", c"100 % \xff"];

fn choose<T: Copy>(random: &mut Rng, choices: &[T]) -> T {
    choices[random.usize(..choices.len())]
}

/// Appends a conversion to a pattern, and its arguments to those.
fn add(random: &mut Rng, pattern: &mut Vec<u8>, words: &mut Vec<u64>) {
    let kind = choose(random, b"ddiuoxXxXpcs%");
    pattern.push(b'%');
    // What C leaves open for others is not asked for.
    let flags: &[u8] = match kind {
        b'd' | b'i' => b"-+ 0",
        b'u' => b"-0",
        b'o' | b'x' | b'X' => b"-#0",
        b'%' => b"",
        _ => b"-",
    };
    let wanted = random.u32(..) & random.u32(..);
    pattern.extend(flags.iter().enumerate().filter(|(index, _)| wanted >> index & 1 != 0).map(|(_, flag)| *flag));
    let mut number = |pattern: &mut Vec<u8>, random: &mut Rng| match random.u8(..5) {
        0 => {
            pattern.push(b'*');
            words.push(i64::from(random.i32(-40..40)) as u64);
        }
        1 => pattern.extend(std::format!("{}", random.u8(1..40)).bytes()),
        _ => {}
    };
    if kind != b'%' {
        number(pattern, random);
    }
    if b"diuoxXs".contains(&kind) && random.bool() {
        pattern.push(b'.');
        number(pattern, random);
    }
    if b"diuoxX".contains(&kind) {
        pattern.extend(choose(random, &["hh", "h", "", "", "l", "ll", "j", "z", "t"]).bytes());
    }
    pattern.push(kind);
    match kind {
        b'%' => {}
        b's' => words.push(match random.u8(..9) {
            0 => 0,
            _ => choose(random, &TEXTS).as_ptr().expose_provenance() as u64,
        }),
        b'c' => words.push(random.u64(1..256) | random.u64(..) << 32),
        _ => {
            let any = random.u64(..);
            words.push(choose(random, &[0, 1, 8, 255, u64::MAX, i64::MIN as u64, any, any]) >> random.u32(..64));
        }
    }
}

#[test]
fn conversions_are_those_of_the_host() {
    // SAFETY: C calls it so.
    let ours = unsafe { core::mem::transmute::<*const (), Print>(snprintf as *const ()) };
    let mut random = Rng::with_seed(7);
    for _ in 0..crate::test_cases::cases() {
        let (mut pattern, mut words) = (Vec::new(), Vec::new());
        for _ in 0..random.u8(1..5) {
            pattern.extend(choose(&mut random, &TEXTS).to_bytes().iter().filter(|byte| **byte != b'%'));
            add(&mut random, &mut pattern, &mut words);
        }
        pattern.push(0);
        words.resize(12, 0);
        let room = choose(&mut random, &[0, 1, 2, 20, 200]);
        let print = |print: Print| {
            let mut buffer = [0x55_u8; 201];
            let (to, pattern, w) = (buffer.as_mut_ptr().cast(), pattern.as_ptr().cast(), &words[..]);
            // SAFETY: there is room, and there are three arguments for each of four conversions.
            let count = unsafe {
                print(to, room, pattern, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11])
            };
            (count, buffer)
        };
        let pattern = CStr::from_bytes_with_nul(&pattern);
        assert_eq!(print(ours), print(host::snprintf), "{pattern:?} {words:x?} {room}");
    }
}

fn formatted(pattern: &[u8], words: &[u64]) -> (Result<c_int, super::Errno>, Vec<u8>) {
    let mut written = Vec::new();
    // SAFETY: those below ask for no more than there is.
    let count = unsafe { format(pattern, &mut Arguments::new(words), &mut |part| written.extend_from_slice(part)) };
    (count, written)
}

#[test]
fn what_is_not_known_is_an_error_behind_what_is_before_it() {
    for pattern in ["7%", "7%l", "7%f", "7%.2e", "7%Lf", "7%n", "7%ls", "7%lc", "7%m", "7%-5", "7%k"] {
        assert_eq!(formatted(pattern.as_bytes(), &[1]), (Err(EINVAL), b"7".to_vec()), "{pattern}");
    }
    assert_eq!(formatted(b"7%2147483648d", &[1]), (Err(EOVERFLOW), b"7".to_vec()));
    assert_eq!(formatted(b"", &[]), (Ok(0), Vec::new()));
}
