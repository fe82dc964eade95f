//! The first and the last moments of a program: constructors and `main`, exit and abort.

use super::console;
use super::environment;
use crate::arch::cpu;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use crate::kernel::{Boot, Console as _, Kernel, exit as machine, panic};
use crate::sync::{Hook, lock};
use crate::threads;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// The stack of the first thread, as on Linux: mapped page by page, as it is touched.
const STACK_BYTES: u64 = 8 << 20;

/// Ends the machine with a status, and by a report.
static END: Hook<fn(u64)> = Hook::new();
static ABORT: Hook<fn()> = Hook::new();

/// What it is started with.
#[derive(Clone, Copy)]
struct Started {
    application: &'static str,
    /// Words of the command line that nothing else takes, each with its end; none unless `args(..rest)` is declared.
    words: Option<&'static str>,
}

lock! {
    static STARTED: Option<Started> = None;
}

/// Runs the program: constructors, then the `main` that the compiler has made for C, on the stack of the first thread.
pub fn run<K: Kernel>(boot: &Boot<K>) -> Status {
    END.set(|status| machine::exit::<K>(Status::of(status as u8)));
    ABORT.set(|| panic::abort::<K>());
    cpu::enable_avx();
    if K::Console::IS_DECLARED {
        console::declare();
    }
    let application = K::DECLARATION.application;
    let words = const { K::DECLARATION.rest.is_some() }.then(|| boot.rest().text());
    STARTED.with(|started| *started = Some(Started { application, words }));
    if const { environment::is_declared(K::DECLARATION.arguments) } {
        environment::read(boot);
    }
    match threads::begin(STACK_BYTES, first) {
        Ok(never) => match never {},
        Err(threads::Unavailable) => {
            Report::<K>::begin().text("`std`: there is no free memory").stop(Status::DEVICE_MISSING)
        }
    }
}

type Constructor = unsafe extern "C" fn(c_int, *const *const c_char, *const *mut c_char);

unsafe extern "C" {
    static __init_array_start: [Constructor; 0];
    static __init_array_end: [Constructor; 0];

    /// Made by the compiler: calls the program's `main` by way of `std`.
    fn main(count: c_int, words: *const *const c_char) -> c_int;
}

/// The body of the first thread.
unsafe extern "C" fn first(_: *mut c_void) -> *mut c_void {
    let Some(Started { application, words }) = STARTED.with(|started| *started) else { abort() };
    let mut words: Vec<*const c_char> = core::iter::once(application)
        .chain(words.into_iter().flat_map(|words| words.split_terminator('\0')))
        .map(|word| {
            let mut text = Vec::with_capacity(word.len() + 1);
            text.extend_from_slice(word.as_bytes());
            text.push(0);
            text.leak().as_ptr().cast()
        })
        .collect();
    let count = words.len() as c_int;
    words.push(ptr::null());
    let words = words.leak().as_ptr();
    let (mut constructor, end) =
        ((&raw const __init_array_start).cast::<Constructor>(), (&raw const __init_array_end).cast());
    while constructor < end {
        // SAFETY: the linker script has nothing but constructors there, which take this and are called once, in order.
        unsafe {
            (*constructor)(count, words, environment::list());
            constructor = constructor.add(1);
        }
    }
    // SAFETY: this is the start of the program, and the words end with a null pointer.
    exit(unsafe { main(count, words) })
}

/// The end of a program, after its own `atexit` functions.
pub(super) fn exit(status: c_int) -> ! {
    while let Some(function) = AT_EXIT.with(Vec::pop) {
        function();
    }
    end(status)
}

lock! {
    static AT_EXIT: Vec<extern "C" fn()> = Vec::new();
}

#[cfg_attr(unikernel, unsafe(no_mangle))]
extern "C" fn atexit(function: extern "C" fn()) -> c_int {
    AT_EXIT.with(|functions| functions.push(function));
    0
}

/// Powers the machine off.
pub(super) fn end(status: c_int) -> ! {
    if let Some(end) = END.get() {
        end(u64::from(status as u8));
    }
    unreachable!("`run` has set it")
}

/// Reports where the program is, and powers the machine off.
pub(super) fn abort() -> ! {
    if let Some(abort) = ABORT.get() {
        abort();
    }
    unreachable!("`run` has set it")
}

/// Defines what only a kernel may: entry, notes, and functions that every crate links to.
#[doc(hidden)]
#[macro_export]
macro_rules! __std_kernel {
    ($kernel:ty) => {
        #[cfg(panic = "unwind")]
        ::core::compile_error!(
            "the profile unwinds on panic, which a unikernel cannot\nhelp: write `panic = \"abort\"` into the profile in the \
             Cargo.toml of the workspace, such as below `[profile.dev]` and `[profile.release]`"
        );

        /// Makes the instance; the linker script keeps what it refers to and drops this reference.
        #[used]
        #[unsafe(link_section = ".unikernel.entry")]
        static __unikernel_entry: unsafe extern "C" fn() = $crate::__private::entry::<$kernel>;

        $crate::__bytes_functions!();

        #[used]
        #[unsafe(link_section = ".note.unikernel")]
        static __unikernel_note: $crate::__private::Note<
            { <$kernel as $crate::__private::Kernel>::DECLARATION.encoded_len() },
        > = $crate::__private::Note::new(&<$kernel as $crate::__private::Kernel>::DECLARATION);

        $crate::__storage!($kernel);
    };
}
