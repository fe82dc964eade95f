//! The runtime of a unikernel: boot, devices, arguments, status.
//!
//! An application declares what it needs on its `main`, and gets exactly that:
//!
//! ```no_run
//! # #![no_main]
//! # use unikernel_rt::println;
//! use unikernel_rt::prelude::*;
//!
//! #[unikernel(console, args(greeting = "hello", name))]
//! fn main(greeting: &'static str, name: &'static str) {
//!     println!("{greeting}, {name}");
//! }
//! ```
//!
//! The file begins with `#![no_std]` and `#![no_main]`. The attribute's page has all that can be declared: [`unikernel`](prelude::unikernel).
//!
//! Features, all off by default; the attribute reports an error where a declaration needs one: `async` (an `async fn main`,
//! tasks, `embassy-time`, `embedded_io_async` on the console), `heap`, `log`, `scsi`; `alloc`, with a declared `heap`, for disk
//! transfers that own a `Vec` or a `Box`.
//!
//! With the feature `std` and the declaration of that name, an application is an ordinary program of the standard library.
//!
//! The library also links into host programs, such as its tests: the attribute emits what only a kernel may define.
#![no_std]
#![deny(unsafe_code)]

#[cfg(any(feature = "alloc", test, all(feature = "std", unikernel)))]
extern crate alloc;

#[expect(unsafe_code, reason = "the processor")]
mod arch;
#[expect(unsafe_code, reason = "assembly enters here")]
mod boot;
mod devices;
mod drivers;
mod entropy;
mod firmware;
mod interrupts;
mod kernel;
pub mod kv;
mod memory;
#[cfg(feature = "net")]
pub mod net;
#[expect(unsafe_code, reason = "writes to configuration space")]
mod pci;
#[cfg(all(feature = "std", any(unikernel, test)))]
#[expect(unsafe_code, reason = "functions of C")]
mod posix;
pub mod prelude;
#[expect(unsafe_code, reason = "what statics are made of")]
mod sync;
mod tasks;
#[cfg(test)]
mod test_cases;
#[cfg(all(feature = "std", any(unikernel, test)))]
#[expect(unsafe_code, reason = "switches of stacks")]
mod threads;
mod time;

pub use devices::clock::{Clock, NoWallClock};
pub use devices::console::Console;
pub use devices::entropy::Entropy;
pub use devices::shutdown::Shutdown;
pub use embassy_futures::join::{join, join_array, join3, join4};
pub use embassy_futures::select::{Either, Either3, Either4, select, select_array, select_slice, select3, select4};
pub use kernel::arguments::Rest;
pub use kernel::from_arg::FromArg;
pub use kernel::termination::ExitCode;
#[cfg(feature = "metrics")]
pub use net::metrics;
pub use tasks::block_on::block_on;
#[cfg(feature = "async")]
pub use tasks::executor::yield_now;
#[cfg(any(feature = "async", feature = "sockets"))]
pub use tasks::timeout::{TimedOut, timeout, timeout_at};
pub use tasks::wait::Wait;
pub use time::instant::Instant;
#[cfg(feature = "std")]
pub use unikernel_macros::unikernel; // without the rest of the prelude, whose `println!` is another one
pub use unikernel_vocabulary::Kind;

/// The samples of the attribute's page, which is in a package that does not know the runtime.
#[cfg(doctest)]
#[doc = include_str!("../../unikernel-macros/declarations.md")]
struct Declarations;

pub mod block {
    //! Block devices: disks, by sectors.

    pub use crate::devices::block::{Block, Buffer, BufferMut, Error, Flush, Pool, PoolBuffer, SECTOR_BYTES, Transfer};
}

/// Internals for the attribute's expansion. Not part of the public API: they may change in any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::boot::entry::entry;
    pub use crate::kernel::Boot;
    pub use crate::kernel::arguments::{Given, Values};
    pub use crate::kernel::constant::{Constant, Text};
    pub use crate::kernel::declare::{
        Argument, argument, argument_or, boot_option, boot_option_or, boot_option_required, device,
    };
    pub use crate::kernel::panic::panic;
    pub use crate::kernel::status::Status;
    pub use crate::kernel::termination::{Termination, status};
    pub use crate::kernel::{Kernel, Storage};
    #[cfg(feature = "async")]
    pub use crate::tasks::executor::critical_section::CriticalSection;
    #[cfg(feature = "async")]
    pub use crate::tasks::executor::exit;
    pub use crate::{
        __clock as clock, __console as console, __embed as embed, __entropy as entropy, __kernel as kernel,
        __package as package, __storage as storage,
    };
    #[cfg(feature = "async")]
    pub use critical_section;
    #[cfg(feature = "async")]
    pub use embassy_executor;
    pub use unikernel_macros::{task, unikernel};
    pub use unikernel_vocabulary::Declaration;
    pub use unikernel_vocabulary::note::Note;

    pub mod random_functions {
        //! Support for the random functions of a kernel.
        pub use crate::entropy::random_functions::{call, get, is_known};
    }

    pub mod memory_functions {
        //! Support for the memory functions of a kernel.
        pub use crate::arch::memory_functions::{
            compare, copy, copy_downward, is_in_the_way, length, set, unreachable_code,
        };
    }

    pub mod block {
        //! Expansion support: block devices.
        pub use crate::devices::block::{Options, Storage, attach, attach_by_serial};
    }

    pub mod clock {
        //! Expansion support: clock.
        pub use crate::devices::clock::attach;
    }

    #[cfg(feature = "async")]
    pub mod executor {
        //! Expansion support: executor.
        pub use crate::tasks::executor::{pend, run};
    }

    #[cfg(feature = "async")]
    pub mod timers {
        //! Support for `embassy-time`.
        pub use crate::tasks::timers::{embassy_now, embassy_wake_at};
    }

    #[cfg(feature = "heap")]
    pub mod heap {
        //! Expansion support: heap.
        pub use crate::devices::heap::{Arena, Heap, arena_bytes, attach, attach_arena};
    }

    #[cfg(feature = "log")]
    pub mod log {
        //! Expansion support: log.
        pub use crate::devices::log::{Options, Timed, Timeless, attach, attach_json};
    }

    pub mod entropy {
        //! Expansion support: random numbers.
        pub use crate::devices::entropy::{attach, attach_or_jitter, watch_snapshots};
    }

    #[cfg(feature = "net")]
    pub mod net {
        //! Expansion support: network.
        pub use crate::__net_storage as storage;
        #[cfg(feature = "dhcp")]
        pub use crate::devices::net::{Client, attach_as};
        pub use crate::devices::net::{Options, attach};
        pub use crate::net::memory::StackMemory;
        pub use crate::net::sizes::{blocks, buffer, dns, fragments, frame, neighbours, ring, spill, tcp, udp};
        pub use crate::net::storage::Storage;
    }

    pub mod shutdown {
        //! Expansion support: shutdown requests.
        pub use crate::devices::shutdown::attach;
    }

    #[cfg(feature = "std")]
    pub mod std {
        //! Expansion support: programs of the standard library.
        pub use crate::kernel::program::{ARGUMENT_STATUS, Value, bytes, check_words, host_value};
        #[cfg(unikernel)]
        pub use crate::posix::clocks::{CLOCK, Clock, attach as use_clock};
        #[cfg(unikernel)]
        pub use crate::posix::files::{add_disk, mount_memory, mount_store};
        #[cfg(unikernel)]
        pub use crate::posix::random::{FILL, Fill, attach as use_entropy};
        #[cfg(unikernel)]
        pub use crate::posix::refused::{
            library_error, no_text, nothing_to_free, refuse_library, refuse_name, refuse_process, refuse_socket,
            refuse_spawn,
        };
        #[cfg(unikernel)]
        pub use crate::posix::signals::use_shutdown;
        #[cfg(unikernel)]
        pub use crate::posix::start::run;
        #[cfg(unikernel)]
        pub use crate::{
            __std_clock as clock, __std_entropy as entropy, __std_kernel as kernel,
            __std_without_libraries as without_libraries, __std_without_net as without_net,
            __std_without_processes as without_processes,
        };
        #[cfg(all(any(feature = "tcp", feature = "udp"), unikernel))]
        pub use crate::{__std_net as net, posix::sockets::attach as add_net};
    }

    pub mod stack {
        //! Expansion support: stack.
        pub use crate::devices::stack::{Stack, stack_bytes};
    }

    pub mod console {
        //! Expansion support: console.
        pub use crate::devices::console::{Screen, Serial, Undeclared, Virtio, attach, print};
        pub use crate::kernel::Console as Sink;
    }

    pub mod kv {
        //! Expansion support: key-value stores.
        pub use crate::devices::kv::attach;
        #[cfg(feature = "kv-fat")]
        pub use crate::devices::kv::{Volume, attach_fat};
        #[cfg(feature = "precompress")]
        pub use crate::kv::embedded::Encoding;
        pub use crate::kv::embedded::{Embedded, file};
    }
}
