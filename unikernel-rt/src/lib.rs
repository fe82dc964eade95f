//! The runtime of a unikernel: boot, devices, arguments, status.
//!
//! An application declares what it needs on its `main`, and gets exactly that:
//!
//! ```text
//! #![no_std]
//! #![no_main]
//! use unikernel_rt::prelude::*;
//!
//! #[unikernel(console, args(greeting = "hello", name))]
//! fn main(greeting: &'static str, name: &'static str) {
//!     println!("{greeting}, {name}");
//! }
//! ```
//!
//! Features, all off by default, each asked for by the attribute where a declaration needs it: `async` (an `async fn main`,
//! tasks, `embassy-time`, `embedded_io_async` on the console), `heap` and `log`.
//!
//! The library itself is harmless on a host, where its tests run: what only a kernel may define is emitted by the attribute.
#![no_std]

mod arch;
mod arguments;
mod block_on;
mod command_line;
mod declare;
pub mod devices;
mod drivers;
mod entropy;
#[cfg(feature = "async")]
mod executor;
mod features;
mod from_arg;
mod kernel;
mod kv;
mod memory;
#[cfg(feature = "net")]
pub mod net;
mod pci;
mod poll;
pub mod prelude;
mod report;
mod scale;
mod start;
mod start_info;
mod status;
#[cfg(test)]
mod test_cases;
mod time;
#[cfg(feature = "async")]
mod timers;

pub use block_on::block_on;
#[cfg(feature = "async")]
pub use executor::yield_now;
pub use from_arg::FromArg;
pub use status::ExitCode;
pub use unikernel_vocabulary::Kind;

/// What the attribute's expansion refers to, and nobody else: it may change with any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::arch::boot::entry;
    #[cfg(feature = "async")]
    pub use crate::arch::critical_section::CriticalSection;
    pub use crate::arguments::Values;
    pub use crate::declare::{Argument, argument, argument_or, boot_option, boot_option_or, device};
    #[cfg(feature = "async")]
    pub use crate::executor::exit;
    pub use crate::kernel::{Kernel, Storage};
    pub use crate::report::panic;
    pub use crate::start::Boot;
    pub use crate::status::{Status, Termination, status};
    pub use crate::{
        __clock as clock, __console as console, __embed as embed, __entropy as entropy, __kernel as kernel,
    };
    #[cfg(feature = "async")]
    pub use critical_section;
    #[cfg(feature = "async")]
    pub use embassy_executor;
    pub use unikernel_vocabulary::Declaration;
    pub use unikernel_vocabulary::note::Note;

    pub mod random_functions {
        //! What the random functions of a kernel are made of.
        pub use crate::arch::random_functions::{call, get, is_known};
    }

    pub mod memory_functions {
        //! What the memory functions of a kernel are made of.
        pub use crate::arch::memory_functions::{compare, copy, copy_downward, is_in_the_way, length, set};
    }

    pub mod block {
        //! The block devices' part of an expansion.
        pub use crate::devices::block::{Storage, attach};
    }

    pub mod clock {
        //! The clock's part of an expansion.
        pub use crate::devices::clock::attach;
    }

    #[cfg(feature = "async")]
    pub mod executor {
        //! The executor's part of an expansion.
        pub use crate::executor::{pend, run};
    }

    #[cfg(feature = "async")]
    pub mod timers {
        //! What `embassy-time` is made of.
        pub use crate::timers::{embassy_now, embassy_wake_at};
    }

    #[cfg(feature = "heap")]
    pub mod heap {
        //! The heap's part of an expansion.
        pub use crate::devices::heap::{Arena, Heap, arena_bytes, attach, attach_arena};
    }

    #[cfg(feature = "log")]
    pub mod log {
        //! The log's part of an expansion.
        pub use crate::devices::log::attach;
    }

    pub mod entropy {
        //! The random numbers' part of an expansion.
        pub use crate::devices::entropy::attach;
    }

    #[cfg(feature = "net")]
    pub mod net {
        //! The network's part of an expansion.
        pub use crate::__net_storage as storage;
        pub use crate::devices::net::attach;
        pub use crate::net::{Storage, buffer, frame, ring, sockets, spill};
    }

    pub mod shutdown {
        //! The part of requests to stop in an expansion.
        pub use crate::devices::shutdown::attach;
    }

    pub mod console {
        //! The console's part of an expansion.
        pub use crate::devices::console::{Serial, Undeclared, attach, print};
        pub use crate::kernel::Console as Sink;
    }

    pub mod kv {
        //! The part of key-value stores in an expansion.
        pub use crate::devices::kv::{Embedded, attach, file};
        #[cfg(feature = "kv-fat")]
        pub use crate::devices::kv::{Volume, attach_fat};
    }
}
