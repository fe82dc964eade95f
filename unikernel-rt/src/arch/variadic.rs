//! Functions of C that take any number of arguments: where these are, and how they are taken.
//!
//! System V ABI for x86-64, sections 3.2.3 and 3.5.7. Stable Rust calls such functions and defines none. So one is some instructions
//! that save the registers which have arguments, and call a function of Rust that finds them there.

use core::marker::PhantomData;

/// Bytes of the registers that have numbers and pointers: rdi, rsi, rdx, rcx, r8, r9.
const GENERAL_BYTES: u32 = 48;

/// Where those of numbers with a fraction would end behind them.
pub(crate) const VECTOR_END: u32 = 176;

/// C's `va_list`: the arguments that were not taken yet.
#[repr(C)]
pub(crate) struct Arguments<'a> {
    /// Where the next one is in `registers`; [`GENERAL_BYTES`] where those are used up.
    general_offset: u32,
    /// The same of numbers with a fraction, which nobody takes here.
    _vector_offset: u32,
    /// The next one of those that are on the stack, each in a word.
    stack: *const u64,
    registers: *const u8,
    _words: PhantomData<&'a u64>,
}

impl<'a> Arguments<'a> {
    /// These words, as if they were on the stack.
    pub(crate) const fn new(words: &'a [u64]) -> Self {
        Arguments {
            general_offset: GENERAL_BYTES,
            _vector_offset: VECTOR_END,
            stack: words.as_ptr(),
            registers: core::ptr::null(),
            _words: PhantomData,
        }
    }

    /// Takes the next one. Of a number that is shorter than a word, the other bits are anything.
    ///
    /// # Safety
    /// There is one, which is a number without a fraction, or a pointer.
    pub(crate) unsafe fn take(&mut self) -> u64 {
        // SAFETY: the caller's promise, and how the ABI lays out what is pointed to.
        unsafe {
            if self.general_offset < GENERAL_BYTES {
                let word = self.registers.add(self.general_offset as usize).cast::<u64>().read();
                self.general_offset += 8;
                return word;
            }
            let word = self.stack.read();
            self.stack = self.stack.add(1);
            word
        }
    }
}

/// Defines functions of C: `name(COUNT, ...) => function` calls the function with as many arguments, and a pointer to the others as
/// [`Arguments`]. All return an `int`.
macro_rules! variadic {
    ($($name:ident($fixed:tt, ...) => $function:path;)+) => {
        $(#[cfg_attr(unikernel, unsafe(no_mangle))]
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                ".cfi_startproc",
                "sub rsp, 72", // a list, and the registers behind it
                ".cfi_adjust_cfa_offset 72",
                "mov dword ptr [rsp], 8 * {fixed}",
                "mov dword ptr [rsp + 4], {vector_end}",
                "lea rax, [rsp + 80]", // behind the address to return to
                "mov [rsp + 8], rax",
                "lea rax, [rsp + 24]",
                "mov [rsp + 16], rax",
                "mov [rsp + 24], rdi",
                "mov [rsp + 32], rsi",
                "mov [rsp + 40], rdx",
                "mov [rsp + 48], rcx",
                "mov [rsp + 56], r8",
                "mov [rsp + 64], r9",
                concat!("mov ", $crate::arch::variadic::register_behind!($fixed), ", rsp"),
                "call {function}",
                "add rsp, 72",
                ".cfi_adjust_cfa_offset -72",
                "ret",
                ".cfi_endproc",
                fixed = const $fixed,
                vector_end = const $crate::arch::variadic::VECTOR_END,
                function = sym $function,
            )
        })+
    };
}
pub(crate) use variadic;

/// The register of the argument behind so many.
macro_rules! register_behind {
    (1) => {
        "rsi"
    };
    (2) => {
        "rdx"
    };
    (3) => {
        "rcx"
    };
    (4) => {
        "r8"
    };
    (5) => {
        "r9"
    };
}
pub(crate) use register_behind;

#[cfg(test)]
mod tests {
    use super::Arguments;
    use core::ffi::c_int;

    /// Takes eight arguments: the sum of each times its place.
    unsafe extern "C" fn sum(first: c_int, arguments: *mut Arguments<'_>) -> c_int {
        let places = 2..10;
        // SAFETY: the callers below give as many.
        places.fold(first, |sum, place| sum + place * unsafe { (*arguments).take() } as c_int)
    }

    unsafe extern "C" fn sum_behind_five(
        _: u64,
        _: u64,
        _: u64,
        _: u64,
        first: c_int,
        arguments: *mut Arguments<'_>,
    ) -> c_int {
        // SAFETY: the same.
        unsafe { sum(first, arguments) }
    }

    variadic! {
        variadic_sum(1, ...) => sum;
        variadic_sum_behind_five(5, ...) => sum_behind_five;
    }

    #[test]
    fn arguments_are_taken_from_registers_and_then_from_the_stack() {
        type Sum = unsafe extern "C" fn(c_int, ...) -> c_int;
        type SumBehindFive = unsafe extern "C" fn(u64, u64, u64, u64, c_int, ...) -> c_int;
        let (ours, behind_five) = (variadic_sum as *const (), variadic_sum_behind_five as *const ());
        // SAFETY: C calls them so, with as many arguments as they take.
        unsafe {
            let ours = core::mem::transmute::<*const (), Sum>(ours);
            let behind_five = core::mem::transmute::<*const (), SumBehindFive>(behind_five);
            assert_eq!(ours(1, 10_u64, 20_u64, -30_i64, 1.5_f64, 40, 50, 60_u64, 70_u64, 80_u64), 2161);
            assert_eq!(behind_five(0, 0, 0, 0, 1, 10, 20, -30, 40, 50, 60, 70, 80_u64), 2161);
            assert_eq!(sum(1, &mut Arguments::new(&[10, 20, 0_u64.wrapping_sub(30), 40, 50, 60, 70, 80])), 2161);
        }
    }
}
